"""The office: what comes after a verdict, previews, and every worker giving the new answer within two seconds."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftState, Recheck
from noa_rag.domain.entry import AlternateQuestion, EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.ports import GateVerdict
from noa_rag.domain.question import Ask
from noa_rag.review.replay import ChangeKind
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from tests.factories import (
    APPROVED_AT,
    a_draft,
    a_new_version,
    a_theme,
    an_agency,
    an_entry_content,
)
from tests.fake_noa import a_noa

INES = PersonId("ines")
MARQUE, VIN = EntryId("deposer-une-marque"), EntryId("droits-de-douane-vin")
QUESTION = "Quels droits de douane pour importer du vin ?"
ASKED = (QUESTION, QUESTION, "droits douane importer vin", "bonjour")
LIVE_SECONDS = 2.0


@pytest.fixture
def noa(settings: Settings, records: Records, tmp_path: Path) -> Iterator[Noa]:
    records.directory.save([an_agency("inpi")], [a_theme()])
    records.entries.add_versions([a_new_version(MARQUE)])
    records.people.add(
        Person(INES, "Inès Martin", frozenset({Role.REFERENT}), frozenset({AgencyId("inpi")})),
        "cheval-agrafe-batterie",
        actor="tests",
    )
    noa = a_noa(settings, records, tmp_path)
    yield noa
    noa.close()


@pytest.fixture
def office(noa: Noa) -> Office:
    return Office(noa, now=lambda: APPROVED_AT)


@pytest.fixture
def draft(office: Office) -> Draft:
    """A draft of a group of four questions, which were asked and refused."""
    for text in ASKED:
        office.noa.ask(Ask(text))
    failures = tuple(Failure(question, FailureKind.ABSTAINED) for question in office.store.asked_since(None))
    office.store.add_group(QuestionGroup(GroupId("g" * 32), QUESTION, APPROVED_AT, failures))
    content = an_entry_content(question=QUESTION, answer="Voir le tarif douanier.")
    draft = a_draft(content=content, entry_id=VIN, group_id=GroupId("g" * 32))
    with office.store.changing() as change:
        change.add_draft(draft)
    return draft


def shown(noa: Noa, question: str = QUESTION) -> EntryId | None:
    entry = noa.answering(is_recorded=False).ask(Ask(question)).entry
    return entry.id if entry else None


def test_an_approval_is_live_at_once_and_the_group_is_asked_again(office: Office, draft: Draft) -> None:
    approved = office.approve(INES, draft.id, draft.revision)

    assert shown(office.noa) == VIN
    assert approved.recheck == Recheck(4, 3, ("bonjour",))
    assert (approved.state, office.store.draft(draft.id)) == (DraftState.APPROVED, approved)


def test_a_recheck_that_fails_leaves_the_verdict(office: Office, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StorageUnavailable("The disk is full.")

    monkeypatch.setattr(office.replaying, "ask_now", fail)

    approved = office.approve(INES, draft.id, draft.revision)

    assert (approved.state, approved.recheck) == (DraftState.APPROVED, None)
    assert shown(office.noa) == VIN


@pytest.mark.parametrize("error", [StorageUnavailable("The disk is full."), OSError(28, "No space left"), ValueError()])
def test_an_index_that_cannot_follow_leaves_the_verdict(
    office: Office, draft: Draft, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> int:
        raise error

    monkeypatch.setattr(office.noa, "refresh", fail)

    assert office.approve(INES, draft.id, draft.revision).state is DraftState.APPROVED
    assert office.noa.records.current([VIN])[VIN].version == 1
    assert not office.is_live()


def test_an_approval_with_its_recheck_is_undone_within_a_minute(office: Office, draft: Draft) -> None:
    approved = office.approve(INES, draft.id, draft.revision)

    undone = office.undo(INES, draft.id, approved.revision)

    assert (undone.state, undone.recheck, shown(office.noa)) == (DraftState.OPEN, None, None)


def test_attached_questions_are_answered_at_once(office: Office, draft: Draft) -> None:
    attached = office.attach(INES, draft.id, draft.revision, MARQUE, [AlternateQuestion(QUESTION)])

    assert shown(office.noa) == MARQUE
    assert attached.recheck is not None
    assert attached.recheck.answered_count == 3


def test_a_withdrawal_and_a_return_are_live_at_once(office: Office) -> None:
    question = "Comment déposer une marque ?"
    assert shown(office.noa, question) == MARQUE

    withdrawn = office.withdraw(INES, MARQUE, 1, "faux depuis hier")
    hidden = shown(office.noa, question)
    office.roll_back(INES, MARQUE, withdrawn.version, 1)

    assert (hidden, shown(office.noa, question)) == (None, MARQUE)


def test_a_preview_tells_what_approving_does_and_publishes_nothing(office: Office, draft: Draft) -> None:
    office.noa.ask(Ask("Comment déposer une marque ?"))
    before = office.noa.records.revision()

    preview = office.preview(draft, replace(draft.content, answer="Autre texte."))

    newly = preview.replay.own.of_kind(ChangeKind.NEWLY_ANSWERED)
    assert {change.text: change.count for change in newly} == {QUESTION: 2, "droits douane importer vin": 1}
    assert {change.after.entry_id for change in newly} == {VIN}
    assert (preview.replay.recorded.question_count, preview.replay.recorded.changes) == (1, ())
    assert (preview.verdict, office.noa.records.revision(), shown(office.noa)) == (None, before, None)


def test_the_gate_has_its_word_on_what_is_proposed(noa: Noa, draft: Draft) -> None:
    class Gate:
        """Refuses everything, and keeps what it was asked about."""

        def verdict(self, proposed: Collection[EntryVersion]) -> GateVerdict:
            self.proposed = list(proposed)
            return GateVerdict(False, ("non",))

    gate = Gate()

    preview = Office(noa, gate, now=lambda: APPROVED_AT).preview(draft)

    assert preview.verdict == GateVerdict(False, ("non",))
    (proposed,) = gate.proposed
    assert (proposed.id, proposed.version, proposed.status) == (VIN, 1, EntryStatus.APPROVED)


def test_previews_are_kept_ready_until_the_office_closes(office: Office, draft: Draft) -> None:
    office.keep_warm()
    deadline = time.monotonic() + 20
    while (answers := office.replaying._today._kept) is None or len(answers[1]) < len(set(ASKED)):
        assert time.monotonic() < deadline
        time.sleep(0.02)

    office.noa.background.stop()

    assert not office.noa.background.is_at_work("previews-ahead")


def test_every_service_answers_within_two_seconds_of_a_verdict(office: Office, draft: Draft, tmp_path: Path) -> None:
    settings, folder = office.noa.settings, tmp_path / "other"
    own = replace(settings, data_dir=folder, database_url=settings.effective_database_url)
    other = a_noa(own, open_records(own), folder)
    other.follow()
    assert shown(other) is None

    approved = office.approve(INES, draft.id, draft.revision)
    seconds_to_answer = seconds_until(lambda: shown(other) == VIN)
    assert approved.published is not None
    office.withdraw(INES, VIN, approved.published.version, "à revoir")
    seconds_to_hide = seconds_until(lambda: shown(other) is None)

    assert seconds_to_answer < LIVE_SECONDS
    assert seconds_to_hide < LIVE_SECONDS
    other.close()


def seconds_until(is_so: Callable[[], bool]) -> float:
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() - start < 10 * LIVE_SECONDS
        time.sleep(0.02)
    return time.monotonic() - start
