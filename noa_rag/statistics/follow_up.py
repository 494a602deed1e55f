"""All figures of a period beside those of the period before; any period is counted when it is asked for."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from noa_rag.cache import Memo
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import Month
from noa_rag.domain.answer import Mark
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.figures import (
    EVERYTHING,
    AskedCounts,
    Chosen,
    Counts,
    CountStore,
    EntryFacts,
    Key,
    NotableQuestion,
    RephrasingCount,
    Span,
    Tally,
)
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.statistics.period import Bucket, Period, PeriodKind
from noa_rag.statistics.tally import (
    MonthOfBase,
    Rise,
    Row,
    Speed,
    by_wording,
    counted,
    growth,
    rising,
    rows,
    speed,
    summed,
)

SHOWN_QUESTIONS = 10
ASKED_FOR = "asked_for"
REVIEW_NOTICE = timedelta(days=30)  # a month's notice: the committee meets once a month


@dataclass(frozen=True, slots=True)
class Point:
    """One hour or day; `before` is None where the period before has no such hour or day, or not yet."""

    bucket: Bucket
    now: Tally
    before: int | None
    has_begun: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How often something occurred in the period, and in the one before."""

    key: Key
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class RisingSubjects:
    """What rose: groups of failed questions by their canonical wording, themes and entries by their ids."""

    groups: tuple[Rise, ...]
    themes: tuple[Rise, ...]
    entries: tuple[Rise, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """The base itself: entries that were never served, entries due for review, and how it grew."""

    entry_count: int
    never_served: tuple[EntryFacts, ...]
    due: tuple[EntryFacts, ...]
    growth: tuple[MonthOfBase, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """All figures of a period; `compared` is the part of the previous period that `before` counts."""

    period: Period
    compared: Span
    is_running: bool
    total: Tally
    before: Tally
    distress: Count
    """Messages of people who cannot go on: counted here and nowhere else."""
    points: tuple[Point, ...]
    reasons: tuple[Count, ...]
    complaints: tuple[Count, ...]
    """Why visitors found answers useless."""
    agencies: tuple[Row, ...]
    themes: tuple[Row, ...]
    sites: tuple[Row, ...]
    regions: tuple[Row, ...]
    audiences: tuple[Row, ...]
    languages: tuple[Row, ...]
    served: tuple[Row, ...]
    """Entries that answered, most first."""
    rising: RisingSubjects
    speed: Speed
    slowest: tuple[NotableQuestion, ...]
    not_useful: tuple[NotableQuestion, ...]
    marks: Mapping[Mark, int]
    """What QA said of the period's answers, each as a whole."""
    rephrasings: tuple[Count, ...]
    """Questions for which a rephrasing was ASKED_FOR, first, and what the last attempt came to; empty without any."""
    rephrasing_reasons: tuple[Count, ...]
    """Why the last attempt was not shown."""
    base: Base


def follow_up(
    counts: Counts, entries: Mapping[EntryId, EntryFacts], period: Period, chosen: Chosen, now: datetime
) -> FollowUp:
    """Return the figures of a period, counted within one state of the database."""
    span, compared = period.span(), period.compared_span(now)
    counts_now, asked_before = counts.asked(span, chosen), counts.asked(compared, chosen)
    these, those = counted(counts_now, entries), counted(asked_before, entries)
    rephrased, rephrased_before = counts_now.rephrasings(), asked_before.rephrasings()
    totals = {"total": these.total.asked, "total_before": those.total.asked}
    return FollowUp(
        period=period,
        compared=compared,
        is_running=period.is_running(now),
        total=these.total,
        before=those.total,
        distress=Count(None, counts_now.distress_count(), asked_before.distress_count()),
        points=_points(counts_now, asked_before, period, now),
        reasons=_counts(these.reasons, those.reasons),
        complaints=_counts(these.complaints, those.complaints),
        agencies=rows(these.agencies, those.agencies),
        themes=rows(these.themes, those.themes),
        sites=rows(these.sites, those.sites),
        regions=rows(these.regions, those.regions),
        audiences=rows(these.audiences, those.audiences),
        languages=rows(these.languages, those.languages),
        served=tuple(row for row in rows(these.entries, those.entries) if row.now.asked),
        rising=RisingSubjects(
            groups=rising(by_wording(counts_now.groups()), by_wording(asked_before.groups()), **totals),
            themes=rising(_asked(these.themes), _asked(those.themes), **totals),
            entries=rising(_asked(these.entries), _asked(those.entries), **totals),
        ),
        speed=speed(counts_now.durations()),
        slowest=tuple(counts_now.slowest(limit=SHOWN_QUESTIONS)),
        not_useful=tuple(_named(question, entries) for question in counts_now.not_useful(limit=SHOWN_QUESTIONS)),
        marks=counts_now.marks(),
        rephrasings=_counts(_by_outcome(rephrased), _by_outcome(rephrased_before)),
        rephrasing_reasons=_counts(_by_reason(rephrased), _by_reason(rephrased_before)),
        base=_base(counts, entries.values(), period, chosen, now),
    )


def _points(asked: AskedCounts, asked_before: AskedCounts, period: Period, now: datetime) -> tuple[Point, ...]:
    compared = period.compared_span(now)
    by_bucket, by_bucket_before = _by_bucket(asked, period), _by_bucket(asked_before, period)
    before: dict[int, int] = {}
    for bucket in period.before().buckets():
        if bucket.begins_at < compared.ends_at:
            place = bucket.place
            before[place] = before.get(place, 0) + by_bucket_before.get(bucket.begins_at, Tally()).asked
    return tuple(
        Point(
            bucket,
            by_bucket.get(bucket.begins_at, Tally()),
            before.get(bucket.place),
            has_begun=bucket.begins_at <= now,
        )
        for bucket in period.buckets()
    )


def _named(question: NotableQuestion, entries: Mapping[EntryId, EntryFacts]) -> NotableQuestion:
    """Return a verdict under the question of its entry, where nobody asked one."""
    entry = entries.get(question.entry_id) if question.entry_id and not question.question_id else None
    return replace(question, text=entry.question) if entry else question


def _by_bucket(asked: AskedCounts, period: Period) -> dict[datetime, Tally]:
    return summed((period.bucket_start(hour), tally) for hour, tally in asked.hours().items())


def _counts(now: Mapping[Key, int], before: Mapping[Key, int]) -> tuple[Count, ...]:
    keys = {*now, *before}
    counts = [Count(key, now.get(key, 0), before.get(key, 0)) for key in keys]
    return tuple(sorted(counts, key=lambda count: (-count.now, -count.before, count.key is not None, count.key or "")))


def _asked(tallies: Mapping[Key, Tally]) -> dict[str, int]:
    return {key: tally.asked for key, tally in tallies.items() if key is not None}


def _by_outcome(rephrased: Iterable[RephrasingCount]) -> Counter[Key]:
    sums = Counter[Key]()
    for attempts in rephrased:
        sums[ASKED_FOR] += attempts.count
        sums[attempts.outcome.value] += attempts.count
    return sums


def _by_reason(rephrased: Iterable[RephrasingCount]) -> Counter[Key]:
    sums = Counter[Key]()
    for attempts in rephrased:
        if attempts.outcome is not RephrasingOutcome.SHOWN:
            sums[attempts.reason] += attempts.count
    return sums


def _base(counts: Counts, entries: Collection[EntryFacts], period: Period, chosen: Chosen, now: datetime) -> Base:
    def is_chosen(agency_id: AgencyId) -> bool:
        return chosen.agencies is None or agency_id in chosen.agencies

    served = [entry for entry in entries if entry.is_served and is_chosen(entry.agency_id)]
    never = counts.never_served()
    soon = paris_day(now) + REVIEW_NOTICE
    due = [entry for entry in served if entry.review_by is not None and entry.review_by <= soon]
    versions = [version for version in counts.versions() if is_chosen(version.agency_id)]
    until = min(Month.of(period.last_day), Month.of(paris_day(now)))
    return Base(
        entry_count=len(served),
        never_served=tuple(sorted((entry for entry in served if entry.id in never), key=lambda entry: entry.id)),
        due=tuple(sorted(due, key=lambda entry: (entry.review_by or soon, entry.id))),
        growth=growth(versions, until),
    )


class HostSites(Protocol):
    """The sites that have the widget, or had it."""

    def everyone(self) -> Sequence[HostSite]: ...


class FollowedRecords(Protocol):
    """The base whose questions are counted."""

    @property
    def counts(self) -> CountStore: ...

    @property
    def sites(self) -> HostSites: ...

    def revision(self) -> int: ...

    def all_in_force(self, day: date) -> Sequence[EntryVersion]: ...


class FollowUps:
    """Counts any period; what it knows of entries is read again when the base or the day changes."""

    def __init__(self, records: FollowedRecords, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self._records = records
        self._store = records.counts
        self._entries: Memo[tuple[int, date], Mapping[EntryId, EntryFacts]] = Memo()

    def of(self, period: Period, chosen: Chosen = EVERYTHING) -> FollowUp:
        entries = self.entries()
        with self._store.counting() as counts:
            return follow_up(counts, entries, period, chosen, self.now())

    def keep_days(self, rest: Callable[[float], bool]) -> None:
        """Store the counts of every day that is over, newest first, resting after each for as long as it took.

        `rest` sleeps for that many seconds, and returns whether to stop.
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
        """Return the names, by key, of the sites that have the widget or that recorded questions came from."""
        with self._store.counting() as counts:
            asked_from = {key: key for key in counts.sites()}
        return asked_from | {site.key: site.name for site in self._records.sites.everyone()}

    def entries(self) -> Mapping[EntryId, EntryFacts]:
        """Return every entry, withdrawn ones included."""
        revision, day = self._records.revision(), paris_day(self.now())
        return self._entries.get_or_make(
            (revision, day), lambda: {entry.id: _facts(entry, day) for entry in self._records.all_in_force(day)}
        )


def _facts(version: EntryVersion, day: date) -> EntryFacts:
    content = version.content
    return EntryFacts(
        version.id, content.question, content.agency_id, content.theme, version.is_servable_on(day), content.review_by
    )
