"""What people do in the queue by hand: piles, splitting and merging groups, who has what in hand, and comments."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import end_of, paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.errors import Forbidden, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.failure import Failure, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.queue import (
    Comment,
    ItemId,
    Move,
    MoveId,
    MoveKind,
    Pile,
    QueueChange,
    QueueItem,
    QueueStore,
    SavedFilter,
)
from noa_rag.french.words import fold
from noa_rag.review.grouping import standing_for
from noa_rag.review.moved_questions import put_back, reword, take_out
from noa_rag.review.rights import Action, may, require

UNDOABLE_FOR = timedelta(days=1)  # moves publish nothing, so that there is time to think them over
COMMENT_LIMIT = 2_000  # characters: half a page; what needs more belongs into the draft
LONGEST_SLEEP = timedelta(days=366)
FILTER_LIMIT, FILTER_NAME_LIMIT = 30, 60


class QueueDesk:
    """Each method is one transaction, audited; `now` gives the moment in UTC.

    Every one raises Forbidden without the right, NotFound for what does not exist, and NotAllowedNow when the state
    of things forbids it.
    """

    def __init__(self, store: QueueStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def dismiss(self, person_id: PersonId, group_ids: Sequence[GroupId]) -> Move:
        """Close groups as none of the base's business: no draft is made for them, and they leave the queue.

        Groups that have a draft, and those closed already, are left as they are. Raises NotAllowedNow `nothing_chosen`
        when none is left.
        """
        return self._placed(person_id, group_ids, Pile.DISMISSED, MoveKind.DISMISSED)

    def bring_back(self, person_id: PersonId, group_ids: Sequence[GroupId]) -> Move:
        """Say that groups are the base's business after all; Noa does not put them aside again."""
        return self._placed(person_id, group_ids, Pile.TO_DO, MoveKind.BROUGHT_BACK)

    def give(self, person_id: PersonId, group_ids: Sequence[GroupId], agency_id: AgencyId) -> Move:
        """Give groups without a draft to an agency, whose draft theirs will be; Noa learns from it.

        Raises NotFound for an unknown agency, and NotAllowedNow `nothing_chosen` when none of them is without a draft
        and not the agency's already.
        """
        with self._store.changing() as change:
            person = self._person(change, person_id)
            if not change.knows_agency(agency_id):
                raise NotFound(f"No agency has the id `{agency_id}`.")
            items = self._undrafted(change, group_ids)
            given = [item for item in items if not (item.agency_id == agency_id and item.given_by)]
            return self._changed(
                change,
                person,
                MoveKind.GIVEN,
                given,
                {"agency_id": agency_id, "owner_reason": "", "given_by": person.id},
                lambda item: {"from": item.agency_id, "to": agency_id},
            )

    def split(self, person_id: PersonId, group_id: GroupId, question_ids: Collection[str]) -> Move:
        """Put some questions of a group, with all that are worded the same, into a group of their own.

        Raises NotAllowedNow `nothing_chosen`, or `all_chosen` when no question would be left, and VersionConflict when
        one of them is in the group no more.
        """
        with self._store.changing() as change:
            person = self._person(change, person_id)
            group = change.group(group_id)
            wanted = set(question_ids)
            known = {failure.asked.question_id for failure in group.failures}
            if not wanted:
                raise NotAllowedNow("Choose the questions that are another matter.", reason="nothing_chosen")
            if not wanted <= known:
                raise VersionConflict("Somebody else moved some of these questions in between; read the group again.")
            wordings = {failure.asked.text for failure in group.failures if failure.asked.question_id in wanted}
            leaving = [failure for failure in group.failures if failure.asked.text in wordings]
            if len(leaving) == group.volume:
                raise NotAllowedNow("A group keeps one question at least.", reason="all_chosen")
            new = GroupId(uuid.uuid4().hex)
            item = change.item(ItemId(group_id))
            change.add_group(QuestionGroup(new, standing_for(leaving), self._now()))
            return self._moved(change, person, MoveKind.SPLIT, leaving, (group_id, new), before=(item,))

    def merge(self, person_id: PersonId, group_id: GroupId, into: GroupId) -> Move:
        """Put all questions of a group into another one, whose draft then speaks for them.

        Raises NotAllowedNow `has_draft` when the group has a draft of its own (the other one may have one), and
        `same_group`.
        """
        with self._store.changing() as change:
            person = self._person(change, person_id)
            group, other = change.group(group_id), change.group(into)
            if group.id == other.id or not group.failures or not other.failures:
                raise NotAllowedNow("Choose another group that has questions.", reason="same_group")
            if change.has_draft(group.id):
                raise NotAllowedNow("The group has a draft: merge the other one into it.", reason="has_draft")
            item = change.item(ItemId(group_id))
            return self._moved(change, person, MoveKind.MERGED, group.failures, (group_id, into), before=(item,))

    def undo(self, person_id: PersonId, move_id: MoveId) -> Move:
        """Undo a move of groups within a day of it; what was changed again since stays as it is.

        Raises NotAllowedNow `move_too_old` or `nothing_to_undo`, and VersionConflict when the questions were moved
        again, or a draft was made, since.
        """
        with self._store.changing() as change:
            person = self._person(change, person_id)
            move = change.move(move_id)
            now = self._now()
            if move.undone_at is not None:
                raise NotAllowedNow("This was taken back already.", reason="nothing_to_undo")
            if now - move.at > UNDOABLE_FOR:
                raise NotAllowedNow("The day for taking it back is over.", reason="move_too_old")
            if move.from_group is not None and move.to_group is not None:
                put_back(change, move, move.from_group, move.to_group, at=now)
            else:
                for former in move.before:
                    item = change.item(former.id)
                    if (restored := _restored(item, former, move)) is not None:
                        change.save(restored)
            change.mark_undone(move.id, now)
            change.audit(person.id, "move_undone", _subject(move), {"decision": move.kind.value})
            return replace(move, undone_at=now)

    def snooze(self, person_id: PersonId, item_id: ItemId, until: date | None) -> QueueItem:
        """Take a line out of the queue until the end of a day in Paris; None: bring it back now.

        Raises NotAllowedNow `snooze_day` for a day that is over, or further away than a year.
        """
        with self._store.changing() as change:
            person = self._person(change, person_id)
            today = paris_day(self._now())
            if until is not None and not today <= until <= today + LONGEST_SLEEP:
                raise NotAllowedNow("Choose a day from today on, within a year.", reason="snooze_day")
            item = replace(change.item(item_id), snoozed_until=end_of(until) if until else None)
            change.save(item)
            detail = {"to": until.isoformat() if until else None}
            change.audit(person.id, "item_snoozed" if until else "item_woken", item_id, detail)
            return item

    def assign(self, person_id: PersonId, item_id: ItemId, assignee: PersonId | None) -> QueueItem:
        """Assign a line to somebody; None: to nobody. Raises NotAllowedNow `not_a_reviewer`."""
        with self._store.changing() as change:
            person = self._person(change, person_id)
            new_assignee = change.person(assignee) if assignee else None
            if assignee and (new_assignee is None or not may(new_assignee, Action.SORT_QUEUE)):
                raise NotAllowedNow(f"{assignee} is no account that treats the queue.", reason="not_a_reviewer")
            item = change.item(item_id)
            if item.assignee == assignee:
                return item
            change.save(replace(item, assignee=assignee))
            change.audit(person.id, "item_assigned", item_id, {"from": item.assignee, "to": assignee})
            return replace(item, assignee=assignee)

    def comment(self, person_id: PersonId, item_id: ItemId, text: str) -> Comment:
        """Add a comment on a line for colleagues. Raises NotAllowedNow `comment_missing` or `comment_too_long`."""
        words = text.replace("\r\n", "\n").strip()
        with self._store.changing() as change:
            person = self._person(change, person_id)
            if not words:
                raise NotAllowedNow("Write something.", reason="comment_missing")
            if len(words) > COMMENT_LIMIT:
                raise NotAllowedNow(f"A comment has {COMMENT_LIMIT} characters.", reason="comment_too_long")
            said = Comment(change.item(item_id).id, person.id, self._now(), words)
            change.add_comment(said)
            change.audit(person.id, "item_commented", item_id, {})
            return said

    def _placed(self, person_id: PersonId, group_ids: Sequence[GroupId], pile: Pile, kind: MoveKind) -> Move:
        with self._store.changing() as change:
            person = self._person(change, person_id)
            items = [item for item in self._undrafted(change, group_ids) if item.pile is not pile]
            placed = {"pile": pile, "placed_by": person.id}
            return self._changed(change, person, kind, items, placed, lambda item: {"from": item.pile.value})

    @staticmethod
    def _undrafted(change: QueueChange, group_ids: Sequence[GroupId]) -> list[QueueItem]:
        return [
            change.item(ItemId(group_id))
            for group_id in dict.fromkeys(group_ids)
            if not change.has_draft(change.group(group_id).id)
        ]

    def _changed(  # noqa: PLR0917
        self,
        change: QueueChange,
        person: Person,
        kind: MoveKind,
        before: Sequence[QueueItem],
        changes: Mapping[str, Any],
        detail: Callable[[QueueItem], Mapping[str, str | None]],
    ) -> Move:
        if not before:
            raise NotAllowedNow("None of these groups lies elsewhere and has no draft.", reason="nothing_chosen")
        for item in before:
            change.save(replace(item, **changes))
            change.audit(person.id, f"group_{kind.value}", item.id, detail(item))
        move = Move(MoveId(uuid.uuid4().hex), kind, person.id, self._now(), tuple(before))
        change.add_move(move)
        return move

    def _moved(
        self,
        change: QueueChange,
        person: Person,
        kind: MoveKind,
        failures: Sequence[Failure],
        way: tuple[GroupId, GroupId],
        *,
        before: tuple[QueueItem, ...],
    ) -> Move:
        from_group, to_group = way
        ids = tuple(failure.asked.question_id for failure in failures)
        change.move_questions(ids, from_group, to_group)
        reword(change, *way)
        now = self._now()
        take_out(change, change.group(from_group), failures, at=now)
        move = Move(MoveId(uuid.uuid4().hex), kind, person.id, now, before, from_group, to_group, ids)
        change.add_move(move)
        detail: Mapping[str, str | int | None] = {"to": to_group, "asked": len(ids)}
        change.audit(person.id, f"group_{kind.value}", from_group, detail)
        return move

    @staticmethod
    def _person(change: QueueChange, person_id: PersonId) -> Person:
        person = change.person(person_id)
        if person is None:
            raise Forbidden(f"Nobody is called {person_id}.", action=Action.SORT_QUEUE.value)
        require(person, Action.SORT_QUEUE)
        return person


def _restored(item: QueueItem, former: QueueItem, move: Move) -> QueueItem | None:
    """Return a line as it was before a move, None where somebody has changed it again since."""
    if move.kind is MoveKind.GIVEN:
        if item.given_by != move.actor:
            return None
        return replace(item, agency_id=former.agency_id, owner_reason=former.owner_reason, given_by=former.given_by)
    pile = Pile.DISMISSED if move.kind is MoveKind.DISMISSED else Pile.TO_DO
    if item.pile is not pile or item.placed_by != move.actor:
        return None
    return replace(item, pile=former.pile, placed_by=former.placed_by)


def _subject(move: Move) -> str:
    return move.from_group or ", ".join(item.id for item in move.before[:3])


def item_of(draft: Draft) -> ItemId:
    """Return the id of the line that a draft stands on."""
    return ItemId(draft.group_id or draft.id)


def place_in_queue(*, volume: int, age_days: int, question: str, path: str) -> tuple[int, int, str, str]:
    """Return the sort key of the queue's lines: most asked first, ties by the latest question."""
    return -volume, age_days, fold(question), path


def check_filter(name: str, known: Sequence[SavedFilter]) -> str:
    """Return a name under which somebody may keep a view. Raises NotAllowedNow `filter_name` or `filters_full`."""
    words = " ".join(name.split())
    if not words or len(words) > FILTER_NAME_LIMIT or not words.isprintable():
        raise NotAllowedNow("Give the view a short name.", reason="filter_name")
    if len(known) >= FILTER_LIMIT and words not in {saved_filter.name for saved_filter in known}:
        raise NotAllowedNow(f"At most {FILTER_LIMIT} views are kept.", reason="filters_full")
    return words
