"""Edits, approvals and closed accounts at once: nobody publishes her own words where another could read them.

The number of races is in NOA_RACES, as for the others.
"""

import os
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
from tests.review.race_runner import RACERS, Barrier, both_at_once
from tests.review.review_world import OneHash, settle

RACES = int(os.environ.get("NOA_RACES", "200")) // 8
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


def test_of_two_edits_and_two_approvals_at_once_none_publishes_its_own_words(database: Database) -> None:
    """Each draft is edited, in every second race by one side alone, and both try to approve it."""
    store, desk = SqlReviewStore(database), desk_over(database)
    with store.changing() as change:
        for number in range(RACES):
            change.add_draft(a_draft(f"course-{number}", entry_id=EntryId(f"course-{number}")))

    def edit_and_approve(side: int, barrier: Barrier) -> None:
        who = RACERS[side]
        for number in range(RACES):
            draft_id = DraftId(f"course-{number}")
            barrier.wait()
            edits = side == 0 or both_edit(number)
            while edits and store.draft(draft_id).state.is_pending:
                with suppress(VersionConflict, NotAllowedNow):  # the other side acted meanwhile
                    text = an_entry_content(answer=f"De {who}, course {number}.")
                    desk.save(who, draft_id, store.draft(draft_id).revision, text)
                    break
            with suppress(VersionConflict, NotAllowedNow):
                desk.approve(who, draft_id, store.draft(draft_id).revision)

    both_at_once(edit_and_approve)

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

        def approve_or_close(side: int, barrier: Barrier, draft_id: DraftId = draft.id) -> None:
            barrier.wait()
            if side == 1:
                accounts.disable(BOTH, actor="tests")
                return
            try:
                desk.approve(RACERS[0], draft_id, 1)
                outcomes.append("alone")
            except NotAllowedNow as refusal:
                outcomes.append(refusal.reason)

        both_at_once(approve_or_close)
        accounts.enable(BOTH, actor="tests")

    colleague_is_there = True
    for entry in reversed(AuditStore(database).entries(limit=10_000)):
        if entry.subject == BOTH:
            colleague_is_there = entry.action != "person_disabled"
        if entry.action == "published_alone":
            assert not colleague_is_there
    assert set(outcomes) <= {"alone", "second_person"}
    assert len(AuditStore(database).entries(actions=["published_alone"])) == outcomes.count("alone")
