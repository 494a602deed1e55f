"""Questions counted by every side of them (agency, theme, site…), which subjects rose, and the referents' work."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2
from statistics import median
from typing import TypeVar

from noa_rag.domain.agenda import Month
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.failure import GroupId
from noa_rag.domain.figures import AddedVersion, AskedCounts, EntryFacts, GroupCount, Key, Side, Tally
from noa_rag.statistics.period import Period, PeriodKind

MIN_COUNT = 3  # two people who ask the same are not yet a subject
# Of what is shown as rising, at most this share is chance, on average (Benjamini and Hochberg 1995).
FALSE_SHARE = 0.05
MONTHS_SHOWN = 12
WEEKS_SHOWN = 13  # a quarter of a year
AnyKey = TypeVar("AnyKey")


@dataclass(frozen=True, slots=True)
class Row:
    """One agency, theme, site…: its questions in the period and in the one before."""

    key: Key
    now: Tally
    before: Tally


def summed(parts: Iterable[tuple[AnyKey, Tally]]) -> dict[AnyKey, Tally]:
    """Return the sum by key."""
    sums: dict[AnyKey, Tally] = {}
    for key, tally in parts:
        sums[key] = sums.get(key, Tally()) + tally
    return sums


def rows(now: Mapping[Key, Tally], before: Mapping[Key, Tally]) -> tuple[Row, ...]:
    """Return a row for each key of either period, most asked first."""
    keys = sorted({*now, *before}, key=lambda key: (key is None, key or ""))
    all_rows = [Row(key, now.get(key, Tally()), before.get(key, Tally())) for key in keys]
    return tuple(sorted(all_rows, key=lambda row: (-row.now.asked, -row.before.asked)))


@dataclass(frozen=True, slots=True)
class Counted:
    """Tallies by agency, theme…; questions without an entry are left out of `themes` and `entries`."""

    total: Tally
    reasons: Mapping[Key, int]
    complaints: Mapping[Key, int]
    agencies: Mapping[Key, Tally]
    themes: Mapping[Key, Tally]
    entries: Mapping[Key, Tally]
    sites: Mapping[Key, Tally]
    regions: Mapping[Key, Tally]
    audiences: Mapping[Key, Tally]
    languages: Mapping[Key, Tally]


def counted(asked: AskedCounts, entries: Mapping[EntryId, EntryFacts]) -> Counted:
    """Return the counts of the questions; `entries` gives each entry's agency and theme."""
    by_entry = asked.entries()
    known = [(entries[entry_id], tally) for entry_id, tally in by_entry.items() if entry_id in entries]

    def owned() -> Iterator[tuple[Key, Tally]]:
        yield from asked.contacts().items()
        for entry_id, tally in by_entry.items():
            yield (entries[entry_id].agency_id if entry_id in entries else None), tally

    return Counted(
        total=asked.total(),
        reasons=asked.refusals(),
        complaints=asked.complaints(),
        agencies=summed(owned()),
        themes=summed((entry.theme, tally) for entry, tally in known),
        entries=dict(by_entry.items()),
        sites=asked.by(Side.SITE),
        regions=asked.by(Side.REGION),
        audiences=asked.by(Side.AUDIENCE),
        languages=asked.by(Side.LANGUAGE),
    )


@dataclass(frozen=True, slots=True)
class Speed:
    """The 50th, 95th and 99th percentiles of the questions' durations, in seconds; None when nothing was asked."""

    p50: float | None
    p95: float | None
    p99: float | None


def speed(ordered: Sequence[float]) -> Speed:
    """Return the percentiles of durations, given ascending."""
    if not ordered:
        return Speed(None, None, None)
    return Speed(*(percentile(ordered, number) for number in (50, 95, 99)))


def percentile(ordered: Sequence[float], number: int) -> float:
    """Return the smallest value that at least `number` in a hundred do not exceed."""
    return ordered[-(-len(ordered) * number // 100) - 1]


@dataclass(frozen=True, slots=True)
class Rise:
    """A subject that rose: its counts, how many times its share doubled, and how likely that is by chance."""

    key: str
    now: int
    before: int
    doublings: float
    p_value: float


def rising(now: Mapping[str, int], before: Mapping[str, int], *, total: int, total_before: int) -> tuple[Rise, ...]:
    """Return the subjects that rose, the steepest first; none when nothing was asked in the previous period."""
    if not total_before:
        return ()
    rises = [
        _rise(key, count, before.get(key, 0), total, total_before) for key, count in now.items() if count >= MIN_COUNT
    ]
    candidates = sorted((rise for rise in rises if rise.doublings > 0), key=lambda rise: (rise.p_value, rise.key))
    count = 0
    for place, rise in enumerate(candidates, start=1):
        if rise.p_value <= FALSE_SHARE * place / len(rises):
            count = place
    return tuple(sorted(candidates[:count], key=lambda rise: (-rise.doublings, -rise.now, rise.key)))


def _rise(key: str, now: int, before: int, total: int, total_before: int) -> Rise:
    # Half a question is added on both sides, so that a new subject has a finite rise (Haldane 1956, Anscombe 1956).
    doublings = log2((now + 0.5) / (total + 0.5)) - log2((before + 0.5) / (total_before + 0.5))
    return Rise(key, now, before, doublings, chance_of(now, before, total=total, total_before=total_before))


def chance_of(now: int, before: int, *, total: int, total_before: int) -> float:
    """Return the probability that this many or more of both periods' questions fall into this one at equal shares.

    The exact test for two Poisson counts (Przyborowski and Wilenski 1940): given their sum, the
    count of the period is binomial.
    """
    from scipy.special import bdtrc

    return float(bdtrc(now - 1, now + before, total / (total + total_before)))


def by_wording(groups: Iterable[GroupCount]) -> Counter[str]:
    """Count failures by the canonical wording of their group; groups with the same wording are added up."""
    counted: Counter[str] = Counter()
    for group in groups:
        counted[group.canonical] += group.count
    return counted


@dataclass(frozen=True, slots=True)
class MonthOfBase:
    """`entry_count` counts approved entries at the month's end, or so far; the others count the month's changes."""

    month: Month
    entry_count: int
    new_entry_count: int
    changed_count: int
    withdrawn_count: int


def growth(versions: Sequence[AddedVersion], until: Month) -> tuple[MonthOfBase, ...]:
    """Return the months up to `until`, at most twelve, from the first with an entry; `versions` are in their order."""
    by_month: dict[Month, list[AddedVersion]] = {}
    for version in versions:
        by_month.setdefault(Month.of(paris_day(version.approved_at)), []).append(version)
    if not by_month:
        return ()
    approved: set[EntryId] = set()
    month, months = min(by_month), []
    while month <= until:
        added = by_month.get(month, ())
        approved = entries_after(approved, added)
        months.append(_month(month, len(approved), added))
        month = month.after()
    return tuple(months[-MONTHS_SHOWN:])


def entries_after(approved: Iterable[EntryId], added: Iterable[AddedVersion]) -> set[EntryId]:
    """Return the approved entries after these versions are added, in order, to those approved before."""
    entries = set(approved)
    for version in added:
        if version.status is EntryStatus.APPROVED:
            entries.add(version.entry_id)
        else:
            entries.discard(version.entry_id)
    return entries


def _month(month: Month, entry_count: int, added: Sequence[AddedVersion]) -> MonthOfBase:
    withdrawn = [version for version in added if version.status is EntryStatus.WITHDRAWN]
    new = [version for version in added if version.version == 1 and version.status is EntryStatus.APPROVED]
    return MonthOfBase(month, entry_count, len(new), len(added) - len(new) - len(withdrawn), len(withdrawn))


@dataclass(frozen=True, slots=True)
class WeekOfWork:
    """One week, as far as it has come; delays count from a group's first failure to the verdict that published it."""

    week: Period
    waiting_count: int
    """Drafts that wait for a verdict at its end."""
    prepared_count: int
    decided_count: int
    delays: tuple[timedelta, ...]

    @property
    def median_days(self) -> float | None:
        return median(_days(self.delays)) if self.delays else None

    @property
    def longest_days(self) -> float | None:
        return max(_days(self.delays), default=None)


def weeks_of_work(
    drafts: Collection[Draft], first_failed: Mapping[GroupId, datetime], *, until: datetime
) -> tuple[WeekOfWork, ...]:
    """Return the last weeks up to a moment, the oldest first; none where no draft was ever prepared by then.

    A draft whose group has no questions any more has no delay.
    """
    if not any(draft.created_at < until for draft in drafts):
        return ()
    week = Period.of(PeriodKind.WEEK, paris_day(until - timedelta(microseconds=1)))
    weeks = [week]
    while len(weeks) < WEEKS_SHOWN:
        weeks.append(weeks[-1].before())
    return tuple(_of(week, drafts, first_failed, until) for week in reversed(weeks))


def _of(
    week: Period, drafts: Collection[Draft], first_failed: Mapping[GroupId, datetime], until: datetime
) -> WeekOfWork:
    span = week.span()
    end = min(span.ends_at, until)
    decided = [draft for draft in drafts if draft.decided_at is not None and span.begins_at <= draft.decided_at < end]
    return WeekOfWork(
        week=week,
        waiting_count=sum(
            draft.created_at < end and (draft.decided_at is None or draft.decided_at >= end) for draft in drafts
        ),
        prepared_count=sum(span.begins_at <= draft.created_at < end for draft in drafts),
        decided_count=len(decided),
        delays=tuple(_delays(decided, first_failed)),
    )


def _delays(decided: Collection[Draft], first_failed: Mapping[GroupId, datetime]) -> Iterator[timedelta]:
    for draft in decided:
        failed_at = first_failed.get(draft.group_id) if draft.group_id else None
        if draft.published is not None and draft.decided_at is not None and failed_at is not None:
            yield max(timedelta(), draft.decided_at - failed_at)


def _days(delays: Collection[timedelta]) -> list[float]:
    return [delay / timedelta(days=1) for delay in delays]
