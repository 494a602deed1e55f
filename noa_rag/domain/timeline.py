"""Versions of entries over time: which were approved, and which could be served, on a day."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from noa_rag.domain.days import end_of, paris_day
from noa_rag.domain.entry import EntryId, EntryStatus, ValidityWindow

State = frozenset[tuple[EntryId, int]]
"""Entries, each in one version: all that an answer may rest on."""


@dataclass(frozen=True, slots=True)
class VersionState:
    """All of a version that says when it may be served."""

    id: EntryId
    version: int
    approved_at: datetime
    status: EntryStatus
    window: ValidityWindow


class Timeline:
    """The versions of all entries in time; versions are only ever added."""

    def __init__(self) -> None:
        self._versions: dict[EntryId, dict[int, VersionState]] = defaultdict(dict)
        self._turns: list[date] = []
        self._first: date | None = None

    def take_in(self, states: Iterable[VersionState]) -> None:
        for state in states:
            self._versions[state.id][state.version] = state
        known = [one for by_number in self._versions.values() for one in by_number.values()]
        approved = {paris_day(one.approved_at) for one in known}
        opened = {one.window.valid_from for one in known if one.window.valid_from}
        closed = {end + timedelta(days=1) for one in known if (end := one.window.valid_until) and end < date.max}
        self._turns = sorted(approved | opened | closed)
        self._first = min(approved, default=None)

    @property
    def first_day(self) -> date | None:
        """The day on which the first version was approved; None for an empty base."""
        return self._first

    @property
    def last_turn(self) -> date | None:
        """The last day on which anything changes; None for an empty base."""
        return self._turns[-1] if self._turns else None

    def turn_before(self, day: date) -> date:
        """Return the day since which the base has been as it is on `day`: from one turn to the next nothing changes.

        A turn is a day on which something is approved, comes into force, or no longer holds. All days before the first
        approval are one, of an empty base.
        """
        if self._first is None or day < self._first:
            return date.min
        return self._turns[bisect_right(self._turns, day) - 1]

    def approved_on(self, day: date) -> State:
        """Return the entries that were approved at the end of a day, expired and future ones included."""
        known = self._known_on(day)
        return frozenset((one.id, one.version) for one in known if one.status is EntryStatus.APPROVED)

    def servable_on(self, day: date) -> State:
        """Return the entries that were approved at the end of a day, and true on it."""
        return frozenset(
            (one.id, one.version)
            for one in self._known_on(day)
            if one.status is EntryStatus.APPROVED and one.window.contains(day)
        )

    def _known_on(self, day: date) -> Iterable[VersionState]:
        end = end_of(day) if day < date.max else None
        for by_number in self._versions.values():
            listed = [by_number[number] for number in sorted(by_number)]
            # As the database does: the highest number among those approved, even if approvals were not in order.
            count = len(listed) if end is None else _count_before(listed, end)
            if count:
                yield listed[count - 1]


def _count_before(versions: list[VersionState], end: datetime) -> int:
    moments = [one.approved_at for one in versions]
    if moments == sorted(moments):
        return bisect_left(moments, end)
    return max((at for at, moment in enumerate(moments, start=1) if moment < end), default=0)
