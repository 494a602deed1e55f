"""Days, weeks and months in Paris, cut into the hours or days that a chart shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Self

from noa_rag.domain.agenda import Month
from noa_rag.domain.days import PARIS, paris_day, start_of
from noa_rag.domain.errors import NotFound
from noa_rag.domain.figures import Span

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


class PeriodKind(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Bucket:
    """One hour of a day, or one day of a longer period.

    `place` is the same for buckets that are compared: an hour on the clock, a weekday, a day of the month. The hour
    that the clock shows twice in October has two places: the second is -1.
    """

    begins_at: datetime
    ends_at: datetime
    place: int


@dataclass(frozen=True, slots=True)
class Period:
    """A day, a week from Monday, or a month; `first_day` is its first."""

    kind: PeriodKind
    first_day: date

    @classmethod
    def of(cls, kind: PeriodKind, day: date) -> Self:
        """Return the period of this kind that the day is in."""
        if kind is PeriodKind.WEEK:
            return cls(kind, day - timedelta(days=day.weekday()))
        return cls(kind, day.replace(day=1) if kind is PeriodKind.MONTH else day)

    @classmethod
    def parse(cls, kind: PeriodKind, text: str) -> Self:
        """Return the period that `2026-11-25`, `2026-W48` or `2026-11` writes. Raises NotFound for anything else."""
        try:
            if kind is PeriodKind.MONTH and re.fullmatch(r"\d{4}-\d{2}", text):
                return cls.of(kind, date.fromisoformat(f"{text}-01"))
            if not re.fullmatch(r"[12]\d{3}-(\d{2}-\d{2}|W\d{2})", text) or ("W" in text and kind != PeriodKind.WEEK):
                raise ValueError
            return cls.of(kind, date.fromisoformat(text))
        except ValueError:
            raise NotFound(f"{text!r} is not a {kind} such as {_EXAMPLES[kind]}.") from None

    @property
    def last_day(self) -> date:
        return self.after().first_day - DAY

    def before(self) -> "Period":
        return Period.of(self.kind, self.first_day - DAY)

    def after(self) -> "Period":
        if self.kind is PeriodKind.MONTH:
            return Period(self.kind, Month.of(self.first_day).after().first_day)
        return Period(self.kind, self.first_day + (WEEK if self.kind is PeriodKind.WEEK else DAY))

    def span(self) -> Span:
        return Span(start_of(self.first_day).astimezone(UTC), start_of(self.after().first_day).astimezone(UTC))

    def is_running(self, now: datetime) -> bool:
        span = self.span()
        return span.begins_at <= now < span.ends_at

    def compared_span(self, now: datetime) -> Span:
        """Return the part of the previous period to compare with: as long as this one has lasted, if it is running."""
        whole = self.before().span()
        if not self.is_running(now):
            return whole
        there = now.astimezone(PARIS)
        if self.kind is PeriodKind.MONTH:
            month = Month.of(self.first_day).before()
            if there.day > month.last_day.day:
                return whole
            until = there.replace(year=month.year, month=month.number, day=there.day, fold=0)
        else:
            until = (there - (WEEK if self.kind is PeriodKind.WEEK else DAY)).replace(fold=0)  # the clock's time
        return Span(whole.begins_at, min(until.astimezone(UTC), whole.ends_at))

    def buckets(self) -> tuple[Bucket, ...]:
        """Return the hours of a day, 23 to 25 of them, or the days of a longer period."""
        return tuple(self._hours() if self.kind is PeriodKind.DAY else self._days())

    def bucket_start(self, hour: datetime) -> datetime:
        """Return the beginning of the bucket that an hour is in: hours are whole in Paris."""
        return hour if self.kind is PeriodKind.DAY else start_of(paris_day(hour)).astimezone(UTC)

    def __str__(self) -> str:
        if self.kind is PeriodKind.MONTH:
            return f"{self.first_day:%Y-%m}"
        if self.kind is PeriodKind.WEEK:
            year, week, _ = self.first_day.isocalendar()
            return f"{year}-W{week:02d}"
        return self.first_day.isoformat()

    def _hours(self) -> Iterator[Bucket]:
        span = self.span()
        begins_at = span.begins_at
        while begins_at < span.ends_at:
            there = begins_at.astimezone(PARIS)
            yield Bucket(begins_at, begins_at + HOUR, SECOND_TIME if there.fold else there.hour)
            begins_at += HOUR

    def _days(self) -> Iterator[Bucket]:
        day = self.first_day
        while day <= self.last_day:
            place = day.weekday() if self.kind is PeriodKind.WEEK else day.day
            yield Bucket(start_of(day).astimezone(UTC), start_of(day + DAY).astimezone(UTC), place)
            day += DAY


SECOND_TIME = -1
_EXAMPLES = {PeriodKind.DAY: "2026-11-25", PeriodKind.WEEK: "2026-W48", PeriodKind.MONTH: "2026-11"}
