"""What people do in the queue by hand: rights, rules, undo and audit, over a database."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import DraftId
from noa_rag.domain.entry import AlternateQuestion
from noa_rag.domain.errors import Forbidden, NotFound, VersionConflict
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.queue import ItemId, MoveKind, Pile, QueueItem, SavedFilter
from noa_rag.review.queue import COMMENT_LIMIT, FILTER_LIMIT, QueueDesk, check_filter
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.queue import SqlQueueStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.databases import BACKENDS
from tests.factories import a_group_draft, a_question, a_recorded_question, a_theme, an_abstention, an_agency
from tests.review.desk_office import refused
from tests.review.door import QUICK

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
REFERENT, COORDINATOR, QA = PersonId("camille"), PersonId("sacha"), PersonId("quentin")
MARQUE, METEO = GroupId("marque"), GroupId("meteo")

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


class Queue:
    """A desk over a database with two groups; `later` turns its clock."""

    def __init__(self, database: Database) -> None:
        self.database, self.moment = database, NOW
        self.store, self.review = SqlQueueStore(database), SqlReviewStore(database)
        self.desk = QueueDesk(self.store, lambda: self.moment)

    def later(self, **delta: float) -> None:
        self.moment += timedelta(**delta)

    def group(self, group_id: GroupId, *texts: str) -> None:
        """Record refused questions and keep them as a group."""
        ids = [f"{group_id}-{number}" for number in range(len(texts))]
        for question_id, text in zip(ids, texts, strict=True):
            QuestionStore(self.database).record(
                a_recorded_question(
                    question_id,
                    conversation_id=question_id,
                    asked_at=NOW - timedelta(days=1),
                    question=a_question(text),
                    answer=an_abstention(question_id=question_id),
                )
            )
        by_id = {question.question_id: question for question in self.review.asked_since(None)}
        failures = tuple(Failure(by_id[question_id], FailureKind.ABSTAINED) for question_id in ids)
        self.review.add_group(QuestionGroup(group_id, texts[0], NOW, failures))

    def draft(self, group_id: GroupId, **changes: Any) -> DraftId:
        draft = replace(a_group_draft(group_id, **changes), id=DraftId(uuid.uuid4().hex))
        with self.review.changing() as change:
            change.add_draft(draft)
        return draft.id

    def drafted(self, group_id: GroupId, *alternates: str, author: str = "noa") -> DraftId:
        """Keep a draft whose alternate questions are these."""
        said = tuple(AlternateQuestion(text, "fr") for text in alternates)
        draft_id = self.draft(group_id, author=PersonId(author))
        with self.review.changing() as change:
            draft = change.draft(draft_id)
            content = replace(draft.content, question="Comment renouveler ma marque ?", alternate_questions=said)
            change.save_draft(replace(draft, content=content), expected_revision=draft.revision)
        return draft_id

    def alternates(self, draft_id: DraftId) -> list[str]:
        return [question.text for question in self.review.draft(draft_id).content.alternate_questions]

    def texts(self, group_id: GroupId) -> list[str]:
        return sorted(failure.asked.text for failure in self.review.group(group_id).failures)

    def pile(self, group_id: GroupId) -> Pile:
        return self.store.item(ItemId(group_id)).pile

    def deeds(self) -> list[tuple[str, str]]:
        return [(entry.actor, entry.action) for entry in AuditStore(self.database).entries(limit=50)]


@pytest.fixture
def queue(base_url: str) -> Iterator[Queue]:
    database = Database(base_url)
    Directory(database).save([an_agency("inpi"), an_agency("urssaf")], [a_theme()])
    people = PeopleStore(database, Passwords(QUICK))
    for person_id, role, agencies in (
        (REFERENT, Role.REFERENT, ["inpi"]),
        (COORDINATOR, Role.COORDINATOR, []),
        (QA, Role.QA, []),
    ):
        person = Person(person_id, person_id.title(), frozenset({role}), frozenset(map(AgencyId, agencies)))
        people.add(person, "une phrase de passe", actor="test")
    queue = Queue(database)
    queue.group(MARQUE, "comment renouveler ma marque", "renouveler une marque", "prix du kilo de tomates")
    queue.group(METEO, "quel temps demain à Lyon", "il va pleuvoir ?")
    yield queue
    database.close()


def test_groups_are_dismissed_together_and_brought_back_by_undo(queue: Queue) -> None:
    queue.store.place([QueueItem(ItemId(METEO), pile=Pile.OUT_OF_SCOPE, judged_volume=2)])

    move = queue.desk.dismiss(REFERENT, [METEO, MARQUE])

    assert (queue.pile(METEO), queue.pile(MARQUE)) == (Pile.DISMISSED, Pile.DISMISSED)
    assert [other_move.kind for other_move in queue.store.moves_since(NOW - timedelta(hours=1))] == [MoveKind.DISMISSED]
    queue.desk.undo(COORDINATOR, move.id)
    assert (queue.pile(METEO), queue.pile(MARQUE)) == (Pile.OUT_OF_SCOPE, Pile.TO_DO)
    assert queue.store.moves_since(NOW - timedelta(hours=1)) == []
    assert queue.deeds()[:3] == [
        (COORDINATOR, "move_undone"),
        (REFERENT, "group_dismissed"),
        (REFERENT, "group_dismissed"),
    ]


def test_groups_are_given_to_an_agency_together_and_taken_back_by_undo(queue: Queue) -> None:
    queue.store.place([QueueItem(ItemId(METEO), agency_id=AgencyId("inpi"), owner_reason="Un indice.")])

    move = queue.desk.give(REFERENT, [METEO, MARQUE], AgencyId("urssaf"))

    items = [queue.store.item(ItemId(group_id)) for group_id in (METEO, MARQUE)]
    assert [(item.agency_id, item.owner_reason, item.given_by) for item in items] == [("urssaf", "", REFERENT)] * 2
    assert queue.deeds()[0] == (REFERENT, "group_given")
    queue.desk.undo(COORDINATOR, move.id)
    taken_back = queue.store.item(ItemId(METEO))
    assert (taken_back.agency_id, taken_back.owner_reason, taken_back.given_by) == ("inpi", "Un indice.", None)


def test_what_was_given_again_since_is_not_taken_back(queue: Queue) -> None:
    first = queue.desk.give(REFERENT, [METEO], AgencyId("urssaf"))
    queue.desk.give(COORDINATOR, [METEO], AgencyId("inpi"))

    queue.desk.undo(REFERENT, first.id)

    assert queue.store.item(ItemId(METEO)).agency_id == "inpi"


def test_what_noa_judges_anew_stays_with_the_agency_that_a_person_gave_it_to(queue: Queue) -> None:
    queue.desk.give(REFERENT, [METEO], AgencyId("urssaf"))

    likely = (AgencyId("inpi"), AgencyId("urssaf"))
    queue.store.place([QueueItem(ItemId(METEO), agency_id=AgencyId("inpi"), likely=likely, judged_volume=9)])

    item = queue.store.item(ItemId(METEO))
    assert (item.agency_id, item.given_by, item.likely, item.judged_volume) == ("urssaf", REFERENT, likely, 9)


def test_nothing_is_given_to_an_unknown_agency_twice_or_past_a_draft(queue: Queue) -> None:
    queue.draft(MARQUE)

    with pytest.raises(NotFound):
        queue.desk.give(REFERENT, [METEO], AgencyId("nobody"))
    queue.desk.give(REFERENT, [METEO], AgencyId("urssaf"))
    again = refused(lambda: queue.desk.give(REFERENT, [METEO, MARQUE], AgencyId("urssaf")))
    assert again == "nothing_chosen"
    with pytest.raises(Forbidden):
        queue.desk.give(QA, [METEO], AgencyId("inpi"))


def test_what_a_person_placed_noa_leaves_there(queue: Queue) -> None:
    queue.store.place([QueueItem(ItemId(METEO), pile=Pile.OUT_OF_SCOPE)])
    queue.desk.bring_back(REFERENT, [METEO])

    queue.store.place([QueueItem(ItemId(METEO), pile=Pile.OUT_OF_SCOPE, judged_volume=9)])

    assert queue.pile(METEO) is Pile.TO_DO
    assert queue.store.item(ItemId(METEO)).judged_volume == 9


def test_a_split_takes_all_questions_of_the_wording_and_undo_puts_them_back(queue: Queue) -> None:
    move = queue.desk.split(REFERENT, MARQUE, ["marque-2"])

    assert move.to_group is not None
    assert queue.texts(MARQUE) == ["comment renouveler ma marque", "renouveler une marque"]
    assert queue.texts(move.to_group) == ["prix du kilo de tomates"]
    assert queue.review.group(move.to_group).canonical == "prix du kilo de tomates"
    queue.desk.undo(REFERENT, move.id)
    assert len(queue.texts(MARQUE)) == 3
    assert queue.texts(move.to_group) == []
    assert queue.review.group(move.to_group).canonical == "…"  # no words stay behind


def test_what_is_split_off_leaves_the_drafts_phrasings_and_undo_brings_it_back(queue: Queue) -> None:
    draft_id = queue.drafted(MARQUE, "renouveler une marque", "prix du kilo de tomates")

    move = queue.desk.split(REFERENT, MARQUE, ["marque-2"])

    assert queue.alternates(draft_id) == ["renouveler une marque"]
    assert ("noa", "draft_shrunk") in queue.deeds()
    queue.desk.undo(REFERENT, move.id)
    assert queue.alternates(draft_id) == ["renouveler une marque", "prix du kilo de tomates"]


def test_two_groups_are_merged_and_parted_again(queue: Queue) -> None:
    move = queue.desk.merge(COORDINATOR, METEO, MARQUE)

    assert (len(queue.texts(MARQUE)), queue.texts(METEO)) == (5, [])
    assert queue.review.group(METEO).canonical == "…"
    queue.desk.undo(REFERENT, move.id)
    assert (len(queue.texts(MARQUE)), len(queue.texts(METEO))) == (3, 2)
    assert queue.review.group(METEO).canonical in queue.texts(METEO)
    assert refused(lambda: queue.desk.undo(REFERENT, move.id)) == "nothing_to_undo"


def test_a_group_with_a_draft_takes_others_in_and_goes_nowhere(queue: Queue) -> None:
    queue.draft(MARQUE)

    assert refused(lambda: queue.desk.merge(REFERENT, MARQUE, METEO)) == "has_draft"
    assert refused(lambda: queue.desk.merge(REFERENT, METEO, METEO)) == "same_group"
    assert refused(lambda: queue.desk.dismiss(REFERENT, [MARQUE])) == "nothing_chosen"
    queue.desk.merge(REFERENT, METEO, MARQUE)
    assert len(queue.texts(MARQUE)) == 5


def test_a_move_is_not_taken_back_after_a_day_nor_once_a_draft_was_made_of_it(queue: Queue) -> None:
    late, drafted = queue.desk.dismiss(REFERENT, [METEO]), queue.desk.split(REFERENT, MARQUE, ["marque-2"])
    assert drafted.to_group is not None
    queue.draft(drafted.to_group)

    with pytest.raises(VersionConflict):
        queue.desk.undo(REFERENT, drafted.id)
    queue.later(days=1, seconds=1)
    assert refused(lambda: queue.desk.undo(REFERENT, late.id)) == "move_too_old"


def test_a_line_sleeps_until_the_end_of_a_day_and_wakes_by_itself(queue: Queue) -> None:
    queue.desk.snooze(REFERENT, ItemId(METEO), date(2026, 11, 25))

    item = queue.store.item(ItemId(METEO))
    assert item.sleeps_at(datetime(2026, 11, 25, 22, 59, tzinfo=UTC))  # 23:59 in Paris
    assert not item.sleeps_at(datetime(2026, 11, 25, 23, 0, tzinfo=UTC))
    queue.desk.snooze(REFERENT, ItemId(METEO), None)
    assert not queue.store.item(ItemId(METEO)).sleeps_at(NOW)
    for day in (date(2026, 11, 23), date(2028, 1, 1)):
        assert refused(lambda day=day: queue.desk.snooze(REFERENT, ItemId(METEO), day)) == "snooze_day"


def test_a_line_is_put_into_the_hands_of_somebody_who_treats_the_queue(queue: Queue) -> None:
    queue.desk.assign(COORDINATOR, ItemId(MARQUE), REFERENT)

    assert queue.store.item(ItemId(MARQUE)).assignee == REFERENT
    assert refused(lambda: queue.desk.assign(COORDINATOR, ItemId(MARQUE), QA)) == "not_a_reviewer"
    queue.desk.assign(COORDINATOR, ItemId(MARQUE), None)
    assert queue.store.item(ItemId(MARQUE)).assignee is None


def test_comments_are_kept_in_order_and_their_words_are_not_in_the_audit(queue: Queue) -> None:
    queue.desk.comment(REFERENT, ItemId(METEO), "  Vu avec l'équipe.\r\nRien à écrire. ")
    queue.desk.comment(COORDINATOR, ItemId(METEO), "D'accord.")

    assert [comment.text for comment in queue.store.comments(ItemId(METEO))] == [
        "Vu avec l'équipe.\nRien à écrire.",
        "D'accord.",
    ]
    assert queue.store.comment_counts() == {METEO: 2}
    assert [entry.detail for entry in AuditStore(queue.database).entries(limit=2)] == [{}, {}]
    assert refused(lambda: queue.desk.comment(REFERENT, ItemId(METEO), " \n")) == "comment_missing"
    assert refused(lambda: queue.desk.comment(REFERENT, ItemId(METEO), "x" * (COMMENT_LIMIT + 1))) == "comment_too_long"


def test_only_who_treats_the_queue_changes_it(queue: Queue) -> None:
    with pytest.raises(Forbidden):
        queue.desk.dismiss(QA, [METEO])
    with pytest.raises(Forbidden):
        queue.desk.comment(PersonId("nobody"), ItemId(METEO), "Bonjour")
    with pytest.raises(NotFound):
        queue.desk.comment(REFERENT, ItemId("unknown"), "Bonjour")
    assert queue.pile(METEO) is Pile.TO_DO


def test_what_waits_is_counted_for_the_agencies_and_the_hands_of_somebody(queue: Queue) -> None:
    queue.draft(MARQUE)
    person = Person(REFERENT, "Camille", frozenset({Role.REFERENT}), frozenset({AgencyId("inpi")}))
    assert queue.store.waiting(person, person.agencies, NOW).to_do == 1
    assert queue.store.waiting(person, None, NOW).to_do == 2

    queue.desk.assign(COORDINATOR, ItemId(METEO), REFERENT)
    assert queue.store.waiting(person, person.agencies, NOW).assigned == 1
    queue.desk.dismiss(REFERENT, [METEO])
    queue.desk.snooze(REFERENT, ItemId(MARQUE), date(2026, 11, 25))

    waiting = queue.store.waiting(person, None, NOW)
    assert (waiting.to_do, waiting.assigned) == (0, 0)


def test_a_split_leaves_something_and_takes_something(queue: Queue) -> None:
    assert refused(lambda: queue.desk.split(REFERENT, MARQUE, [])) == "nothing_chosen"
    assert refused(lambda: queue.desk.split(REFERENT, METEO, ["meteo-0", "meteo-1"])) == "all_chosen"
    with pytest.raises(VersionConflict):
        queue.desk.split(REFERENT, MARQUE, ["meteo-0"])
    assert len(queue.texts(MARQUE)) == 3
    queue.desk.split(REFERENT, MARQUE, ["marque-0"])  # whose words stood for the group
    assert queue.review.group(MARQUE).canonical == "renouveler une marque"


def test_a_split_leaves_alone_the_draft_that_a_person_edited(queue: Queue) -> None:
    draft_id = queue.drafted(MARQUE, "renouveler une marque", "prix du kilo de tomates", author=REFERENT)

    queue.desk.split(REFERENT, MARQUE, ["marque-2"])

    assert queue.review.draft(draft_id).revision == 2
    assert len(queue.alternates(draft_id)) == 2


def test_filters_are_kept_for_oneself_under_a_name(queue: Queue) -> None:
    queue.store.save_filter(REFERENT, SavedFilter("Les miens", "qui=me"))
    queue.store.save_filter(REFERENT, SavedFilter("Les miens", "qui=me&age=week"))
    queue.store.save_filter(COORDINATOR, SavedFilter("Tout", "agency=all"))

    assert queue.store.filters(REFERENT) == [SavedFilter("Les miens", "qui=me&age=week")]
    queue.store.drop_filter(REFERENT, "Les miens")
    assert queue.store.filters(REFERENT) == []
    assert check_filter("  Les   miens ", []) == "Les miens"
    full = [SavedFilter(str(number), "") for number in range(FILTER_LIMIT)]
    assert refused(lambda: check_filter("Un de plus", full)) == "filters_full"
    assert refused(lambda: check_filter(" ", [])) == "filter_name"
