"""Where a draft stands: its group of questions, and its place among the drafts that wait for somebody's verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.failure import QuestionGroup, counted
from noa_rag.domain.people import Person
from noa_rag.review.queue import item_of, place_in_queue
from noa_rag.review.rights import Action, agencies_for
from noa_rag.service.office import Office

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
    questions = [failure.asked for failure in group.failures]
    phrasings = _counted(question.text for question in questions)
    return GroupView(
        canonical=group.canonical,
        volume=group.volume,
        trend=trend_of(group, today),
        phrasings=phrasings[:SHOWN_PHRASINGS],
        more=max(0, len(phrasings) - SHOWN_PHRASINGS),
        sites=_counted(question.site or "" for question in questions),
        regions=_counted(question.region or "" for question in questions),
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


@dataclass(frozen=True, slots=True)
class PlaceInQueue:
    """A draft's position among the waiting drafts: its number from 1 (0 if it is not among them) and its neighbours."""

    number: int
    count: int
    before: DraftId | None
    after: DraftId | None


def place_of(office: Office, person: Person, draft_id: DraftId) -> PlaceInQueue:
    """Return a draft's place in somebody's queue; for a draft outside it, `after` is the first of the queue."""
    waiting = _waiting(office, person)
    if draft_id not in waiting:
        return PlaceInQueue(0, len(waiting), None, waiting[0] if waiting else None)
    at = waiting.index(draft_id)
    return PlaceInQueue(
        number=at + 1,
        count=len(waiting),
        before=waiting[at - 1] if at else None,
        after=waiting[at + 1] if at + 1 < len(waiting) else None,
    )


def next_of(office: Office, person: Person, draft_id: DraftId) -> DraftId | None:
    """Return the draft to open after a verdict on this one (after the last, the first); None if no other waits."""
    place = place_of(office, person, draft_id)
    if place.after is not None:
        return place.after
    return next((draft for draft in _waiting(office, person) if draft != draft_id), None)


def _waiting(office: Office, person: Person) -> list[DraftId]:
    """Return the pending drafts that somebody may decide about, in the order of the queue, without snoozed ones.

    Somebody who decides for no agency in particular gets the drafts of all.
    """
    own, now = agencies_for(person, Action.DECIDE), datetime.now(UTC)
    groups, items = {group.id: group for group in office.store.groups()}, office.queue.items()

    def place(draft: Draft) -> tuple[int, int, str, str]:
        group = groups.get(draft.group_id) if draft.group_id else None
        asked_at = group.last_asked_at if group and group.failures else draft.updated_at
        return place_in_queue(
            volume=group.volume if group else 0,
            age_days=max(0, (paris_day(now) - paris_day(asked_at)).days),
            question=draft.content.question,
            path=draft.id,
        )

    def sleeps(draft: Draft) -> bool:
        item = items.get(item_of(draft))
        return item is not None and item.sleeps_at(now)

    pending = [draft for draft in office.store.drafts() if draft.state.is_pending and (not own or draft.owner in own)]
    return [draft.id for draft in sorted(pending, key=place) if not sleeps(draft)]
