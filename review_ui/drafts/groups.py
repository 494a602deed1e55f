"""A group of failed questions as pages show it: what was asked, how often, where, and the trend."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from noa_rag.domain.failure import QuestionGroup, counted

SHOWN_PHRASINGS = 30


@dataclass(frozen=True, slots=True)
class WeekTrend:
    """How often a group was asked in the last seven days, and in the seven before."""

    this_week: int
    last_week: int

    @property
    def word(self) -> str:
        if self.this_week == self.last_week:
            return "level"
        return "up" if self.this_week > self.last_week else "down"


@dataclass(frozen=True, slots=True)
class LabelCount:
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with its numbers; `more` is how many phrasings are not listed."""

    canonical: str
    volume: int
    trend: WeekTrend
    phrasings: tuple[LabelCount, ...]
    more: int
    sites: tuple[LabelCount, ...]
    regions: tuple[LabelCount, ...]
    kinds: tuple[LabelCount, ...]
    first_at: datetime
    last_at: datetime


def view_group(group: QuestionGroup, today: date) -> GroupView:
    asked = [failure.asked for failure in group.failures]
    phrasings = _counted(one.text for one in asked)
    return GroupView(
        canonical=group.canonical,
        volume=group.volume,
        trend=trend_of(group, today),
        phrasings=phrasings[:SHOWN_PHRASINGS],
        more=max(0, len(phrasings) - SHOWN_PHRASINGS),
        sites=_counted(one.site or "" for one in asked),
        regions=_counted(one.region or "" for one in asked),
        kinds=_counted(failure.kind.value for failure in group.failures),
        first_at=group.first_asked_at,
        last_at=group.last_asked_at,
    )


def trend_of(group: QuestionGroup, today: date) -> WeekTrend:
    week = timedelta(days=7)
    return WeekTrend(
        this_week=group.asked_between(today - week + timedelta(days=1), today),
        last_week=group.asked_between(today - 2 * week + timedelta(days=1), today - week),
    )


def _counted(values: Iterable[str]) -> tuple[LabelCount, ...]:
    return tuple(LabelCount(label, count) for label, count in counted(list(values)).items())
