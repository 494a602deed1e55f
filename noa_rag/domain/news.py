"""News for the public: entries that an agency approved or changed in the last days."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from noa_rag.domain.days import paris_day, start_of
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion

NEWS_DAYS = 14  # About twenty entries a month were decided in the original: two weeks show some ten.
IMPORTED_BY = "import"
"""The approver of what was imported. No import is news, the first or a later one: nobody decided anything that day, and
the fiches of one archive would bury what an agency has just approved."""


class NewsKind(StrEnum):
    """Whether the public could read something under that entry before."""

    NEW = "new"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class News:
    """An entry as it may be shown today, with the version that brought the news and the moment it counted from."""

    kind: NewsKind
    entry: EntryVersion
    version: int
    at: datetime


class Histories(Protocol):
    """Reads the versions of entries that may be news."""

    def histories(self, since: datetime, *, also: Collection[EntryId] = ()) -> Mapping[EntryId, Sequence[EntryVersion]]:
        """Return the versions, oldest first, of entries approved since a moment, and of some others."""


def recent_news(histories: Histories, servable: Iterable[EntryVersion], today: date) -> tuple[News, ...]:
    """Return the news of the last days, the latest first; `servable` are the entries that may be shown today."""
    since = first_news_day(today)
    begun = [one.id for one in servable if (one.content.window.valid_from or date.min) >= since]
    read = histories.histories(start_of(since), also=begun)
    found = [news for history in read.values() if (news := news_of(history, today)) is not None]
    return tuple(sorted(found, key=lambda news: (-news.at.timestamp(), news.entry.id)))


def news_of(history: Sequence[EntryVersion], today: date) -> News | None:
    """Return an entry's newest news of the last days, None when there is none or it may not be shown today.

    `history` holds its versions, oldest first. A version is news when a person approved it and the
    public reads something else than before; an approval for days to come counts from its first day.
    What reads as it did before these days is no news, whatever happened in between.
    """
    if not history or not history[-1].is_servable_on(today) or _reads_as_before(history, today):
        return None
    for version, before in reversed(list(zip(history, [None, *history], strict=False))):
        kind = _kind(version, before)
        if kind is not None:
            at = _counts_from(version)
            return News(kind, history[-1], version.version, at) if first_news_day(today) <= paris_day(at) else None
    return None


def first_news_day(today: date) -> date:
    """Return the first of the days whose news are told today."""
    return today - timedelta(days=NEWS_DAYS - 1)


def _reads_as_before(history: Sequence[EntryVersion], today: date) -> bool:
    older = [version for version in history if paris_day(_counts_from(version)) < first_news_day(today)]
    return (
        bool(older)
        and older[-1].status is EntryStatus.APPROVED
        and _as_read(older[-1].content) == _as_read(history[-1].content)
    )


def _kind(version: EntryVersion, before: EntryVersion | None) -> NewsKind | None:
    if version.status is not EntryStatus.APPROVED or version.approver == IMPORTED_BY:
        return None
    if before is None or before.status is EntryStatus.WITHDRAWN:
        return NewsKind.NEW
    return NewsKind.CHANGED if _as_read(version.content) != _as_read(before.content) else None


def _as_read(content: EntryContent) -> EntryContent:
    """Return what the public reads: not what helps to find the entry, nor who vouches for it since when."""
    return replace(
        content,
        alternate_questions=(),
        question_en="",
        related=(),
        contributors=(),
        validated_on=None,
        review_by=None,
        origin="",
    )


def _counts_from(version: EntryVersion) -> datetime:
    starts_on = version.content.window.valid_from
    return max(version.approved_at, start_of(starts_on)) if starts_on else version.approved_at
