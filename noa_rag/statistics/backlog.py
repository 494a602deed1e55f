"""The referents' work week by week: drafts that wait for a verdict, and how long visitors waited for an answer."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.failure import GroupId
from noa_rag.statistics.period import Period, PeriodKind

WEEKS_SHOWN = 13  # a quarter of a year


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
    if not any(one.created_at < until for one in drafts):
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
    decided = [one for one in drafts if one.decided_at is not None and span.begins_at <= one.decided_at < end]
    return WeekOfWork(
        week=week,
        waiting_count=sum(one.created_at < end and (one.decided_at is None or one.decided_at >= end) for one in drafts),
        prepared_count=sum(span.begins_at <= one.created_at < end for one in drafts),
        decided_count=len(decided),
        delays=tuple(_delays(decided, first_failed)),
    )


def _delays(decided: Collection[Draft], first_failed: Mapping[GroupId, datetime]) -> Iterator[timedelta]:
    for one in decided:
        failed_at = first_failed.get(one.group_id) if one.group_id else None
        if one.published is not None and one.decided_at is not None and failed_at is not None:
            yield max(timedelta(), one.decided_at - failed_at)


def _days(delays: Collection[timedelta]) -> list[float]:
    return [one / timedelta(days=1) for one in delays]
