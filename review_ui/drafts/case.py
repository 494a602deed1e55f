"""A line of the queue: its questions, its draft, who has it in hand, comments, and groups to merge it into."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.domain.queue import Comment, ItemId, QueueItem
from noa_rag.french.words import fold, words
from noa_rag.review.queue import COMMENT_LIMIT, item_of
from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from noa_rag.web.in_words import day_in_words
from review_ui.drafts.groups import GroupView, view_group
from review_ui.shell.lookups import agency_name, person_name

MERGE_SHOWN = 10
ENTRIES_SHOWN = 3
SLEEPS = (1, 7, 30)  # days that the page offers; any other day can be chosen
CASE_WORDS: dict[str, Any] = {"sleeps": SLEEPS, "comment_limit": COMMENT_LIMIT}
SAID = {
    "commente": "Votre commentaire est publié pour vos collègues.",
    "confie": "C'est noté : on voit qui s'en occupe.",
    "sommeil": "C'est mis en sommeil.",
    "reveil": "Le dossier est de nouveau à traiter.",
    "scinde": "Le groupe est scindé : ces questions forment un groupe à part. Vous pouvez l'annuler depuis la liste.",
    "reuni": "Les deux groupes n'en font plus qu'un. Vous pouvez l'annuler depuis la liste.",
    "ecarte": "Le groupe précédent est écarté. Vous pouvez l'annuler depuis la liste.",
    "donne": "Le groupe précédent est confié à l'agence. Vous pouvez l'annuler depuis la liste.",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a group's questions; `question_id` is that of a question so worded."""

    question_id: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry that did not help, and to how many questions it was shown."""

    id: EntryId
    question: str
    count: int


@dataclass(frozen=True, slots=True)
class Case:
    """A line of the queue with all that its page shows; `group` is None where its draft is about no group."""

    item: QueueItem
    title: str
    draft: Draft | None
    group: GroupView | None
    wordings: tuple[Wording, ...]
    shown: tuple[ShownEntry, ...]
    """The entries that visitors were shown, the most shown first."""
    others: tuple[QuestionGroup, ...]
    agency: str
    likely: Mapping[AgencyId, str]
    """The likeliest owners with their names, while the agency is to be found."""
    assigned_to: str
    people: Mapping[PersonId, str]
    comments: Sequence[tuple[Comment, str]]
    can_merge: bool
    today: date
    last_day: date | None
    """The last day of its sleep, None while it is awake."""

    @property
    def path(self) -> str:
        return f"/brouillons/{self.draft.id}" if self.draft else f"/groupes/{self.item.id}"

    @property
    def is_asleep(self) -> bool:
        return self.last_day is not None

    @property
    def back_on(self) -> date | None:
        """The day on which it is back in the queue, None while it is awake."""
        return self.last_day + timedelta(days=1) if self.last_day else None


def read_case(office: Office, item_id: ItemId, search: str = "") -> Case:
    """Return a line of the queue. Raises NotFound, also for a group whose questions are all purged."""
    item = office.queue.item(item_id)
    drafted = office.store.drafted_groups()
    draft_id = drafted.get(GroupId(item_id))
    group = _group(office, item_id)
    if group is None and draft_id is None:
        draft_id = DraftId(item_id)
    draft = office.store.draft(draft_id) if draft_id else None
    if draft is None and (group is None or not group.failures):
        raise NotFound("The questions of this group are older than what is kept.")
    owner = draft.owner if draft else item.agency_id
    now, agencies = office.now(), office.noa.agencies()
    has_questions = group is not None and bool(group.failures)
    return Case(
        item=item,
        title=draft.content.question if draft else group.canonical if group else "",
        draft=draft,
        group=view_group(group, paris_day(now)) if group and has_questions else None,
        wordings=_wordings(group) if group else (),
        shown=_shown(office, group) if group else (),
        others=tuple(_others(office, group, search)) if group and has_questions and draft is None else (),
        agency=agency_name(agencies.get(owner), owner) if owner else "",
        likely={} if owner else {id_: agency_name(agencies.get(id_), id_) for id_ in item.likely if id_ in agencies},
        assigned_to=person_name(office, item.assignee or ""),
        people={person.id: person.name for person in office.people.everyone() if may(person, Action.SORT_QUEUE)},
        comments=[(remark, person_name(office, remark.author)) for remark in office.queue.comments(item_id)],
        can_merge=has_questions and draft is None,
        today=paris_day(now),
        last_day=last_day_asleep(item, now),
    )


def _group(office: Office, item_id: ItemId) -> QuestionGroup | None:
    try:
        return office.store.group(GroupId(item_id))
    except NotFound:
        return None


def _wordings(group: QuestionGroup) -> tuple[Wording, ...]:
    first = {failure.asked.text: failure.asked.question_id for failure in reversed(group.failures)}
    counts = {text: sum(failure.asked.text == text for failure in group.failures) for text in first}
    return tuple(
        Wording(first[text], text, counts[text]) for text in sorted(first, key=lambda text: (-counts[text], text))
    )


def _shown(office: Office, group: QuestionGroup) -> tuple[ShownEntry, ...]:
    asked = [failure.asked for failure in group.failures]
    counts = Counter(EntryId(question.entry_id) for question in asked if question.entry_id)
    entries = office.noa.records.current(list(counts))
    return tuple(
        ShownEntry(entry_id, entries[entry_id].content.question, count)
        for entry_id, count in counts.most_common(ENTRIES_SHOWN)
        if entry_id in entries
    )


def _others(office: Office, group: QuestionGroup, search: str) -> list[QuestionGroup]:
    """Return the groups that share most words with a search, else with the group itself."""
    wanted = set(words(fold(search or group.canonical)))
    scored = [
        (len(wanted & set(words(fold(other_group.canonical)))), other_group)
        for other_group in office.store.groups()
        if other_group.failures and other_group.id != group.id
    ]
    nearest = sorted(
        (scored_group for scored_group in scored if scored_group[0]),
        key=lambda scored_group: (-scored_group[0], -scored_group[1].volume, scored_group[1].id),
    )
    return [group for _, group in nearest[:MERGE_SHOWN]]


def last_day_asleep(item: QueueItem, now: datetime) -> date | None:
    """Return the last day on which a line sleeps, None where it is awake."""
    if item.snoozed_until is None or not item.sleeps_at(now):
        return None
    return paris_day(item.snoozed_until - timedelta(seconds=1))


def case_of(office: Office, draft: Draft) -> Case:
    """Return the line that a draft stands on; its own where its group is no longer there."""
    try:
        return read_case(office, item_of(draft))
    except NotFound:
        return read_case(office, ItemId(draft.id))


def said_of_case(case: Case, done: str | None) -> str:
    """Return what was done to a line as a sentence, empty for anything else."""
    said = SAID.get(done or "", "")
    if done == "sommeil" and case.back_on:
        said += f" Le dossier reviendra de lui-même dans la liste le {day_in_words(case.back_on, Language.FRENCH)}."
    return said
