"""A wording that a language model proposed: each sentence with what bears it out, and none goes out unread."""

import re
from dataclasses import replace
from html import unescape

import pytest

from noa_rag.domain.draft import Draft, Evidence, ProposedBy
from noa_rag.domain.entry import EntryId
from noa_rag.rephrasing.prompting import Task
from noa_rag.review.replay import SpoilsAnswers
from noa_rag.service.assistant import Assistant
from noa_rag.service.office import Office
from tests.fakes import FakeLanguageModel, FakeMeaningJudge, FakeNearness
from tests.rephrasing.certificates import a_certificate
from tests.review_ui.desk_helpers import CONTENT, a_kept_draft, form_of, page_of
from tests.review_ui.drafts.test_verdict_pages import INES
from tests.review_ui.review_people import SignIn

QUOTE = "La marque se renouvelle tous les dix ans. La demande se fait en ligne, sur le site de l'INPI."
EVIDENCE = Evidence(EntryId("f1"), "Renouveler une marque", "https://www.service-public.fr/f1", "", QUOTE, 0.9)
BORNE_OUT = "La marque se renouvelle tous les dix ans."
ADDED = "Le renouvellement coûte 40 €."
BOX = re.compile(r'name="acknowledged" value="([^"]+)"')


def a_model(office: Office, written: str) -> FakeLanguageModel:
    """Let the office have a language model that writes this."""
    model = FakeLanguageModel(written)
    records = office.noa.records
    office.noa.assistant = Assistant(
        model,  # type: ignore[arg-type]
        FakeMeaningJudge(),
        FakeNearness(),
        records,
        5.0,
        task=Task.ANSWER,
        certificate=a_certificate(),
    )
    office.noa.assistant.silence = ""
    return model


@pytest.fixture
def worded(office: Office) -> Draft:
    """A draft whose second sentence nothing bears out."""
    office.gate = None
    content = replace(CONTENT, answer=f"{BORNE_OUT}\n\n{ADDED}")
    return a_kept_draft(office, content=content, evidence=(EVIDENCE,), proposed_by=ProposedBy.MODEL, author="noa")


def test_a_referent_lets_the_model_propose_a_wording_from_the_evidence(sign_in: SignIn, office: Office) -> None:
    model = a_model(office, f"{BORNE_OUT} [1] {ADDED} [2]")
    extract = replace(CONTENT, answer=QUOTE)
    draft = a_kept_draft(office, content=extract, evidence=(EVIDENCE,), proposed_by=ProposedBy.EXTRACT, author="noa")
    client = sign_in("ines")
    assert "Proposer une rédaction" in client.get(page_of(draft)).text

    answer = client.post(page_of(draft) + "/rediger", data=form_of(draft))

    saved = office.store.draft(draft.id)
    assert answer.status_code == 303
    assert "[1] La marque se renouvelle tous les dix ans." in model.asked[0].text
    assert (saved.content.answer, saved.proposed_by) == (f"{BORNE_OUT}\n\n{ADDED}", ProposedBy.MODEL)
    page = unescape(client.get(answer.headers["location"]).text)
    assert "Le modèle de langue a proposé une rédaction" in page
    held = page.split('class="held"')[1].split("</ol>")[0]
    first, second = held.split("</li>")[:2]
    assert BORNE_OUT in first
    assert "<blockquote" in first
    assert ADDED in second
    assert "rien ne l'appuie" in second
    assert "<blockquote" not in second


def test_nobody_s_words_are_replaced_by_a_model(sign_in: SignIn, office: Office) -> None:
    a_model(office, f"{BORNE_OUT} [1]")
    own = a_kept_draft(office, evidence=(EVIDENCE,), proposed_by=ProposedBy.PERSON, author="ines")
    client = sign_in("ines")

    answer = client.post(page_of(own) + "/rediger", data=form_of(own))

    assert "Proposer une rédaction" not in client.get(page_of(own)).text
    assert answer.status_code == 409
    assert "ne remplace pas ses mots" in unescape(answer.text)
    assert office.store.draft(own.id) == own


def test_a_sentence_that_nothing_bears_out_is_confirmed_or_nothing_is_published(
    sign_in: SignIn, office: Office, worded: Draft
) -> None:
    client = sign_in("ines")

    refused = client.post(page_of(worded) + "/approuver", data=form_of(worded))
    page = unescape(refused.text)
    (key,) = BOX.findall(page)
    assert refused.status_code == 422
    assert "Phrases d'un modèle de langue que rien n'appuie" in page
    assert ADDED in page.split("unfounded-1", 1)[1]
    assert office.store.draft(worded.id) == worded

    approved = client.post(page_of(worded) + "/approuver", data=form_of(worded, acknowledged=key))
    assert approved.status_code == 303
    assert office.current(worded.entry_id).version == 1


def test_changing_another_word_does_not_pass_the_confirmation_by(office: Office, worded: Draft) -> None:
    changed = replace(worded.content, answer=f"{BORNE_OUT}\n\n{ADDED} Payez en ligne.")

    saved = office.desk.save(INES, worded.id, worded.revision, changed)
    with pytest.raises(SpoilsAnswers) as refusal:
        office.approve(INES, worded.id, saved.revision)

    assert saved.proposed_by is ProposedBy.MODEL
    assert refusal.value.reason == "unfounded"
    assert list(refusal.value.spoilt.unfounded.values()) == [ADDED, "Payez en ligne."]
