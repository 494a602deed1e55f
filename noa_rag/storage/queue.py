"""The queue in the database: where groups lie, who has them in hand, comments, moves and saved filters."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, exists, func, insert, or_, select, update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.queue import NOA, Comment, ItemId, Move, MoveId, Pile, QueueItem, SavedFilter, Waiting
from noa_rag.storage.audit import write_audit
from noa_rag.storage.database import Database, chunks
from noa_rag.storage.people import read_person
from noa_rag.storage.question_tables import (
    group_members,
    question_groups,
    queue_comments,
    queue_items,
    queue_moves,
    saved_filters,
)
from noa_rag.storage.review_store import read_group, write_draft, write_group
from noa_rag.storage.stored_text import draft_from_text
from noa_rag.storage.tables import agencies, drafts, in_utc

_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(Move)
_PENDING = tuple(state.value for state in DraftState if state.is_pending)


class SqlQueueStore:
    """Implements the port `QueueStore`; `now` dates the audit entries."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    @contextmanager
    def changing(self) -> Iterator["SqlQueueChange"]:
        with self._database.writing() as connection:
            yield SqlQueueChange(connection, self._now)

    def items(self) -> Mapping[ItemId, QueueItem]:
        with self._database.reading() as connection:
            return {ItemId(row.id): _item(row) for row in connection.execute(select(queue_items))}

    def put_aside(self) -> frozenset[GroupId]:
        elsewhere = select(queue_items.c.id).where(queue_items.c.pile != Pile.TO_DO.value)
        with self._database.reading() as connection:
            return frozenset(GroupId(item_id) for item_id in connection.execute(elsewhere).scalars())

    def place(self, items: Sequence[QueueItem]) -> None:
        with self._database.writing() as connection:
            for item in items:
                _write(connection, _as_placed(item, _kept(connection, item.id)))

    def item(self, item_id: ItemId) -> QueueItem:
        """Return a line of the queue, a new one when none is stored. Raises NotFound for an unknown id."""
        with self._database.reading() as connection:
            return _known(connection, item_id)

    def comments(self, item_id: ItemId) -> list[Comment]:
        """Return the comments on a line, oldest first."""
        said = select(queue_comments).where(queue_comments.c.item_id == item_id).order_by(queue_comments.c.id)
        with self._database.reading() as connection:
            return [
                Comment(ItemId(row.item_id), PersonId(row.author), in_utc(row.at), row.text)
                for row in connection.execute(said)
            ]

    def comment_counts(self) -> Mapping[ItemId, int]:
        """Return the number of comments on each line that has any."""
        counts = select(queue_comments.c.item_id, func.count()).group_by(queue_comments.c.item_id)
        with self._database.reading() as connection:
            return {ItemId(item_id): count for item_id, count in connection.execute(counts)}

    def moves_since(self, moment: datetime) -> list[Move]:
        """Return the moves made since `moment` and not undone, newest first."""
        recent = select(queue_moves.c.move).where(
            queue_moves.c.at >= moment.astimezone(UTC), queue_moves.c.undone_at.is_(None)
        )
        with self._database.reading() as connection:
            rows = connection.execute(recent.order_by(queue_moves.c.at.desc(), queue_moves.c.id)).scalars()
            return [_decoder.decode(text) for text in rows]

    def filters(self, person_id: PersonId) -> list[SavedFilter]:
        """Return the views that somebody saved, by name."""
        own = select(saved_filters).where(saved_filters.c.person_id == person_id).order_by(saved_filters.c.name)
        with self._database.reading() as connection:
            return [SavedFilter(row.name, row.query) for row in connection.execute(own)]

    def save_filter(self, person_id: PersonId, saved: SavedFilter) -> None:
        """Save a view under its name, replacing an earlier one of that name."""
        with self._database.writing() as connection:
            _drop_filter(connection, person_id, saved.name)
            connection.execute(insert(saved_filters).values(person_id=person_id, name=saved.name, query=saved.query))

    def drop_filter(self, person_id: PersonId, name: str) -> None:
        with self._database.writing() as connection:
            _drop_filter(connection, person_id, name)

    def waiting(self, person: Person, agencies: Collection[AgencyId] | None, moment: datetime) -> Waiting:
        """Return how many lines wait at a moment: those of these agencies (None: of all), and those assigned to her."""
        of_group = queue_items.c.id == question_groups.c.id
        of_draft = queue_items.c.id == func.coalesce(drafts.c.group_id, drafts.c.id)
        awake = or_(queue_items.c.snoozed_until.is_(None), queue_items.c.snoozed_until <= moment.astimezone(UTC))
        groups = (
            select(question_groups.c.id, queue_items.c.agency_id, queue_items.c.assignee)
            .select_from(question_groups.outerjoin(queue_items, of_group))
            .where(
                exists().where(group_members.c.group_id == question_groups.c.id),
                ~exists().where(drafts.c.group_id == question_groups.c.id),
                awake,
                or_(queue_items.c.pile.is_(None), queue_items.c.pile == Pile.TO_DO.value),
            )
        )
        pending = (
            select(drafts.c.id, drafts.c.agency_id, drafts.c.is_unassigned, queue_items.c.assignee)
            .select_from(drafts.outerjoin(queue_items, of_draft))
            .where(drafts.c.state.in_(_PENDING), awake)
        )
        with self._database.reading() as connection:
            pairs = [(row.agency_id, row.assignee) for row in connection.execute(groups)]
            pairs += [
                (None if row.is_unassigned else row.agency_id, row.assignee) for row in connection.execute(pending)
            ]
        return Waiting(
            to_do=sum(agencies is None or agency_id in agencies for agency_id, _ in pairs),
            assigned=sum(assignee == person.id for _, assignee in pairs),
        )


class SqlQueueChange:
    """One transaction about the queue; implements the port `QueueChange`."""

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def person(self, person_id: PersonId) -> Person | None:
        return read_person(self._connection, person_id)

    def item(self, item_id: ItemId) -> QueueItem:
        return _known(self._connection, item_id)

    def save(self, item: QueueItem) -> None:
        _write(self._connection, item)

    def group(self, group_id: GroupId) -> QuestionGroup:
        return read_group(self._connection, group_id)

    def knows_agency(self, agency_id: AgencyId) -> bool:
        return _is_there(self._connection, agencies, agencies.c.id, agency_id)

    def has_draft(self, group_id: GroupId) -> bool:
        return _is_there(self._connection, drafts, drafts.c.group_id, group_id)

    def pending_draft(self, group_id: GroupId) -> Draft | None:
        pending = select(drafts.c.draft).where(drafts.c.group_id == group_id, drafts.c.state.in_(_PENDING))
        newest = pending.order_by(drafts.c.updated_at.desc(), drafts.c.id).limit(1)
        text = self._connection.execute(newest).scalar()
        return draft_from_text(text) if text is not None else None

    def save_draft(self, draft: Draft, *, expected_revision: int) -> Draft:
        return write_draft(self._connection, draft, expected_revision=expected_revision)

    def add_group(self, group: QuestionGroup) -> None:
        write_group(self._connection, group)

    def move_questions(self, question_ids: Collection[str], from_group: GroupId, to_group: GroupId) -> int:
        return sum(
            self._connection.execute(
                update(group_members)
                .where(group_members.c.group_id == from_group, group_members.c.question_id.in_(chunk))
                .values(group_id=to_group)
            ).rowcount
            for chunk in chunks(sorted(question_ids))
        )

    def set_canonical(self, group_id: GroupId, text: str) -> None:
        self._connection.execute(update(question_groups).where(question_groups.c.id == group_id).values(canonical=text))

    def add_comment(self, comment: Comment) -> None:
        self._connection.execute(
            insert(queue_comments).values(
                item_id=comment.item_id, author=comment.author, at=comment.at.astimezone(UTC), text=comment.text
            )
        )

    def add_move(self, move: Move) -> None:
        at = move.at.astimezone(UTC)
        self._connection.execute(insert(queue_moves).values(id=move.id, at=at, move=_encoder.encode(move).decode()))

    def move(self, move_id: MoveId) -> Move:
        row = self._connection.execute(select(queue_moves).where(queue_moves.c.id == move_id)).first()
        if row is None:
            raise NotFound(f"Nothing was done under the id `{move_id}`, or it is long ago.")
        undone_at = in_utc(row.undone_at) if row.undone_at else None
        return replace(_decoder.decode(row.move), undone_at=undone_at)

    def mark_undone(self, move_id: MoveId, at: datetime) -> None:
        self._connection.execute(
            update(queue_moves).where(queue_moves.c.id == move_id).values(undone_at=at.astimezone(UTC))
        )

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, str | int | None]) -> None:
        write_audit(self._connection, actor=actor, action=action, subject=subject, detail=detail, at=self._now())


def _known(connection: Connection, item_id: ItemId) -> QueueItem:
    item = _kept(connection, item_id)
    if item is not None:
        return item
    is_group = _is_there(connection, question_groups, question_groups.c.id, item_id)
    if is_group or _is_there(connection, drafts, drafts.c.id, item_id):
        return QueueItem(item_id)
    raise NotFound(f"The queue has no line of the id `{item_id}`.")


def _is_there(connection: Connection, table: Table, key: Any, value: str) -> bool:
    return connection.execute(select(key).select_from(table).where(key == value).limit(1)).first() is not None


def _kept(connection: Connection, item_id: ItemId) -> QueueItem | None:
    row = connection.execute(select(queue_items).where(queue_items.c.id == item_id)).first()
    return _item(row) if row is not None else None


def _item(row: Any) -> QueueItem:
    return QueueItem(
        id=ItemId(row.id),
        pile=Pile(row.pile),
        placed_by=PersonId(row.placed_by),
        agency_id=AgencyId(row.agency_id) if row.agency_id else None,
        owner_reason=row.owner_reason,
        judged_volume=row.judged_volume,
        snoozed_until=in_utc(row.snoozed_until) if row.snoozed_until else None,
        assignee=PersonId(row.assignee) if row.assignee else None,
        likely=tuple(map(AgencyId, row.likely)),
        given_by=PersonId(row.given_by) if row.given_by else None,
    )


def _as_placed(judged: QueueItem, known: QueueItem | None) -> QueueItem:
    """Return a line as Noa judged it, keeping its snooze, its assignee, and the pile and agency that people chose."""
    if known is None:
        return judged
    placed = replace(judged, snoozed_until=known.snoozed_until, assignee=known.assignee)
    if known.given_by is not None:
        placed = replace(placed, agency_id=known.agency_id, owner_reason="", given_by=known.given_by)
    return placed if known.placed_by == NOA else replace(placed, pile=known.pile, placed_by=known.placed_by)


def _write(connection: Connection, item: QueueItem) -> None:
    connection.execute(delete(queue_items).where(queue_items.c.id == item.id))
    connection.execute(
        insert(queue_items).values(
            id=item.id,
            pile=item.pile.value,
            placed_by=item.placed_by,
            agency_id=item.agency_id,
            owner_reason=item.owner_reason,
            judged_volume=item.judged_volume,
            snoozed_until=item.snoozed_until.astimezone(UTC) if item.snoozed_until else None,
            assignee=item.assignee,
            likely=list(item.likely),
            given_by=item.given_by,
        )
    )


def _drop_filter(connection: Connection, person_id: PersonId, name: str) -> None:
    connection.execute(
        delete(saved_filters).where(saved_filters.c.person_id == person_id, saved_filters.c.name == name)
    )
