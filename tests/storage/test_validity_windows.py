"""The days on which an entry is true, the first and the last included."""

from datetime import date, timedelta

import pytest

from noa_rag.domain.entry import EntryStatus, ValidityWindow
from tests.factories import an_entry_version

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("window", "day", "expected"),
    [
        (ValidityWindow(), date.min, True),
        (ValidityWindow(), date.max, True),
        (ValidityWindow(FIRST, LAST), FIRST - DAY, False),
        (ValidityWindow(FIRST, LAST), FIRST, True),
        (ValidityWindow(FIRST, LAST), LAST, True),
        (ValidityWindow(FIRST, LAST), LAST + DAY, False),
        (ValidityWindow(FIRST, None), FIRST - DAY, False),
        (ValidityWindow(FIRST, None), date.max, True),
        (ValidityWindow(None, LAST), date.min, True),
        (ValidityWindow(None, LAST), LAST, True),
        (ValidityWindow(None, LAST), LAST + DAY, False),
        (ValidityWindow(FIRST, FIRST), FIRST, True),
    ],
)
def test_a_window_holds_its_first_and_last_day(window: ValidityWindow, day: date, expected: bool) -> None:
    assert window.contains(day) is expected
    assert an_entry_version(window=window).is_servable_on(day) is expected


def test_a_withdrawn_entry_may_not_be_shown_on_any_day() -> None:
    withdrawn = an_entry_version(status=EntryStatus.WITHDRAWN, window=ValidityWindow(FIRST, LAST))

    assert not withdrawn.is_servable_on(FIRST)


def test_the_day_shown_is_the_agencys_own_or_the_day_of_approval() -> None:
    assert an_entry_version(validated_on=FIRST).validated_on == FIRST
    assert an_entry_version().validated_on == date(2026, 11, 24)
