"""What is new, worked out once for a revision of the base and a day."""

from collections.abc import Callable, Sequence
from datetime import date

from noa_rag.domain.days import start_of
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.news import News, first_news_day, news_of
from noa_rag.service.records import Records


class RecentNews:
    """Keeps the news of the last days until the base or the day changes."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._kept: tuple[int, date, tuple[News, ...]] = (-1, date.min, ())

    def on(self, today: date, servable: Callable[[], Sequence[EntryVersion]]) -> tuple[News, ...]:
        """Return the news of the last days, the latest first; `servable` gives the entries that may be shown."""
        revision = self._records.revision()
        if self._kept[:2] != (revision, today):
            since = first_news_day(today)
            begun = [one.id for one in servable() if (one.content.window.valid_from or date.min) >= since]
            histories = self._records.news.histories(start_of(since), also=begun)
            found = [news for history in histories.values() if (news := news_of(history, today)) is not None]
            found.sort(key=lambda news: (-news.at.timestamp(), news.entry.id))
            self._kept = (revision, today, tuple(found))
        return self._kept[2]
