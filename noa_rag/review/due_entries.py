"""Entries that the committee must look at before they mislead: due for review, or about to expire."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import Month
from noa_rag.domain.entry import EntryStatus, EntryVersion

EXPIRY_DAYS = 45  # A month's notice and a fortnight to write: the next committee would be too late.


@dataclass(frozen=True, slots=True)
class DueEntry:
    """An entry with the days that make it due; None where that side is not due."""

    entry: EntryVersion
    review_by: date | None
    expires_on: date | None
    has_expired: bool

    @property
    def agency_id(self) -> AgencyId:
        return self.entry.content.agency_id

    @property
    def first_day(self) -> date:
        return min(day for day in (self.review_by, self.expires_on) if day is not None)


def due_entries(entries: Iterable[EntryVersion], month: Month, until: date) -> tuple[DueEntry, ...]:
    """Return the approved entries to review by the end of the month, or whose window ends near `until`.

    Those that expired in the last 45 days are named too: the public has lost them since.
    """
    due: list[DueEntry] = []
    for entry in entries:
        if entry.status is not EntryStatus.APPROVED:
            continue
        review_by, ends = entry.content.review_by, entry.content.window.valid_until
        is_review_due = review_by is not None and review_by <= month.last_day
        is_near_end = ends is not None and abs((ends - until).days) <= EXPIRY_DAYS
        if is_review_due or is_near_end:
            has_expired = is_near_end and ends is not None and ends < until
            due.append(
                DueEntry(entry, review_by if is_review_due else None, ends if is_near_end else None, has_expired)
            )
    return tuple(sorted(due, key=lambda one: (one.first_day, one.entry.id)))
