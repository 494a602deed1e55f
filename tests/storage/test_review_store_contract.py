"""What every ReviewStore promises, in memory and in the database alike."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Reason
from noa_rag.domain.draft import Draft, DraftId, DraftState, Duplicate, Evidence, NearEntry, Published, Recheck
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.domain.facts import SourceText
from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.ports import ReviewStore
from noa_rag.domain.question import Language
from noa_rag.storage.database import Database
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.review_store import SqlReviewStore as ReviewStoreInDatabase
from tests.factories import APPROVED_AT, a_draft, a_new_version, a_person, a_question, a_recorded_question
from tests.fake_review_store import FakeReviewStore

INPI, CAMILLE = AgencyId("inpi"), PersonId("camille")
PEOPLE = (a_person(CAMILLE, "inpi"),)
LATER = timedelta(minutes=1)
TOKYO = ZoneInfo("Asia/Tokyo")


@dataclass
class Kept:
    """A store, and how a question comes into it."""

    store: ReviewStore
    record: Callable[[Asked], None]
    asked: list[Asked] = field(default_factory=list)

    def ask(self, question_id: str, minutes: int = 0, conversation_id: str = "c") -> Asked:
        question = Asked(
            question_id=question_id,
            conversation_id=conversation_id,
            asked_at=APPROVED_AT + minutes * LATER,
            text=f"question {question_id} ?",
            normalised=f"question {question_id} ?",
            language=Language.FRENCH,
            status="abstained",
            reason=Reason.NOTHING_CLOSE,
            confidence=0.04,
        )
        self.record(question)
        return question

    def failure(self, question_id: str, minutes: int = 0) -> Failure:
        return Failure(self.ask(question_id, minutes), FailureKind.ABSTAINED)


@pytest.fixture(params=["fake", "database"])
def kept(request: pytest.FixtureRequest, backend: str) -> Kept:
    if request.param == "fake":
        fake = FakeReviewStore(people=PEOPLE, agencies=[INPI])
        return Kept(fake, fake.asked.append)
    database: Database = request.getfixturevalue("database")
    PeopleStore(database).add(PEOPLE[0], "une phrase de passe", actor="test")
    log = QuestionStore(database)

    def record(question: Asked) -> None:
        log.record(
            a_recorded_question(
                question.question_id,
                conversation_id=question.conversation_id,
                asked_at=question.asked_at,
                question=a_question(question.text),
            )
        )

    return Kept(ReviewStoreInDatabase(database), record)


def a_group(group_id: str, *failures: Failure, created_at: datetime = APPROVED_AT) -> QuestionGroup:
    return QuestionGroup(GroupId(group_id), f"canonique de {group_id} ?", created_at, failures)


def add(kept: Kept, *drafts: Draft) -> None:
    with kept.store.changing() as change:
        for draft in drafts:
            change.add_draft(draft)


def test_a_draft_comes_back_as_it_was_given(kept: Kept) -> None:
    draft = a_draft(
        note="« à revoir »\n\N{EURO SIGN}",
        is_thin=True,
        owner_reason="theme",
        evidence=(Evidence(EntryId("F1"), "titre", "https://example.org/F1", "intertitre", "passage", 0.5),),
        duplicates=(Duplicate("entry", "autre", "Autre ?", 0.9),),
        near=(NearEntry(EntryId("proche"), "Proche ?", 0.7),),
        decided_by=CAMILLE,
        decided_at=APPROVED_AT,
        published=Published(EntryId("deposer-une-marque"), 2, 1),
        recheck=Recheck(3, 1, ("encore ?",)),
    )

    add(kept, draft)

    assert kept.store.draft(draft.id) == draft
    assert kept.store.drafts() == [draft]


def test_what_does_not_exist_is_not_found(kept: Kept) -> None:
    with pytest.raises(NotFound, match="inconnu"):
        kept.store.draft(DraftId("inconnu"))
    with pytest.raises(NotFound, match="inconnu"):
        kept.store.group(GroupId("inconnu"))
    with pytest.raises(NotFound, match="inconnu"):
        kept.store.join_group(GroupId("inconnu"), [], canonical="?")
    with kept.store.changing() as change, pytest.raises(NotFound, match="inconnu"):
        change.save_draft(a_draft("inconnu"), expected_revision=1)


def test_a_saved_draft_takes_the_next_revision_and_the_second_to_save_the_same_one_loses(kept: Kept) -> None:
    draft = a_draft()
    add(kept, draft)

    with kept.store.changing() as change:
        saved = change.save_draft(replace(draft, note="premier"), expected_revision=1)
        assert change.draft(draft.id) == saved

    assert saved.revision == 2
    with kept.store.changing() as change, pytest.raises(VersionConflict, match=r"revision"):
        change.save_draft(replace(draft, note="second"), expected_revision=1)
    assert kept.store.draft(draft.id).note == "premier"


def test_a_change_that_fails_leaves_nothing(kept: Kept) -> None:
    def fail() -> None:
        with kept.store.changing() as change:
            change.add_draft(a_draft())
            change.set_needs_two_people(INPI, True)
            change.add_version(a_new_version())
            change.audit(CAMILLE, "draft_written", "d", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert kept.store.drafts() == []
    with kept.store.changing() as change:
        assert not change.needs_two_people(INPI)
        assert change.entry(EntryId("deposer-une-marque")) is None


def test_drafts_changed_last_come_first_and_pending_ones_of_an_entry_are_found(kept: Kept) -> None:
    old = a_draft("a")
    new = a_draft("b", updated_at=APPROVED_AT + LATER, state=DraftState.CHANGES_REQUESTED)
    done = a_draft("c", state=DraftState.DECLINED)
    other = a_draft("d", entry_id=EntryId("autre"))

    add(kept, old, done, new, other)

    assert [draft.id for draft in kept.store.drafts()] == ["b", "a", "c", "d"]
    with kept.store.changing() as change:
        assert list(change.pending_drafts_of(old.entry_id)) == [old, new]


def test_versions_are_added_and_read_within_the_change(kept: Kept) -> None:
    entry_id = EntryId("deposer-une-marque")

    with kept.store.changing() as change:
        first = change.add_version(a_new_version())
        second = change.add_version(a_new_version(expected_version=1, answer="Autrement.", author="camille"))

        assert (first.version, second.version, second.content.answer) == (1, 2, "Autrement.")
        assert change.entry(entry_id) == second
        assert change.history(entry_id)[0] == first
        with pytest.raises(VersionConflict):
            change.add_version(a_new_version(expected_version=1))


def test_a_followed_source_is_kept_for_each_entry_in_its_last_state(kept: Kept) -> None:
    first = SourceText("F1", "Ouvrir", "https://example.org/F1", ("Un.", "Deux."), date(2026, 11, 5))
    with kept.store.changing() as change:
        change.add_version(a_new_version("a"))
        change.add_version(a_new_version("b"))
        for entry_id in ("a", "b"):
            change.follow_source(EntryId(entry_id), first)
        change.follow_source(EntryId("b"), replace(first, state="ABROGE"))

    with kept.store.changing() as change:
        assert change.followed_sources() == {("a", "F1"): first, ("b", "F1"): replace(first, state="ABROGE")}


def test_people_agencies_and_rules_are_known_within_the_change(kept: Kept) -> None:
    with kept.store.changing() as change:
        assert change.person(CAMILLE) == PEOPLE[0]
        assert change.person(PersonId("personne")) is None
        assert change.everyone() == [PEOPLE[0]]
        assert change.knows_agency(INPI)
        assert not change.knows_agency(AgencyId("nulle"))
        assert not change.needs_two_people(INPI)
        change.set_needs_two_people(INPI, True)
        assert change.needs_two_people(INPI)
        change.set_needs_two_people(INPI, False)
        assert not change.needs_two_people(INPI)


def test_groups_come_largest_first_with_failures_in_the_order_they_were_asked(kept: Kept) -> None:
    late, early, alone = kept.failure("late", 5), kept.failure("early", 1), kept.failure("alone")

    kept.store.add_group(a_group("petit", alone))
    kept.store.add_group(a_group("grand", late, early))

    assert kept.store.groups() == [a_group("grand", early, late), a_group("petit", alone)]
    assert kept.store.group(GroupId("grand")) == a_group("grand", early, late)


def test_a_question_that_is_in_a_group_stays_there(kept: Kept) -> None:
    first, second, third = kept.failure("q1"), kept.failure("q2", 1), kept.failure("q3", 2)
    kept.store.add_group(a_group("un", first))
    kept.store.add_group(a_group("deux", second))

    kept.store.join_group(GroupId("deux"), [first, third], canonical="mieux dit ?")

    assert kept.store.group(GroupId("un")).failures == (first,)
    assert kept.store.group(GroupId("deux")) == replace(a_group("deux", second, third), canonical="mieux dit ?")
    with pytest.raises(VersionConflict):
        kept.store.add_group(a_group("trois", third))
    with pytest.raises(NotFound):
        kept.store.group(GroupId("trois"))


def test_the_newest_draft_of_each_group_is_told(kept: Kept) -> None:
    kept.store.add_group(a_group("g", kept.failure("q1")))
    kept.store.add_group(a_group("sans", kept.failure("q2")))

    add(kept, a_draft("b", group_id=GroupId("g"), updated_at=APPROVED_AT + LATER), a_draft("a", group_id=GroupId("g")))
    add(kept, a_draft("c"))

    assert kept.store.drafted_groups() == {"g": "b"}


def test_questions_are_told_oldest_first_and_the_newest_of_them_with_a_limit(kept: Kept) -> None:
    second, first, third = kept.ask("q2", 2), kept.ask("q1", 1), kept.ask("q3", 3)

    assert kept.store.asked_since(None) == [first, second, third]
    assert kept.store.asked_since(first.asked_at) == [second, third]
    assert kept.store.asked_since(None, limit=2) == [second, third]
    assert kept.store.asked_since(third.asked_at.astimezone(UTC), limit=2) == []


def test_questions_of_conversations_are_told_oldest_first(kept: Kept) -> None:
    late, early = kept.ask("q2", 2, "a"), kept.ask("q1", 1, "b")
    kept.ask("q3", 3, "c")

    assert kept.store.asked_in({"a", "b"}) == [early, late]
    assert kept.store.asked_in(()) == []


def test_a_moment_far_from_utc_means_the_same_moment(kept: Kept) -> None:
    question = kept.ask("q1", 1)

    assert kept.store.asked_since((question.asked_at - LATER).astimezone(TOKYO)) == [question]
    assert kept.store.asked_since(question.asked_at.astimezone(TOKYO)) == []
