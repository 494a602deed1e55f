"""Answers of today that a draft would spoil: named, acknowledged one by one, and not published without that."""

import re
from dataclasses import replace
from html import unescape

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import Worded
from noa_rag.domain.ports import GateVerdict
from noa_rag.domain.question import Ask
from noa_rag.review.replay import SpoilsAnswers
from noa_rag.service.office import Office
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, form_of, page_of
from tests.review_ui.drafts.test_verdict_pages import INES
from tests.review_ui.review_people import SignIn

MARQUE = EntryId("deposer-une-marque")
ASKED = "Comment déposer une marque ?"
ALIKE = "déposer ma marque"
BOX = re.compile(r'name="acknowledged" value="([^"]+)"')


@pytest.fixture
def spoiling(office: Office) -> Draft:
    """A draft that makes an entry of something else; a visitor was answered by it."""
    office.gate = None
    assert office.noa.ask(Ask(ASKED)).entry is not None
    entry = office.current(MARQUE)
    content = replace(entry.content, question="Cuire une tarte ?", answer="Au four.", alternate_questions=())
    return a_kept_draft(office, entry_id=MARQUE, content=content, base_version=1)


def test_what_would_be_spoilt_is_named_and_nothing_is_published(
    sign_in: SignIn, office: Office, spoiling: Draft
) -> None:
    client = sign_in("ines")

    answer = client.post(page_of(spoiling) + "/approuver", data=form_of(spoiling, note="vu"))

    page = unescape(answer.text)
    assert answer.status_code == 422
    assert "Publier ce texte change des réponses d'aujourd'hui." in page
    assert f"« {ASKED} » ne répondra plus" in page
    assert f"«\u202f{ASKED}\u202f»" in page
    assert len(BOX.findall(page)) == 1
    assert 'value="vu"' in page
    assert (office.store.draft(spoiling.id), office.current(MARQUE).version) == (spoiling, 1)


def test_what_was_acknowledged_by_name_is_published_and_counted_in_the_audit(
    sign_in: SignIn, office: Office, spoiling: Draft
) -> None:
    client = sign_in("ines")
    refused = client.post(page_of(spoiling) + "/approuver", data=form_of(spoiling))
    (keys,) = BOX.findall(refused.text)

    answer = client.post(page_of(spoiling) + "/approuver", data=form_of(spoiling, acknowledged=keys))

    assert answer.status_code == 303
    assert office.current(MARQUE).version == 2
    (approved,) = [entry for entry in office.audit.entries(limit=10) if entry.action == "draft_approved"]
    assert approved.detail["spoilt"] == 1
    assert office.audit.verify() == []


def test_another_key_acknowledges_nothing(sign_in: SignIn, office: Office, spoiling: Draft) -> None:
    data = form_of(spoiling, acknowledged="0123456789abcdef *")
    client = sign_in("ines")

    answer = client.post(page_of(spoiling) + "/approuver", data=data)

    assert (answer.status_code, office.current(MARQUE).version) == (422, 1)


def test_the_office_asks_for_it_whoever_approves(office: Office, spoiling: Draft) -> None:
    with pytest.raises(SpoilsAnswers) as refusal:
        office.approve(INES, spoiling.id, spoiling.revision)

    (spoilt,) = refusal.value.spoilt.answers
    assert (spoilt.question, spoilt.count, spoilt.before, spoilt.after) == (ASKED, 1, MARQUE, None)
    approved = office.approve(INES, spoiling.id, spoiling.revision, acknowledged=[spoilt.key])
    assert approved.state is DraftState.APPROVED


def test_what_would_change_can_be_acknowledged_before_approving(
    sign_in: SignIn, office: Office, spoiling: Draft
) -> None:
    client = sign_in("ines")

    shown = client.post(page_of(spoiling) + "/effets", data=form_of(spoiling)).text
    (keys,) = BOX.findall(shown)
    answer = client.post(page_of(spoiling) + "/approuver", data=form_of(spoiling, acknowledged=keys))

    assert answer.status_code == 303
    read = sign_in("ugo").post(page_of(spoiling) + "/effets", data=form_of(spoiling)).text
    assert BOX.findall(read) == []


def test_what_the_quick_evaluation_found_is_acknowledged_too(
    sign_in: SignIn, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gate:
        def verdict(self, proposed: object) -> GateVerdict:
            lost = "« {question} » is answered by {before} today, and would be answered no more."
            return GateVerdict(passes=True, findings=(Worded(lost, question="Et le Kbis ?", before="kbis"),))

    monkeypatch.setattr(office, "gate", Gate())
    draft = a_kept_draft(office)
    client = sign_in("ines")

    refused = client.post(page_of(draft) + "/approuver", data=form_of(draft))
    (keys,) = BOX.findall(refused.text)
    answer = client.post(page_of(draft) + "/approuver", data=form_of(draft, acknowledged=keys))

    assert (refused.status_code, answer.status_code) == (422, 303)


def test_a_text_goes_out_even_if_what_it_changes_cannot_be_told(
    sign_in: SignIn, office: Office, spoiling: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left")

    monkeypatch.setattr(office.replaying, "what_would_change", fail)
    client = sign_in("ines")

    answer = client.post(page_of(spoiling) + "/approuver", data=form_of(spoiling))

    assert (answer.status_code, office.current(MARQUE).version) == (303, 2)


def test_questions_that_take_answers_from_another_entry_are_attached_once_that_is_acknowledged(
    sign_in: SignIn, office: Office
) -> None:
    office.gate = None
    target = office.approve(INES, a_kept_draft(office).id, 1).entry_id
    answered = office.noa.ask(Ask(ALIKE)).entry
    assert answered is not None
    assert answered.id == MARQUE
    draft = a_kept_draft(office, entry_id="autre", content=replace(CONTENT, question=ALIKE))
    client = sign_in("ines")
    sent = {"revision": "1", "entry": target}

    refused = client.post(page_of(draft) + "/rattacher", data=sent)
    (keys,) = BOX.findall(refused.text)

    page = unescape(refused.text)
    assert refused.status_code == 422
    assert "Rattacher ces questions change des réponses d'aujourd'hui." in page
    assert f'name="entry" value="{target}"' in page
    assert (office.store.draft(draft.id).state, office.current(target).version) == (DraftState.OPEN, 1)

    attached = client.post(page_of(draft) + "/rattacher", data=sent | {"acknowledged": keys})

    assert (attached.status_code, office.current(target).version) == (303, 2)
    (entry,) = [audited for audited in office.audit.entries(limit=10) if audited.action == "draft_attached"]
    assert entry.detail["spoilt"] == 1


def test_whoever_may_not_change_an_entry_is_not_told_what_attaching_would_spoil(
    sign_in: SignIn, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, draft = office.current(MARQUE), a_kept_draft(office)
    elsewhere = replace(entry, content=replace(entry.content, agency_id=AgencyId("urssaf")))
    monkeypatch.setattr(office, "current", lambda _: elsewhere)
    monkeypatch.setattr(office, "preview_of", lambda *_, **__: pytest.fail("the questions were asked"))
    client = sign_in("ines")

    answer = client.post(page_of(draft) + "/rattacher", data={"revision": "1", "entry": MARQUE})

    assert answer.status_code == 403
