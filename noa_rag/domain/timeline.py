"""Versions of entries over time: which is in force on a day, and which are news for the public."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Protocol, TypeVar

from noa_rag.domain.days import end_of, paris_day, start_of
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, ValidityWindow

State = frozenset[tuple[EntryId, int]]
"""Entries, each in one version: all that an answer may rest on."""


class Dated(Protocol):
    """A version of an entry, with the days on which it may be served."""

    @property
    def status(self) -> EntryStatus: ...

    @property
    def window(self) -> ValidityWindow: ...


Version = TypeVar("Version", bound=Dated)


def in_force(versions: Sequence[Version], day: date) -> Version:
    """Return the version of an entry that is served on a day: the newest whose window contains it, else the newest.

    `versions` are one entry's, oldest first. A withdrawal takes away all versions before it. A version that has begun
    takes the place of the older ones for good, except for those that begin after its end.
    """
    begins_after = date.min
    for approved in takewhile(lambda version: version.status is EntryStatus.APPROVED, reversed(versions)):
        first = approved.window.valid_from or date.min
        if approved.window.contains(day) and first >= begins_after:
            return approved
        if first <= day:
            begins_after = max(begins_after, approved.window.ends_before or date.max)
    return versions[-1]


def schedule(versions: Sequence[Version], day: date) -> list[tuple[date, Version | None]]:
    """Return the version served from a day on, and from each later day on which another is; None: none is served."""
    turns = {turn for newer in versions for turn in (newer.window.valid_from, newer.window.ends_before) if turn}
    plan: list[tuple[date, Version | None]] = []
    for turn in sorted({day} | {turn for turn in turns if turn > day}):
        version = in_force(versions, turn)
        is_served = version.status is EntryStatus.APPROVED and version.window.contains(turn)
        served = version if is_served else None
        if not plan or plan[-1][1] is not served:
            plan.append((turn, served))
    return plan


def standing(versions: Sequence[Version], day: date) -> list[Version]:
    """Return, oldest first, the versions that are served on some day from `day` on, and the newest."""
    served = [version for _, version in schedule(versions, day)]
    return [
        text_version
        for text_version in versions
        if text_version is versions[-1] or any(text_version is version for version in served)
    ]


def replaced_ahead(versions: Sequence[Version], new: Version, day: date) -> list[tuple[date, Version]]:
    """Return the versions to come, each with its first day, that a new one served earlier would replace for good."""
    after = standing([*versions, new], day)
    begins = max(day, new.window.valid_from or day)
    plan = schedule(versions, day)[1:]
    return [
        (turn, newer) for turn, newer in plan if newer and turn > begins and not any(newer is other for other in after)
    ]


@dataclass(frozen=True, slots=True)
class VersionState:
    """The fields of a version that say when it may be served."""

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
        known = [state for by_number in self._versions.values() for state in by_number.values()]
        approved = {paris_day(state.approved_at) for state in known}
        opened = {state.window.valid_from for state in known if state.window.valid_from}
        closed = {state.window.ends_before for state in known if state.window.ends_before}
        self._turns = sorted(approved | opened | closed)
        self._first = min(approved, default=None)

    def __len__(self) -> int:
        """How many entries there are or were."""
        return len(self._versions)

    @property
    def first_day(self) -> date | None:
        """The day on which the first version was approved; None for an empty base."""
        return self._first

    @property
    def last_turn(self) -> date | None:
        """The last day on which anything changes; None for an empty base."""
        return self._turns[-1] if self._turns else None

    def turn_before(self, day: date) -> date:
        """Return the last turn up to `day`: the base serves the same on every day from one turn to the next.

        A turn is a day on which something is approved, comes into force, or no longer holds. Before the first
        approval, when the base is empty, `date.min` is returned.
        """
        if self._first is None or day < self._first:
            return date.min
        return self._turns[bisect_right(self._turns, day) - 1]

    def approved_on(self, day: date) -> State:
        """Return the entries that were approved at the end of a day, those outside their window that day included."""
        known = self._known_on(day)
        return frozenset((state.id, state.version) for state in known if state.status is EntryStatus.APPROVED)

    def servable_on(self, day: date) -> State:
        """Return the entries that were approved at the end of a day, and true on it."""
        return frozenset(
            (state.id, state.version)
            for state in self._known_on(day)
            if state.status is EntryStatus.APPROVED and state.window.contains(day)
        )

    def _known_on(self, day: date) -> Iterable[VersionState]:
        end = end_of(day)
        for by_number in self._versions.values():
            if known := [by_number[number] for number in sorted(by_number) if by_number[number].approved_at < end]:
                yield in_force(known, day)


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


def recent_news(histories: Histories, entries: Iterable[EntryVersion], today: date) -> tuple[News, ...]:
    """Return the news of the last days, the latest first; `entries` are in the versions in force today."""
    since = first_news_day(today)
    begun = [entry.id for entry in entries if (entry.content.window.valid_from or date.min) >= since]
    read = histories.histories(start_of(since), also=begun)
    news_items = [news for history in read.values() if (news := news_of(history, today)) is not None]
    return tuple(sorted(news_items, key=lambda news: (-news.at.timestamp(), news.entry.id)))


def news_of(history: Sequence[EntryVersion], today: date) -> News | None:
    """Return an entry's newest news of the last days, None when there is none or it may not be shown today.

    `history` holds its versions, oldest first. A version is news when a person approved it and the
    public reads something else than before; an approval for days to come counts from its first day.
    What reads as it did before these days is no news, whatever happened in between.
    """
    served = in_force(history, today) if history else None
    if served is None or not served.is_servable_on(today):
        return None
    history = [
        version
        for version in history
        if version.version <= served.version and paris_day(_counts_from(version)) <= today
    ]
    if _reads_as_before(history, today):
        return None
    for version, before in reversed(list(zip(history, [None, *history], strict=False))):
        kind = _kind(version, before)
        if kind is not None:
            at = _counts_from(version)
            return News(kind, served, version.version, at) if first_news_day(today) <= paris_day(at) else None
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
