"""Two people act at once: exactly one wins, the other is told, and nothing is lost or done twice.

`make states` runs 10,000; the number is in NOA_RACES.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from noa_rag.domain.draft import DraftState
from noa_rag.domain.entry import EntryStatus
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.databases import BACKENDS
from tests.review.race_runner import KINDS, OF_AN_ENTRY, WON, Outcome, Race, in_processes, in_threads, prepare, races
from tests.review.review_world import settle

RACES = int(os.environ.get("NOA_RACES", "200"))  # half from threads, half from processes
pytestmark = pytest.mark.parametrize("backend", BACKENDS)
LOST = {"VersionConflict", "decided"}
Runner = Callable[[Database, list[Race]], list[tuple[Outcome, Outcome]]]
RUNNERS: dict[str, Runner] = {
    "threads": in_threads,
    "processes": lambda database, listed: in_processes(database.url.render_as_string(hide_password=False), listed),
}


@pytest.fixture
def database(base_url: str) -> Iterator[Database]:
    settle(base_url)
    database = Database(base_url)
    yield database
    database.close()


@pytest.mark.parametrize("where", RUNNERS)
def test_of_two_verdicts_at_once_exactly_one_wins(database: Database, where: str) -> None:
    listed = races(RACES // 2)
    prepare(database, listed)
    audit = AuditStore(database)
    noted_before, start = _noted(audit), time.perf_counter()

    outcomes = RUNNERS[where](database, listed)

    seconds = time.perf_counter() - start
    wins = [[outcome == WON for outcome in pair] for pair in outcomes]
    assert [sum(pair) for pair in wins] == [1] * len(listed)
    for race, pair in zip(listed, outcomes, strict=True):
        moved = {"Forbidden"} if race.kind == "approve and hand over" else set()  # it is another agency's by then
        assert set(pair) <= {WON, *LOST, *moved}
    assert _noted(audit) - noted_before == sum(
        KINDS[race.kind][pair.index(True)][1] for race, pair in zip(listed, wins, strict=True)
    )
    for race, pair in zip(listed, wins, strict=True):
        check(database, race, winner=pair.index(True))
    assert audit.verify() == []
    firsts = Counter(side for pair in wins for side in (0, 1) if pair[side])
    sys.stdout.write(f"\n{len(listed)} races from two {where}: {seconds:.1f} s, won by either side {dict(firsts)}\n")
    assert len(firsts) == 2, "one side always won: that was no race"


def check(database: Database, race: Race, *, winner: int) -> None:
    """What the winner wrote is there, once; what the loser wanted is not."""
    store, entries = SqlReviewStore(database), EntryStore(database)
    draft = store.draft(race.draft_id(winner))
    history = entries.history(race.entry_id)
    is_withdrawn = race.kind == "withdraw and approve" and winner == 0
    assert draft.revision == (1 if is_withdrawn else 2)
    if race.kind in OF_AN_ENTRY:
        assert len(history) == 2
        assert history[-1].status is (EntryStatus.WITHDRAWN if is_withdrawn else EntryStatus.APPROVED)
    else:
        assert len(history) == (draft.state is DraftState.APPROVED)
    if race.kind == "two drafts of one entry":
        loser = store.draft(race.draft_id(1 - winner))
        assert (loser.revision, loser.state) == (1, DraftState.OPEN)
    if race.kind == "approve and attach":
        assert len(entries.history(race.target_id)) == 1 + (draft.state is DraftState.ATTACHED)
    if race.kind == "save and amend":
        assert draft.content.answer == ("Enregistré par 0." if winner == 0 else "Amendé par 1.")


def _noted(audit: AuditStore) -> int:
    head = audit.head()
    return head.number if head else 0
