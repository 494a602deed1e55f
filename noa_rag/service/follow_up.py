"""The follow-up over the records."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from noa_rag.cache import Memo
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.figures import EVERYTHING, Chosen, EntryFacts
from noa_rag.service.records import Records
from noa_rag.statistics.follow_up import FollowUp, follow_up
from noa_rag.statistics.period import Period, PeriodKind
from noa_rag.storage.figures import FigureStore


class FollowUps:
    """Counts any period; what it knows of entries is read again when the base or the day changes."""

    def __init__(self, records: Records, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self._records = records
        self._store = FigureStore(records.database)
        self._entries: Memo[tuple[int, date], Mapping[EntryId, EntryFacts]] = Memo()

    def of(self, period: Period, chosen: Chosen = EVERYTHING) -> FollowUp:
        entries = self.entries()
        with self._store.counting() as counts:
            return follow_up(counts, entries, period, chosen, self.now())

    def keep_days(self, rest: Callable[[float], bool]) -> None:
        """Keep what is counted of every day that is over, newest first, resting as long as each took.

        `rest` sleeps for so many seconds, and tells whether to stop.
        """
        for day in self._store.days_to_keep():
            start = time.perf_counter()
            self._store.keep_day(day)
            if rest(time.perf_counter() - start):
                return

    def current(self, kind: PeriodKind) -> Period:
        """Return the period that is running."""
        return Period.of(kind, paris_day(self.now()))

    def sites(self) -> dict[str, str]:
        """Return the names of the sites that have the widget, or had it when questions came from there, by key."""
        with self._store.counting() as counts:
            asked_from = {key: key for key in counts.sites()}
        return asked_from | {site.key: site.name for site in self._records.sites.everyone()}

    def entries(self) -> Mapping[EntryId, EntryFacts]:
        """Return every entry, withdrawn ones included."""
        revision, day = self._records.revision(), paris_day(self.now())
        return self._entries.get_or_make(
            (revision, day), lambda: {one.id: _facts(one, day) for one in self._records.changed_since(-1)[1]}
        )


def _facts(version: EntryVersion, day: date) -> EntryFacts:
    content = version.content
    return EntryFacts(
        version.id, content.question, content.agency_id, content.theme, version.is_servable_on(day), content.review_by
    )
