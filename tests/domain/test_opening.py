"""Whether an office is open, worked out by hand from the calendars of 2026 and 2027."""

from datetime import UTC, date, datetime, time

import pytest

from noa_rag.domain.days import PARIS
from noa_rag.domain.opening import Span, closes_at, easter, is_public_holiday, opens_at, read_hours

WEEK = read_hours("Mo-Fr 09:00-18:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def test_hours_are_read_in_the_order_of_the_week() -> None:
    spans = read_hours("Sa 09:00-12:30, Mo-Th 14:00-17:30,Mo-Th 09:00-12:00")

    assert spans == [
        Span(0, 3, time(9), time(12)),
        Span(0, 3, time(14), time(17, 30)),
        Span(5, 5, time(9), time(12, 30)),
    ]


@pytest.mark.parametrize(
    "text",
    [None, "", "du lundi au vendredi", "Mo-Fr 9:00-18:00", "Fr-Mo 09:00-18:00", "Mo 18:00-09:00", "Mo 09:00-24:00"],
)
def test_hours_in_words_or_that_make_no_sense_are_no_data(text: str | None) -> None:
    assert not read_hours(text)


@pytest.mark.parametrize(
    ("now", "closes", "opens"),
    [
        ("2026-12-03 08:59", None, "2026-12-03 09:00"),  # a Thursday
        ("2026-12-03 09:00", time(18), "2026-12-04 09:00"),
        ("2026-12-03 17:59", time(18), "2026-12-04 09:00"),
        ("2026-12-03 18:00", None, "2026-12-04 09:00"),
        ("2026-12-04 18:30", None, "2026-12-07 09:00"),  # Friday evening, until Monday
        ("2026-12-25 10:00", None, "2026-12-28 09:00"),  # Christmas is a Friday
        ("2027-03-29 10:00", None, "2027-03-30 09:00"),  # Easter Monday
        ("2027-05-06 10:00", None, "2027-05-07 09:00"),  # Ascension
        ("2027-05-17 10:00", None, "2027-05-18 09:00"),  # Whit Monday
    ],
)
def test_an_office_of_office_hours_is_open_on_working_days(now: str, closes: time | None, opens: str) -> None:
    assert closes_at(WEEK, at(now)) == closes
    assert opens_at(WEEK, at(now)) == at(opens)


def test_the_clock_is_that_of_paris() -> None:
    assert closes_at(WEEK, datetime(2026, 7, 15, 7, 30, tzinfo=UTC)) == time(18)  # 9:30 in summer
    assert closes_at(WEEK, datetime(2026, 12, 3, 7, 30, tzinfo=UTC)) is None  # 8:30 in winter


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2038, date(2038, 4, 25))],
)
def test_easter_is_where_calendars_have_it(year: int, day: date) -> None:
    assert easter(year) == day


def test_france_has_eleven_public_holidays() -> None:
    days = [date.fromordinal(number) for number in range(date(2026, 1, 1).toordinal(), date(2027, 1, 1).toordinal())]

    assert sum(map(is_public_holiday, days)) == 11
