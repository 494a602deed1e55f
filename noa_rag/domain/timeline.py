"""Which version of each entry was known on a day, and which of them could be served: the states of a base in time."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from noa_rag.domain.days import end_of
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

    def take_in(self, states: Iterable[VersionState]) -> None:
        for state in states:
            self._versions[state.id][state.version] = state

    def approved_on(self, day: date) -> State:
        """Return the entries that were approved at the end of a day, whatever their windows."""
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
