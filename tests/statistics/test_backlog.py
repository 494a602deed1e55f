"""Drafts that wait, and how long visitors waited, week by week."""

from datetime import UTC, datetime, timedelta

from noa_rag.domain.draft import Draft, DraftState, Published
from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import GroupId
from noa_rag.statistics.tally import WEEKS_SHOWN, weeks_of_work
from tests.factories import a_group_draft

WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)  # of the week from Monday 23 November
WEEK = timedelta(days=7)


def _draft(name: str, *, created: datetime, decided: datetime | None = None, is_published: bool = False) -> Draft:
    state = DraftState.OPEN if decided is None else DraftState.APPROVED if is_published else DraftState.DECLINED
    published = Published(EntryId(name), 1, 0) if is_published else None
    return a_group_draft(name, created_at=created, decided_at=decided, state=state, published=published)


def test_a_draft_waits_from_its_making_to_its_verdict() -> None:
    drafts = [
        _draft("a", created=WEDNESDAY - 2 * WEEK),
        _draft("b", created=WEDNESDAY - 2 * WEEK, decided=WEDNESDAY - WEEK),
        _draft("c", created=WEDNESDAY - timedelta(hours=1)),
    ]

    weeks = weeks_of_work(drafts, {}, until=WEDNESDAY)

    assert len(weeks) == WEEKS_SHOWN
    assert [week.waiting_count for week in weeks] == [0] * 10 + [2, 1, 2]
    assert [week.prepared_count for week in weeks] == [0] * 10 + [2, 0, 1]
    assert [week.decided_count for week in weeks] == [0] * 11 + [1, 0]
    assert str(weeks[-1].week) == "2026-W48"


def test_delays_count_from_the_first_failure_to_the_publication() -> None:
    failed = {GroupId(name): WEDNESDAY - timedelta(days=days) for name, days in (("a", 3), ("b", 10), ("c", 5))}
    drafts = [
        _draft("a", created=WEDNESDAY - timedelta(days=2), decided=WEDNESDAY - timedelta(days=1), is_published=True),
        _draft("b", created=WEDNESDAY - timedelta(days=2), decided=WEDNESDAY - timedelta(days=1), is_published=True),
        _draft("c", created=WEDNESDAY - timedelta(days=2), decided=WEDNESDAY - timedelta(days=1)),  # declined
        _draft("d", created=WEDNESDAY - timedelta(days=2), decided=WEDNESDAY - timedelta(days=1), is_published=True),
    ]

    last = weeks_of_work(drafts, failed, until=WEDNESDAY)[-1]

    assert sorted(last.delays) == [timedelta(days=3 - 1), timedelta(days=10 - 1)]
    assert (last.median_days, last.longest_days) == ((2 + 9) / 2, 9)
    assert last.decided_count == 4


def test_what_comes_after_the_moment_is_not_counted() -> None:
    draft = _draft("a", created=WEDNESDAY - WEEK, decided=WEDNESDAY + timedelta(hours=1), is_published=True)

    last = weeks_of_work([draft], {GroupId("a"): WEDNESDAY - WEEK}, until=WEDNESDAY)[-1]

    assert (last.waiting_count, last.decided_count, last.delays, last.median_days) == (1, 0, (), None)


def test_there_are_no_weeks_before_a_first_draft() -> None:
    assert weeks_of_work([], {}, until=WEDNESDAY) == ()
    assert weeks_of_work([_draft("a", created=WEDNESDAY)], {}, until=WEDNESDAY) == ()
