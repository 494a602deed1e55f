"""The committee's decisions: rights, words and audit, on an SQLite base."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import CommitteeDecision, Month
from noa_rag.domain.draft import DraftState, Published
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import Forbidden, InvalidContent, NotFound
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.review.committee import MAX_NOTE_LENGTH, Committee
from noa_rag.storage.asked import SqlAgendaStore
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.queue import SqlQueueStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.databases import BACKENDS
from tests.factories import (
    a_group_draft,
    a_new_version,
    a_recorded_question,
    a_theme,
    an_agency,
    an_answer,
    an_entry_version,
)
from tests.review.door import QUICK

NOVEMBER = Month(2026, 11)
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
DRAFTED, UNDRAFTED = GroupId("drafted"), GroupId("undrafted")
REFERENT, STRANGER, COORDINATOR = PersonId("inpi.camille"), PersonId("urssaf.dominique"), PersonId("sacha")

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


@dataclass
class Clock:
    """Says what it was set to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(base_url: str) -> Iterator[Database]:
    database = Database(base_url)
    Directory(database).save([an_agency("inpi"), an_agency("urssaf")], [a_theme()])
    yield database
    database.close()


@pytest.fixture
def committee(database: Database, clock: Clock) -> Committee:
    """Return the committee over a base with two groups, one of which the INPI has a draft for."""
    people = PeopleStore(database, Passwords(QUICK))
    for person_id, role, agencies in (
        (REFERENT, Role.REFERENT, ["inpi"]),
        (STRANGER, Role.REFERENT, ["urssaf"]),
        (COORDINATOR, Role.COORDINATOR, []),
    ):
        person = Person(person_id, person_id.title(), frozenset({role}), frozenset(map(AgencyId, agencies)))
        people.add(person, "une phrase de passe", actor="test")
    review = SqlReviewStore(database)
    for group_id in (DRAFTED, UNDRAFTED):
        _ask(database, f"{group_id}-1", NOW.replace(day=3))
        [question] = [question for question in review.asked_since(None) if question.question_id == f"{group_id}-1"]
        failures = (Failure(question, FailureKind.ABSTAINED),)
        review.add_group(QuestionGroup(group_id, "Comment faire ?", NOW, failures))
    with review.changing() as change:
        change.add_draft(a_group_draft(DRAFTED))
    entries = EntryStore(database)
    aside = SqlQueueStore(database).put_aside
    return Committee(review, SqlAgendaStore(database), lambda: entries.changed_since(-1)[1], aside, now=clock)


def test_what_was_put_aside_as_out_of_scope_is_not_on_the_agenda(committee: Committee, database: Database) -> None:
    SqlQueueStore(database).place([QueueItem(ItemId(UNDRAFTED), pile=Pile.OUT_OF_SCOPE, judged_volume=1)])

    assert [item.group.id for item in committee.agenda(NOVEMBER).items] == [DRAFTED]
    assert [item.is_open for item in committee.agenda(NOVEMBER, also=UNDRAFTED).items] == [True, False]


def test_a_decision_is_kept_with_its_audit_entry(committee: Committee, database: Database) -> None:
    committee.decide(REFERENT, NOVEMBER, DRAFTED, "write", "  Avant Noël.  ")

    [item] = [item for item in committee.agenda(NOVEMBER).items if item.group.id == DRAFTED]
    [decision] = item.decisions
    assert (decision.decision, decision.note, decision.decided_by) == (
        CommitteeDecision.WRITE,
        "Avant Noël.",
        REFERENT,
    )
    head = AuditStore(database).head()
    assert head is not None
    assert (head.actor, head.action, head.subject) == (REFERENT, "agenda_decided", DRAFTED)
    assert head.detail == {"month": "2026-11", "decision": "write", "note": "Avant Noël."}


def test_a_referent_decides_for_her_agency_alone(committee: Committee) -> None:
    for month in (NOVEMBER, Month(2000, 1)):  # before the month is looked at
        with pytest.raises(Forbidden):
            committee.decide(STRANGER, month, DRAFTED, "write")

    assert [item.decisions for item in committee.agenda(NOVEMBER).items] == [(), ()]


def test_only_who_decides_everywhere_decides_on_groups_without_an_agency(committee: Committee) -> None:
    with pytest.raises(Forbidden):
        committee.decide(REFERENT, NOVEMBER, UNDRAFTED, "later")

    assert committee.decide(COORDINATOR, NOVEMBER, UNDRAFTED, "later").decision is CommitteeDecision.LATER


@pytest.mark.parametrize(
    ("decision", "note", "field", "kind"),
    [
        ("burn", "", "decision", "unknown"),
        ("out_of_remit", "   ", "note", "missing"),
        ("later", "x" * (MAX_NOTE_LENGTH + 1), "note", "too_long"),
    ],
)
def test_what_cannot_be_recorded_is_told_by_field(
    committee: Committee, decision: str, note: str, field: str, kind: str
) -> None:
    with pytest.raises(InvalidContent) as raised:
        committee.decide(REFERENT, NOVEMBER, DRAFTED, decision, note)

    assert [(problem.field, problem.kind) for problem in raised.value.problems] == [(field, kind)]
    assert all(not item.decisions for item in committee.agenda(NOVEMBER).items)


@pytest.mark.parametrize(
    ("month", "is_taken"),
    [(NOVEMBER, True), (Month(2026, 10), True), (Month(2026, 9), False), (Month(2000, 1), False)],
)
def test_decisions_are_recorded_for_the_running_month_and_the_one_before_alone(
    committee: Committee, database: Database, month: Month, is_taken: bool
) -> None:
    assert committee.decides_for(month) is is_taken
    if is_taken:
        assert committee.decide(REFERENT, month, DRAFTED, "write").month == month
        return
    with pytest.raises(InvalidContent) as raised:
        committee.decide(REFERENT, month, DRAFTED, "write")

    assert [(problem.field, problem.kind, problem.seen) for problem in raised.value.problems] == [
        ("decision", "month_over", str(month))
    ]
    assert SqlAgendaStore(database).decisions() == []


def test_an_unknown_group_and_a_month_to_come_are_not_found(committee: Committee) -> None:
    with pytest.raises(NotFound):
        committee.decide(COORDINATOR, NOVEMBER, GroupId("nowhere"), "later")
    with pytest.raises(NotFound):
        committee.decide(COORDINATOR, NOVEMBER.after(), DRAFTED, "later")
    with pytest.raises(NotFound):
        committee.agenda(NOVEMBER.after())


def test_last_months_decisions_come_with_what_the_entry_answered_since(
    committee: Committee, database: Database, clock: Clock
) -> None:
    committee.decide(REFERENT, NOVEMBER, DRAFTED, "write")
    EntryStore(database).add_versions([a_new_version("entry-drafted")])
    review = SqlReviewStore(database)
    with review.changing() as change:
        published = Published(EntryId("entry-drafted"), 1, 0)
        approved = a_group_draft(DRAFTED, state=DraftState.APPROVED, decided_at=NOW, published=published)
        change.save_draft(approved, expected_revision=1)
    answer = an_answer(an_entry_version("entry-drafted"))
    _ask(database, "answered", NOW.replace(day=25), answer=answer)
    _ask(database, "too-early", NOW.replace(day=23), answer=answer)
    clock.now = NOW.replace(month=12)

    [outcome] = committee.agenda(NOVEMBER.after()).outcomes

    assert (outcome.asked_count, outcome.answered_count) == (1, 1)
    assert outcome.draft is not None
    assert outcome.draft.published == published


def _ask(database: Database, question_id: str, asked_at: datetime, **changes: object) -> None:
    recorded = a_recorded_question(question_id, asked_at=asked_at, conversation_id=question_id, **changes)
    QuestionStore(database).record(recorded)
