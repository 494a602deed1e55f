"""Edits, approvals and closed accounts at once: nobody publishes her own words where another could read them.

The number of races is in NOA_RACES, as for the others.
"""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from noa_rag.domain.draft import DraftId
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotAllowedNow, VersionConflict
from noa_rag.domain.people import PersonId
from noa_rag.review.desk import ReviewDesk
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.factories import a_draft, an_entry_content
from tests.review.race_runner import RACERS, Barrier
from tests.review.review_world import OneHash, settle

RACES = int(os.environ.get("NOA_RACES", "200")) // 8
WAIT_SECONDS = 60
BOTH = PersonId("both")


@pytest.fixture
def database(base_url: str) -> Iterator[Database]:
    settle(base_url)
    database = Database(base_url)
    yield database
    database.close()


def desk_over(database: Database) -> ReviewDesk:
    return ReviewDesk(SqlReviewStore(database), lambda: datetime.now(UTC))


def both_edit(number: int) -> bool:
    return number % 2 == 0


def edit_and_approve(url: str, side: int, barrier: Barrier) -> None:
    """In a process of its own: edit each draft, in every second race on one side alone, and try to approve it."""
    database = Database(url)
    store, desk, who = SqlReviewStore(database), desk_over(database), RACERS[side]
    for number in range(RACES):
        draft_id = DraftId(f"course-{number}")
        barrier.wait()
        edits = side == 0 or both_edit(number)
        while edits:
            with suppress(VersionConflict, NotAllowedNow):  # the other side may have approved it meanwhile
                text = an_entry_content(answer=f"De {who}, course {number}.")
                desk.save(who, draft_id, store.draft(draft_id).revision, text)
                break
            if not store.draft(draft_id).state.is_pending:
                break
        with suppress(VersionConflict, NotAllowedNow):
            desk.approve(who, draft_id, store.draft(draft_id).revision)
    database.close()


def test_of_two_edits_and_two_approvals_at_once_none_publishes_its_own_words(database: Database) -> None:
    with SqlReviewStore(database).changing() as change:
        for number in range(RACES):
            change.add_draft(a_draft(f"course-{number}", entry_id=EntryId(f"course-{number}")))
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2, timeout=WAIT_SECONDS)
    url = database.url.render_as_string()
    processes = [context.Process(target=edit_and_approve, args=(url, side, barrier)) for side in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(WAIT_SECONDS)

    assert [process.exitcode for process in processes] == [0, 0]
    published = 0
    for number in range(RACES):
        for version in EntryStore(database).history(EntryId(f"course-{number}")):
            assert version.approver not in version.writers
            published += 1
        if both_edit(number):
            draft = SqlReviewStore(database).draft(DraftId(f"course-{number}"))
            assert draft.state.is_pending
            assert draft.writers == set(RACERS)
    assert published > 0, "nobody ever approved the other's words: that was no race"
    assert AuditStore(database).entries(actions=["published_alone"]) == []
    assert AuditStore(database).verify() == []


def test_a_colleague_whose_account_is_closed_at_that_moment_counts_until_it_is(database: Database) -> None:
    accounts = PeopleStore(database, OneHash())  # type: ignore[arg-type]
    accounts.disable(PersonId("dominique"), actor="tests")  # one colleague is left: `both`
    desk, outcomes = desk_over(database), []
    for number in range(RACES):
        draft = desk.propose(RACERS[0], EntryId(f"seule-{number}"), an_entry_content())
        barrier = threading.Barrier(2, timeout=WAIT_SECONDS)

        def close(barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            accounts.disable(BOTH, actor="tests")

        closing = threading.Thread(target=close)
        closing.start()
        barrier.wait()
        try:
            desk.approve(RACERS[0], draft.id, 1)
            outcomes.append("alone")
        except NotAllowedNow as refusal:
            outcomes.append(refusal.reason)
        closing.join()
        accounts.enable(BOTH, actor="tests")

    colleague_is_there = True
    for entry in reversed(AuditStore(database).entries(limit=10_000)):
        if entry.subject == BOTH:
            colleague_is_there = entry.action != "person_disabled"
        if entry.action == "published_alone":
            assert not colleague_is_there
    assert set(outcomes) <= {"alone", "second_person"}
    assert len(AuditStore(database).entries(actions=["published_alone"])) == outcomes.count("alone")
