"""What waits in the queue, and what one person is told once a week of it and of her agency's entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.agenda import Month
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.facts import FactBook
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.domain.timeline import News
from noa_rag.review.agenda import DueEntry, due_entries
from noa_rag.review.queue import item_of, place_in_queue
from noa_rag.review.rights import Action, agencies_for, may

WEEK = timedelta(days=7)
UNDRAFTED = "undrafted"  # the state of a group that has no draft; a draft has its own


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A line of the queue that waits and is not snoozed; `path` leads to its page in the workspace."""

    id: ItemId
    path: str
    question: str
    language: str
    state: str
    agency_id: AgencyId | None
    assignee: PersonId | None
    volume: int
    changed_at: datetime
    """When it was asked last, or its draft changed."""


def waiting_lines(
    drafts: Iterable[Draft],
    groups: Iterable[QuestionGroup],
    items: Mapping[ItemId, QueueItem],
    now: datetime,
) -> list[DigestLine]:
    """Return the waiting lines in the order of the queue: most asked first, ties by the latest question."""
    known, drafted = {waiting_group.id: waiting_group for waiting_group in groups}, set[GroupId | None]()
    lines: list[DigestLine] = []
    for draft in drafts:
        drafted.add(draft.group_id)
        item = items.get(item_of(draft), QueueItem(item_of(draft)))
        if not draft.state.is_pending or item.sleeps_at(now):
            continue
        group = known.get(draft.group_id) if draft.group_id else None
        changed = max([draft.updated_at, *([group.last_asked_at] if group and group.failures else [])])
        question, language = draft.content.question, draft.content.language
        lines.append(
            DigestLine(
                item.id,
                f"/brouillons/{draft.id}",
                question,
                language,
                draft.state.value,
                draft.owner,
                item.assignee,
                group.volume if group else 0,
                changed,
            )
        )
    for group in known.values():
        item = items.get(ItemId(group.id), QueueItem(ItemId(group.id)))
        if group.id in drafted or not group.failures or item.pile is not Pile.TO_DO or item.sleeps_at(now):
            continue
        lines.append(
            DigestLine(
                item.id,
                f"/groupes/{group.id}",
                group.canonical,
                group.failures[-1].asked.language.value,
                UNDRAFTED,
                item.agency_id,
                item.assignee,
                group.volume,
                group.last_asked_at,
            )
        )
    today = paris_day(now)
    return sorted(
        lines,
        key=lambda line: place_in_queue(
            volume=line.volume,
            age_days=(today - paris_day(line.changed_at)).days,
            question=line.question,
            path=line.path,
        ),
    )


def lines_for(person: Person, lines: Iterable[DigestLine]) -> list[DigestLine]:
    """Return the lines that wait for somebody: those of her agencies, a coordinator's all, and those in her hands."""
    own = agencies_for(person, Action.HAND_OVER)
    return [line for line in lines if own is None or line.agency_id in own or line.assignee == person.id]


@dataclass(frozen=True, slots=True)
class Week:
    """The data from which everybody's digest of a week is made."""

    lines: Sequence[DigestLine]
    news: Sequence[News]
    entries: Sequence[EntryVersion]
    now: datetime
    facts: FactBook


@dataclass(frozen=True, slots=True)
class Digest:
    """What one person is told: what is in her hands, what else waits for her agencies, and their entries."""

    person: Person
    assigned: tuple[DigestLine, ...]
    waiting: tuple[DigestLine, ...]
    published: tuple[News, ...]
    due: tuple[DueEntry, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.assigned or self.waiting or self.published or self.due)


def gets_digest(person: Person) -> bool:
    """Return whether somebody gets a digest: those who work on the queue, referents and coordinators."""
    return may(person, Action.SORT_QUEUE)


def digest_for(person: Person, week: Week) -> Digest:
    """Return somebody's digest: what concerns her agencies (all, for a coordinator), with the last week's news."""
    own, today = agencies_for(person, Action.HAND_OVER), paris_day(week.now)

    def is_hers(entry: EntryVersion) -> bool:
        return own is None or entry.content.agency_id in own

    theirs = lines_for(person, week.lines)
    return Digest(
        person,
        assigned=tuple(line for line in theirs if line.assignee == person.id),
        waiting=tuple(line for line in theirs if line.assignee != person.id),
        published=tuple(
            news_item for news_item in week.news if news_item.at > week.now - WEEK and is_hers(news_item.entry)
        ),
        due=due_entries(filter(is_hers, week.entries), Month.of(today), today, week.facts),
    )
