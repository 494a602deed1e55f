"""Opening hours as data: whether somebody answers now, and from when; Paris time, closed on public holidays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from noa_rag.domain.days import PARIS

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAY = "|".join(_DAYS)
_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_SPAN = re.compile(rf"({_DAY})(?:-({_DAY}))? {_CLOCK}-{_CLOCK}")
# By month and day, and by days after Easter: Easter Monday, Ascension, Whit Monday.
_FIXED = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
_AFTER_EASTER = {1, 39, 50}
_LOOKED_AHEAD = 10  # days: four holidays in a row never close a week


@dataclass(frozen=True, slots=True)
class Span:
    """The hours of some days of the week in a row, counted from Monday, 0."""

    first: int
    last: int
    opens: time
    closes: time

    def is_on(self, day: date) -> bool:
        return self.first <= day.weekday() <= self.last and not is_public_holiday(day)


def read_hours(text: str | None) -> Sequence[Span]:
    """Return the hours written as in schema.org's `openingHours`, "Mo-Fr 09:00-12:00, Mo-Th 14:00-17:30".

    Empty for hours in words, which cannot be computed with.
    """
    matches = [_SPAN.fullmatch(part.strip()) for part in (text or "").split(",")]
    spans = [
        Span(
            _DAYS.index(match[1]),
            _DAYS.index(match[2] or match[1]),
            time(int(match[3]), int(match[4])),
            time(int(match[5]), int(match[6])),
        )
        for match in matches
        if match
    ]
    is_read = len(spans) == len(matches) and all(span.first <= span.last and span.opens < span.closes for span in spans)
    return sorted(spans, key=lambda span: (span.first, span.opens)) if is_read else ()


def closes_at(spans: Sequence[Span], now: datetime) -> time | None:
    """Return when an office that is open now closes; None where it is closed."""
    here = now.astimezone(PARIS)
    return next(
        (span.closes for span in spans if span.is_on(here.date()) and span.opens <= here.time() < span.closes), None
    )


def opens_at(spans: Sequence[Span], now: datetime) -> datetime | None:
    """Return when an office opens next; None where the days ahead hold no such moment."""
    here = now.astimezone(PARIS)
    days = [here.date() + timedelta(days=ahead) for ahead in range(_LOOKED_AHEAD)]
    moments = [datetime.combine(day, span.opens, PARIS) for day in days for span in spans if span.is_on(day)]
    return min((moment for moment in moments if moment > here), default=None)


def is_public_holiday(day: date) -> bool:
    """Return whether a day is one of the eleven public holidays of France (article L3133-1 of the labour code)."""
    return (day.month, day.day) in _FIXED or (day - easter(day.year)).days in _AFTER_EASTER


def easter(year: int) -> date:
    """Return Easter Sunday by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, 1991)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7  # noqa: E741 - the names of the algorithm
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return date(year, month, day + 1)
