"""What people do in the queue by hand: piles, splitting and merging groups, who has what in hand, and comments."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from noa_rag.domain.days import end_of, paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.errors import Forbidden, NotAllowedNow, VersionConflict
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
from noa_rag.review.drafting import NOA, grown, is_same_phrasing, save_grown, stripped
from noa_rag.review.grouping import standing_for
from noa_rag.review.rights import Action, may, require

UNDOABLE_FOR = timedelta(days=1)  # moves publish nothing, so that there is time to think them over
COMMENT_LIMIT = 2_000  # characters: half a page; what needs more belongs into the draft
LONGEST_SLEEP = timedelta(days=366)
FILTER_LIMIT, FILTER_NAME_LIMIT = 30, 60
EMPTIED = "…"  # the canonical question of a group whose questions went to another: no visitor's words stay behind


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
                _put_back(change, move, move.from_group, move.to_group, at=now)
            else:
                wanted = Pile.DISMISSED if move.kind is MoveKind.DISMISSED else Pile.TO_DO
                for former in move.before:
                    item = change.item(former.id)
                    if item.pile is wanted and item.placed_by == move.actor:
                        change.save(replace(item, pile=former.pile, placed_by=former.placed_by))
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
            items = [
                change.item(ItemId(group_id))
                for group_id in dict.fromkeys(group_ids)
                if not change.has_draft(change.group(group_id).id)
            ]
            before = tuple(item for item in items if item.pile is not pile)
            if not before:
                raise NotAllowedNow("None of these groups lies elsewhere and has no draft.", reason="nothing_chosen")
            for item in before:
                change.save(replace(item, pile=pile, placed_by=person.id))
                change.audit(person.id, f"group_{kind.value}", item.id, {"from": item.pile.value})
            move = Move(MoveId(uuid.uuid4().hex), kind, person.id, self._now(), before)
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
        _reword(change, *way)
        now = self._now()
        _take_out(change, change.group(from_group), failures, at=now)
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


def _put_back(change: QueueChange, move: Move, from_group: GroupId, to_group: GroupId, *, at: datetime) -> None:
    if move.kind is MoveKind.SPLIT and change.has_draft(to_group):
        raise VersionConflict("A draft was made of these questions since; they stay where they are.")
    returning = [failure for failure in change.group(to_group).failures if failure.asked.question_id in move.questions]
    if not returning:
        raise VersionConflict("These questions were moved again since, or are older than what is kept.")
    change.move_questions([failure.asked.question_id for failure in returning], to_group, from_group)
    _reword(change, from_group, to_group)
    _take_out(change, change.group(to_group), returning, at=at)
    _put_in(change, change.group(from_group), returning, at=at)


def _take_out(change: QueueChange, group: QuestionGroup, moved: Sequence[Failure], *, at: datetime) -> None:
    """Take the phrasings of questions that left the group out of its draft; what a person edited stays as it is."""
    draft = change.pending_draft(group.id)
    if draft is None or draft.author != NOA:
        return
    strays = set(stray_phrasings(draft, texts_of(moved), texts_of(group.failures)))
    alternates = draft.content.alternate_questions
    staying = tuple(alternate for alternate in alternates if alternate.text not in strays)
    if staying != alternates:
        content = replace(draft.content, alternate_questions=staying)
        change.save_draft(replace(draft, content=content, updated_at=at), expected_revision=draft.revision)
        lost = len(alternates) - len(staying)
        change.audit(NOA, "draft_shrunk", draft.id, {"group": group.id, "phrasings": lost})


def _put_in(change: QueueChange, group: QuestionGroup, returned: Sequence[Failure], *, at: datetime) -> None:
    """Add the phrasings of questions that came back to the group to its draft, unless a person edited it."""
    draft = change.pending_draft(group.id)
    if draft is None or draft.author != NOA:
        return
    larger = grown(draft, replace(group, failures=tuple(returned)), at=at)
    if larger is not None:
        save_grown(change, draft, larger)


def stray_phrasings(draft: Draft, moved: Collection[str], staying: Collection[str]) -> list[str]:
    """Return those of the draft's questions that ask what moved to another group, and nothing that stayed."""
    content = draft.content
    return [
        text
        for text in (content.question, *(alternate.text for alternate in content.alternate_questions))
        if is_same_phrasing(text, moved) and not is_same_phrasing(text, staying)
    ]


def texts_of(failures: Sequence[Failure]) -> frozenset[str]:
    """Return the questions as a draft may bear them, without greetings and thanks."""
    return frozenset(stripped(failure.asked.text) for failure in failures)


def _reword(change: QueueChange, *group_ids: GroupId) -> None:
    """Give each group one of its own questions as its canonical one; the present one is kept if still among them."""
    for group_id in group_ids:
        group = change.group(group_id)
        texts = {failure.asked.text for failure in group.failures}
        if group.canonical not in texts:
            change.set_canonical(group_id, standing_for(group.failures) if group.failures else EMPTIED)


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
