"""Days are those of Paris, whatever the hour of the server."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from noa_rag.domain.days import end_of, paris_day, start_of
from noa_rag.domain.failure import Asked, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.question import Language
from tests.factories import an_entry_version

BEFORE_MIDNIGHT = datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Paris
MIDNIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)  # the 25th begins in Paris


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (BEFORE_MIDNIGHT, date(2026, 11, 24)),
        (MIDNIGHT, date(2026, 11, 25)),
        (datetime(2026, 7, 14, 22, 0, tzinfo=UTC), date(2026, 7, 15)),  # two hours ahead in summer
    ],
)
def test_a_day_begins_at_midnight_in_paris(moment: datetime, day: date) -> None:
    assert paris_day(moment) == day
    assert start_of(day) <= moment < end_of(day)


def test_a_day_on_which_the_clock_goes_back_has_25_hours() -> None:
    day = date(2026, 10, 25)

    assert end_of(day).astimezone(UTC) - start_of(day).astimezone(UTC) == 25 * (MIDNIGHT - MIDNIGHT.replace(hour=22))


def test_an_entry_approved_just_after_midnight_is_validated_on_the_new_day() -> None:
    version = an_entry_version()

    assert replace(version, approved_at=BEFORE_MIDNIGHT).validated_on == date(2026, 11, 24)
    assert replace(version, approved_at=MIDNIGHT).validated_on == date(2026, 11, 25)


def test_a_group_counts_its_questions_by_the_day_in_paris() -> None:
    group = QuestionGroup(
        GroupId("g"), "Question ?", MIDNIGHT, (_asked("before", BEFORE_MIDNIGHT), _asked("after", MIDNIGHT))
    )

    days = [date(2026, 11, number) for number in (23, 24, 25, 26)]

    assert [group.asked_between(day, day) for day in days] == [0, 1, 1, 0]
    assert group.asked_between(days[1], days[2]) == 2


def _asked(question_id: str, asked_at: datetime) -> Failure:
    question = Asked(question_id, question_id, asked_at, "Question ?", "question", Language.FRENCH, "abstained")
    return Failure(question, FailureKind.ABSTAINED)
