"""Days, weeks and months in Paris, on the days when the clocks change too."""

from datetime import UTC, date, datetime, timedelta

import pytest

from noa_rag.domain.errors import NotFound
from noa_rag.statistics.period import SECOND_TIME, Period, PeriodKind

DAY, WEEK, MONTH = PeriodKind


def a_period(kind: PeriodKind, text: str) -> Period:
    return Period.parse(kind, text)


def test_the_day_when_clocks_go_forward_has_23_hours_and_the_other_25() -> None:
    forward, back = a_period(DAY, "2026-03-29").buckets(), a_period(DAY, "2026-10-25").buckets()

    assert [bucket.place for bucket in forward[:4]] == [0, 1, 3, 4]
    assert [bucket.place for bucket in back[:5]] == [0, 1, 2, SECOND_TIME, 3]
    assert (len(forward), len(back)) == (23, 25)


def test_buckets_follow_one_another_and_fill_the_period() -> None:
    for period in (a_period(DAY, "2026-10-25"), a_period(WEEK, "2026-W13"), a_period(MONTH, "2026-02")):
        buckets = period.buckets()
        assert buckets[0].begins_at == period.span().begins_at
        assert buckets[-1].ends_at == period.span().ends_at
        assert [bucket.ends_at for bucket in buckets[:-1]] == [bucket.begins_at for bucket in buckets[1:]]


def test_a_day_in_paris_begins_an_hour_or_two_before_that_of_utc() -> None:
    assert a_period(DAY, "2026-11-25").span().begins_at == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert a_period(DAY, "2026-07-14").span().begins_at == datetime(2026, 7, 13, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "text", "days", "neighbours"),
    [
        (DAY, "2024-02-29", (date(2024, 2, 29), date(2024, 2, 29)), ("2024-02-28", "2024-03-01")),
        (WEEK, "2026-W01", (date(2025, 12, 29), date(2026, 1, 4)), ("2025-W52", "2026-W02")),
        (MONTH, "2026-12", (date(2026, 12, 1), date(2026, 12, 31)), ("2026-11", "2027-01")),
    ],
)
def test_periods_know_their_days_and_neighbours(
    kind: PeriodKind, text: str, days: tuple[date, date], neighbours: tuple[str, str]
) -> None:
    period = a_period(kind, text)

    assert (period.first_day, period.last_day) == days
    assert str(period) == text
    assert (str(period.before()), str(period.after())) == neighbours


def test_any_day_stands_for_its_week_and_month() -> None:
    assert str(a_period(WEEK, "2026-11-25")) == "2026-W48"
    assert str(a_period(MONTH, "2026-11-25")) == "2026-11"


@pytest.mark.parametrize(
    "text", ["", "hier", "2026-02-30", "2026-13", "20261125", "2026-W60", "2026-W48", "9999-12-31x"]
)
def test_what_is_no_day_is_not_found(text: str) -> None:
    with pytest.raises(NotFound, match="is not a day such as 2026-11-25"):
        a_period(DAY, text)


@pytest.mark.parametrize(
    ("kind", "now", "until"),
    [
        # Wednesday 25 November 2026, 10:00 in Paris is 09:00 UTC.
        (DAY, datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)),
        (WEEK, datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 11, 18, 9, tzinfo=UTC)),
        (MONTH, datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),
        # 10:00 in Paris is 08:00 UTC in summer: the clock counts, not the hours gone by.
        (DAY, datetime(2026, 3, 29, 8, tzinfo=UTC), datetime(2026, 3, 28, 9, tzinfo=UTC)),
        # February has no 31st: the whole of it.
        (MONTH, datetime(2026, 3, 31, 8, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)),
    ],
)
def test_a_running_period_is_compared_with_as_much_of_the_one_before(
    kind: PeriodKind, now: datetime, until: datetime
) -> None:
    period = Period.of(kind, now.date())

    compared = period.compared_span(now)

    assert (compared.begins_at, compared.ends_at) == (period.before().span().begins_at, until)


def test_a_period_that_is_over_is_compared_with_the_whole_one_before() -> None:
    period = a_period(MONTH, "2026-10")

    assert period.compared_span(datetime(2026, 11, 25, tzinfo=UTC)) == a_period(MONTH, "2026-09").span()
    assert not period.is_running(period.span().ends_at)
    assert period.is_running(period.span().ends_at - timedelta(microseconds=1))
