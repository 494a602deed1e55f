"""The states of a base in time: from one turn to the next nothing changes."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from noa_rag.domain.entry import EntryId, EntryStatus, ValidityWindow
from noa_rag.domain.timeline import Timeline, VersionState

APPROVED = datetime(2026, 3, 10, 9, tzinfo=UTC)


def a_version(
    name: str = "a", number: int = 1, at: datetime = APPROVED, first: date | None = None, last: date | None = None
) -> VersionState:
    return VersionState(EntryId(name), number, at, EntryStatus.APPROVED, ValidityWindow(first, last))


def test_the_turns_of_an_entry_are_its_approval_its_first_day_and_the_day_after_its_last() -> None:
    timeline = Timeline()
    timeline.take_in([a_version(first=date(2026, 4, 1), last=date(2026, 12, 31))])

    turns = {timeline.turn_before(date(2026, 1, 1) + timedelta(days=number)) for number in range(730)}

    assert turns == {date.min, date(2026, 3, 10), date(2026, 4, 1), date(2027, 1, 1)}
    assert (timeline.first_day, timeline.last_turn) == (date(2026, 3, 10), date(2027, 1, 1))


@pytest.mark.parametrize("day", [date.min, date(2019, 1, 1), date(2026, 3, 9)])
def test_all_days_before_the_first_approval_are_one(day: date) -> None:
    timeline = Timeline()
    timeline.take_in([a_version(first=date(2020, 1, 1))])

    assert timeline.turn_before(day) == date.min
    assert timeline.servable_on(day) == timeline.approved_on(day) == frozenset()


@pytest.mark.parametrize("seed", range(5))
def test_the_state_of_each_day_is_that_of_its_turn(seed: int) -> None:
    chance = random.Random(seed)
    timeline = Timeline()
    for name in "abcdef":
        for number in range(1, chance.randint(2, 5)):
            at = APPROVED + timedelta(minutes=chance.randrange(200 * 1_440))
            first = at.date() + timedelta(days=chance.randint(-30, 30))
            window = (
                chance.choice([None, first]),
                chance.choice([None, first + timedelta(days=chance.randint(0, 90))]),
            )
            timeline.take_in([a_version(name, number, at, *window)])

    for number in range(-40, 400):
        day = APPROVED.date() + timedelta(days=number)
        turn = timeline.turn_before(day)
        assert timeline.servable_on(day) == timeline.servable_on(turn)
        assert timeline.approved_on(day) == timeline.approved_on(turn)
