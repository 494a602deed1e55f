"""How the base grew: entries at the end of each month, and what was added to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from noa_rag.domain.agenda import Month
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.figures import AddedVersion

MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class MonthOfBase:
    """`entry_count` is of the approved entries at the month's end, or so far; the others count what was done in it."""

    month: Month
    entry_count: int
    new_entry_count: int
    changed_count: int
    withdrawn_count: int


def growth(versions: Sequence[AddedVersion], until: Month) -> tuple[MonthOfBase, ...]:
    """Return the months up to this one, at most twelve, from the first that has an entry; versions in their order."""
    by_month: dict[Month, list[AddedVersion]] = {}
    for version in versions:
        by_month.setdefault(Month.of(paris_day(version.approved_at)), []).append(version)
    if not by_month:
        return ()
    approved: set[EntryId] = set()
    month, found = min(by_month), []
    while month <= until:
        added = by_month.get(month, ())
        approved = entries_after(approved, added)
        found.append(_month(month, len(approved), added))
        month = month.after()
    return tuple(found[-MONTHS_SHOWN:])


def entries_after(approved: Iterable[EntryId], added: Iterable[AddedVersion]) -> set[EntryId]:
    """Return the approved entries once these versions were added to a base that had these."""
    entries = set(approved)
    for version in added:
        if version.status is EntryStatus.APPROVED:
            entries.add(version.entry_id)
        else:
            entries.discard(version.entry_id)
    return entries


def _month(month: Month, entry_count: int, added: Sequence[AddedVersion]) -> MonthOfBase:
    withdrawn = [one for one in added if one.status is EntryStatus.WITHDRAWN]
    new = [one for one in added if one.version == 1 and one.status is EntryStatus.APPROVED]
    return MonthOfBase(month, entry_count, len(new), len(added) - len(new) - len(withdrawn), len(withdrawn))
