"""The lines of the queue as its pages show them: which there are, which a filter lets through, and what was decided."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.people import Person
from noa_rag.domain.queue import NOA, ItemId, Move, Pile, QueueItem
from noa_rag.french.words import fold
from noa_rag.review.queue import UNDOABLE_FOR, item_of, place_in_queue
from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from noa_rag.storage.audited_accounts import ACCOUNT_ACTIONS
from review_ui.drafts.case import last_day_asleep
from review_ui.drafts.groups import WeekTrend, trend_of
from review_ui.drafts.views import undo_seconds
from review_ui.shell.lookups import EVERY, MINE, NOBODY, agency_name, default_agency, person_name

PENDING, UNDRAFTED, SNOOZED = "pending", "undrafted", "snoozed"
OUT_OF_SCOPE, DISMISSED, ANSWERED = Pile.OUT_OF_SCOPE.value, Pile.DISMISSED.value, Pile.ANSWERED.value
STATES = (
    PENDING,
    *("open", "changes_requested", UNDRAFTED, SNOOZED, OUT_OF_SCOPE),
    *("approved", "attached", "declined", DISMISSED, ANSWERED),
    EVERY,
)
NO_AGENCYS = (OUT_OF_SCOPE, DISMISSED)  # lines have no agency there: who asks for the state gets those of all
WORDS_LIMIT = 200
ME = "me"  # the assignee filter's word for oneself
WAITING = ("open", "changes_requested", UNDRAFTED)
AGES = {"week": 7, "month": 30}
OLDER = "older"
RECENT_HOURS = 24
RECENT_LENGTH = 8


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """The filters of the queue; empty means any."""

    agency: str = EVERY
    theme: str = ""
    state: str = PENDING
    age: str = ""
    words: str = ""
    assignee: str = ""
    """`me`, `none`, or somebody's id."""

    @property
    def is_narrow(self) -> bool:
        return bool(self.theme or self.age or self.words or self.assignee) or self.state != PENDING

    @property
    def query(self) -> dict[str, str]:
        """The filters as an address has them."""
        named = {
            "agency": self.agency,
            "theme": self.theme,
            "etat": self.state,
            "age": self.age,
            "q": self.words,
            "qui": self.assignee,
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue; `age_days` counts from the last question, or from the last change without one."""

    id: ItemId
    path: str
    question: str
    language: str
    state: str
    agency_id: str
    agency: str
    theme: str
    volume: int
    trend: WeekTrend | None
    age_days: int
    is_thin: bool = False
    is_edit: bool = False
    duplicate_count: int = 0
    changes: tuple[str, ...] = ()
    """Why the draft was prepared, where figures changed: one sentence each."""
    searched: str = ""
    owner_reason: str = ""
    noise: str = ""
    """The kind of noise that the group is, empty for any other."""
    is_placed_by_hand: bool = False
    sleeps_until: date | None = None
    """The last day of its sleep, None while it is awake."""
    assignee: str = ""
    assigned_to: str = ""
    """Her name."""
    comment_count: int = 0

    @property
    def waits(self) -> bool:
        return self.state in WAITING and self.sleeps_until is None


@dataclass(frozen=True, slots=True)
class RecentRow:
    """A verdict of the last day; `undo_seconds` is 0 unless this person may still take it back."""

    draft: Draft
    by: str
    undo_seconds: int


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the queue that everybody has: the key of its words, its filters, and how many lines it shows."""

    label: str
    query: Mapping[str, str]
    count: int
    is_here: bool


def read_rows(office: Office) -> list[QueueRow]:
    """Return every line of the queue, most asked first."""
    now = datetime.now(UTC)
    known, items = office.noa.agencies(), office.queue.items()
    groups = {group.id: group for group in office.store.groups()}
    drafts = office.store.drafts()
    drafted = {draft.group_id for draft in drafts}
    context = _Kept(
        items, office.queue.comment_counts(), {person.id: person.name for person in office.people.everyone()}, now
    )
    rows = [_draft_row(draft, groups, known, context) for draft in drafts]
    rows += [
        _group_row(group, known, context) for group in groups.values() if group.id not in drafted and group.failures
    ]
    return sorted(
        rows,
        key=lambda row: place_in_queue(volume=row.volume, age_days=row.age_days, question=row.question, path=row.path),
    )


def wanted_rows(rows: Iterable[QueueRow], wanted: QueueFilter, person: Person) -> list[QueueRow]:
    """Return the rows that the filter lets through, in their order."""
    return [row for row in rows if _is_wanted(row, wanted, person)]


def tabs(rows: Sequence[QueueRow], wanted: QueueFilter, person: Person) -> list[Tab]:
    """Return the views that everybody has; empty ones are left out, except the first and the one in use."""
    views = (
        ("to_do", QueueFilter(agency=default_agency(person))),
        ("mine", QueueFilter(assignee=ME)),
        ("unassigned", QueueFilter(agency=NOBODY)),
        ("snoozed", QueueFilter(state=SNOOZED)),
        ("out_of_scope", QueueFilter(state=OUT_OF_SCOPE)),
    )
    counted = [
        Tab(label, view.query if label != "to_do" else {}, len(wanted_rows(rows, view, person)), view == wanted)
        for label, view in views
    ]
    return [tab for tab in counted if tab.count or tab.label == "to_do" or tab.is_here]


def recent_moves(office: Office) -> list[tuple[Move, str]]:
    """Return what was done to groups by hand and can still be taken back, with the name of who did it."""
    moves = office.queue.moves_since(office.now() - UNDOABLE_FOR)[:RECENT_LENGTH]
    return [(move, person_name(office, move.actor)) for move in moves]


ACCOUNT_DAYS = 7


@dataclass(frozen=True, slots=True)
class AccountsSeen:
    """How many accounts wait for a second person, and how many changes of accounts there were in the last days."""

    waiting_count: int
    change_count: int
    days: int


def read_accounts(office: Office, person: Person) -> AccountsSeen | None:
    """Return the counts of account changes; None for somebody who may not confirm accounts."""
    if not may(person, Action.CONFIRM_ACCOUNT):
        return None
    now = office.now()
    changes = office.audit.between(now - timedelta(days=ACCOUNT_DAYS), now, actions=ACCOUNT_ACTIONS)
    waiting = [account for account in office.people.everyone() if account.unconfirmed and account.is_active]
    return AccountsSeen(len(waiting), len(changes), ACCOUNT_DAYS)


def read_recent(office: Office, person: Person) -> list[RecentRow]:
    """Return the verdicts of the last day, newest first."""
    now = datetime.now(UTC)
    since = now - timedelta(hours=RECENT_HOURS)
    decided = [draft for draft in office.store.drafts() if draft.decided_at is not None and draft.decided_at >= since]
    decided.sort(key=lambda draft: (draft.decided_at or since, draft.id), reverse=True)
    return [
        RecentRow(draft, person_name(office, draft.decided_by or ""), undo_seconds(draft, person, now))
        for draft in decided[:RECENT_LENGTH]
    ]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The stored state of the lines (snooze, assignee, comments) at one moment."""

    items: Mapping[ItemId, QueueItem]
    comment_counts: Mapping[ItemId, int]
    names: Mapping[str, str]
    now: datetime

    def of(self, item_id: ItemId) -> dict[str, Any]:
        """Return the fields of a row that hold a line's stored state."""
        item = self.items.get(item_id, QueueItem(item_id))
        return {
            "id": item_id,
            "is_placed_by_hand": item.placed_by != NOA,
            "sleeps_until": last_day_asleep(item, self.now),
            "assignee": item.assignee or "",
            "assigned_to": self.names.get(item.assignee or "", item.assignee or ""),
            "comment_count": self.comment_counts.get(item_id, 0),
        }


def _draft_row(
    draft: Draft, groups: Mapping[GroupId, QuestionGroup], known: Mapping[AgencyId, Agency], kept: _Kept
) -> QueueRow:
    content = draft.content
    group = groups.get(draft.group_id) if draft.group_id else None
    moment = group.last_asked_at if group and group.failures else draft.updated_at
    return QueueRow(
        **kept.of(item_of(draft)),
        path=f"/brouillons/{draft.id}",
        question=content.question,
        language=content.language,
        state=draft.state.value,
        agency_id=draft.owner or "",
        agency=agency_name(known.get(draft.agency_id), draft.agency_id) if draft.owner else "",
        theme=content.theme,
        volume=group.volume if group else 0,
        trend=trend_of(group, paris_day(kept.now)) if group else None,
        age_days=max(0, (paris_day(kept.now) - paris_day(moment)).days),
        is_thin=draft.is_thin,
        is_edit=not draft.is_of_new_entry,
        duplicate_count=len(draft.duplicates),
        changes=draft.changes,
        searched=_searched([content.question, *(question.text for question in content.alternate_questions)], group),
    )


def _group_row(group: QuestionGroup, known: Mapping[AgencyId, Agency], kept: _Kept) -> QueueRow:
    """Return the row of a group without a draft."""
    item = kept.items.get(ItemId(group.id), QueueItem(ItemId(group.id)))
    owner = item.agency_id if item.pile in (Pile.TO_DO, Pile.ANSWERED) else None
    return QueueRow(
        **kept.of(item.id),
        path=f"/groupes/{group.id}",
        question=group.canonical,
        language=group.failures[-1].asked.language.value,
        state=UNDRAFTED if item.pile is Pile.TO_DO else item.pile.value,
        agency_id=owner or "",
        agency=agency_name(known.get(owner), owner) if owner else "",
        theme="",
        volume=group.volume,
        trend=trend_of(group, paris_day(kept.now)),
        age_days=max(0, (paris_day(kept.now) - paris_day(group.last_asked_at)).days),
        searched=_searched([group.canonical], group),
        owner_reason=item.owner_reason if owner else "",
        noise=item.noise or "",
    )


def _searched(texts: Iterable[str], group: QuestionGroup | None) -> str:
    phrasings = [failure.asked.text for failure in group.failures] if group else []
    return fold("\n".join(dict.fromkeys([*texts, *phrasings])))


def _is_wanted(row: QueueRow, wanted: QueueFilter, person: Person) -> bool:
    return (
        (_is_of_agency(row, wanted.agency, person.agencies) or row.state == wanted.state in NO_AGENCYS)
        and _is_in_state(row, wanted.state)
        and (not wanted.theme or row.theme == wanted.theme)
        and _is_of_age(row.age_days, wanted.age)
        and (not wanted.assignee or row.assignee == {ME: person.id, NOBODY: ""}.get(wanted.assignee, wanted.assignee))
        and all(word in row.searched for word in fold(wanted.words).split())
    )


def _is_of_agency(row: QueueRow, agency: str, own: Collection[AgencyId]) -> bool:
    if agency == EVERY:
        return True
    return row.agency_id in own if agency == MINE else row.agency_id == ("" if agency == NOBODY else agency)


def _is_in_state(row: QueueRow, state: str) -> bool:
    if state == PENDING:
        return row.waits
    if state == SNOOZED:
        return row.state in WAITING and not row.waits
    return state in (EVERY, row.state)


def _is_of_age(days: int, age: str) -> bool:
    if age == OLDER:
        return days > max(AGES.values())
    return age not in AGES or days <= AGES[age]
