"""Races of two verdicts: the same moment, the same draft or entry, from two threads or from two processes."""

import multiprocessing
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import DraftId
from noa_rag.domain.entry import AlternateQuestion, EntryId, NewVersion
from noa_rag.domain.errors import Forbidden, NotAllowedNow, VersionConflict
from noa_rag.domain.people import PersonId, TwoPeople
from noa_rag.review.desk import ReviewDesk
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.factories import APPROVED_AT, a_draft, an_entry_content

RACERS = (PersonId("camille"), PersonId("dominique"))  # both referents of the INPI
WON = "won"
Outcome = str
"""WON, or the name of what the loser was told."""


class Barrier(Protocol):
    """What holds both back until both are there, in threads and in processes alike."""

    def wait(self) -> int: ...


@dataclass(frozen=True)
class Race:
    """One race; its number names the draft and the entry that it is about."""

    number: int
    kind: str

    @property
    def entry_id(self) -> EntryId:
        return EntryId(f"course-{self.number}")

    @property
    def target_id(self) -> EntryId:
        return EntryId(f"cible-{self.number}")

    def draft_id(self, side: int) -> DraftId:
        """Return the draft that this side acts on: the same one, unless two drafts run for one entry."""
        return DraftId(f"{side if self.kind == 'two drafts of one entry' else 0}-{self.number}")


def _approve(desk: ReviewDesk, race: Race, side: int) -> None:
    desk.approve(RACERS[side], race.draft_id(side), 1)


def _amend(desk: ReviewDesk, race: Race, side: int) -> None:
    desk.approve(RACERS[side], race.draft_id(side), 1, content=an_entry_content(answer=f"Amendé par {side}."))


def _decline(desk: ReviewDesk, race: Race, side: int) -> None:
    desk.decline(RACERS[side], race.draft_id(side), 1, "hors sujet")


def _attach(desk: ReviewDesk, race: Race, side: int) -> None:
    desk.attach(RACERS[side], race.draft_id(side), 1, race.target_id, (AlternateQuestion("Autrement dit ?"),))


def _hand_over(desk: ReviewDesk, race: Race, side: int) -> None:
    desk.hand_over(RACERS[side], race.draft_id(side), 1, AgencyId("urssaf"))


def _save(desk: ReviewDesk, race: Race, side: int) -> None:
    desk.save(RACERS[side], race.draft_id(side), 1, an_entry_content(answer=f"Enregistré par {side}."))


def _withdraw(desk: ReviewDesk, race: Race, side: int) -> None:
    desk.withdraw(RACERS[side], race.entry_id, 1, "loi changée")


Deed = Callable[[ReviewDesk, Race, int], None]
# What each side does, and how many entries of the audit its winning leaves.
# Attaching and amending with words of one's own leave one more, which says that nobody else read them.
KINDS: dict[str, tuple[tuple[Deed, int], tuple[Deed, int]]] = {
    "both approve": ((_approve, 2), (_approve, 2)),
    "approve and decline": ((_approve, 2), (_decline, 1)),
    "approve and attach": ((_approve, 2), (_attach, 3)),
    "approve and hand over": ((_approve, 2), (_hand_over, 1)),
    "save and amend": ((_save, 1), (_amend, 3)),
    "two drafts of one entry": ((_approve, 2), (_approve, 2)),
    "withdraw and approve": ((_withdraw, 1), (_approve, 2)),
}
OF_AN_ENTRY = ("two drafts of one entry", "withdraw and approve")


def races(count: int) -> list[Race]:
    kinds = list(KINDS)
    return [Race(number, kinds[number % len(kinds)]) for number in range(count)]


def prepare(database: Database, listed: Iterable[Race]) -> None:
    """Write the drafts and entries that the races are about."""
    versions: list[NewVersion] = []
    with SqlReviewStore(database).changing() as change:
        for race in listed:
            is_edit = race.kind in OF_AN_ENTRY
            for side in {race.draft_id(0), race.draft_id(1)}:
                change.add_draft(a_draft(side, entry_id=race.entry_id, base_version=int(is_edit)))
            for entry_id, is_wanted in ((race.entry_id, is_edit), (race.target_id, "attach" in race.kind)):
                if is_wanted:
                    content = an_entry_content(answer="Avant.")
                    versions.append(NewVersion(entry_id, content, 0, "import", "import", APPROVED_AT))
    EntryStore(database).add_versions(versions)


def run_side(desk: ReviewDesk, listed: Iterable[Race], side: int, barrier: Barrier) -> list[Outcome]:
    """Run one side of every race, each begun when the other side is there."""
    outcomes: list[Outcome] = []
    for race in listed:
        deed, _ = KINDS[race.kind][side]
        barrier.wait()
        try:
            deed(desk, race, side)
        except VersionConflict:
            outcomes.append("VersionConflict")
        except Forbidden:
            outcomes.append("Forbidden")
        except NotAllowedNow as refusal:
            outcomes.append(refusal.reason)
        else:
            outcomes.append(WON)
    return outcomes


def in_threads(database: Database, listed: list[Race]) -> list[tuple[Outcome, Outcome]]:
    """Run the races from two threads of this process."""
    outcomes: list[list[Outcome]] = [[], []]

    def run(side: int, barrier: Barrier) -> None:
        outcomes[side] = run_side(_desk(database), listed, side, barrier)

    both_at_once(run)
    return list(zip(*outcomes, strict=True))


def both_at_once(run: Callable[[int, Barrier], None]) -> None:
    """Run both sides, each in a thread of its own; they meet at the barrier."""
    barrier = threading.Barrier(2, timeout=60)
    threads = [threading.Thread(target=run, args=(side, barrier)) for side in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_processes(url: str, listed: list[Race]) -> list[tuple[Outcome, Outcome]]:
    """Run the races from two processes, each with its own connection."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2, timeout=60)
    pipes = [context.Pipe(duplex=False) for _ in (0, 1)]
    processes = [
        context.Process(target=_process_of, args=(url, listed, side, barrier, pipes[side][1])) for side in (0, 1)
    ]
    for process in processes:
        process.start()
    for _, sender in pipes:
        sender.close()  # theirs alone now: should one of them die, there is nothing left to wait for
    outcomes = [receiver.recv() for receiver, _ in pipes]
    for process in processes:
        process.join()
    return list(zip(*outcomes, strict=True))


def _process_of(url: str, listed: list[Race], side: int, barrier: Barrier, sender) -> None:  # type: ignore[no-untyped-def]
    database = Database(url)
    try:
        sender.send(run_side(_desk(database), listed, side, barrier))
    finally:
        database.close()
        sender.close()


def _desk(database: Database) -> ReviewDesk:
    """Return a desk where one person is enough, so that whoever comes first wins."""
    return ReviewDesk(SqlReviewStore(database), lambda: datetime.now(UTC), TwoPeople.ON_REQUEST)
