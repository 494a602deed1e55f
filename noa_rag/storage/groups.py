"""Groups of failed questions in the database: they grow, and never split."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.storage.asked import asked, choices_by_question, questions_with_feedback
from noa_rag.storage.moments import in_utc
from noa_rag.storage.question_tables import questions
from noa_rag.storage.tables import group_members, question_groups

_CHUNK = 500  # questions in one IN clause; SQLite allows 32,766 variables


def read_groups(connection: Connection) -> list[QuestionGroup]:
    """Return every group with its failures, the largest first; three queries, however many there are."""
    failures = _failures(connection)
    found = [_group(row, failures[row.id]) for row in connection.execute(select(question_groups))]
    return sorted(found, key=lambda group: (-group.volume, group.created_at, group.id))


def read_group(connection: Connection, group_id: GroupId) -> QuestionGroup:
    """Return a group with its failures. Raises NotFound."""
    row = connection.execute(select(question_groups).where(question_groups.c.id == group_id)).first()
    if row is None:
        raise NotFound(f"No group of questions has the id `{group_id}`.")
    return _group(row, _failures(connection, group_members.c.group_id == group_id)[group_id])


def write_group(connection: Connection, group: QuestionGroup) -> None:
    """Keep a new group. Raises VersionConflict when one of its questions is in a group already."""
    ids = [failure.asked.question_id for failure in group.failures]
    if _grouped(connection, ids):
        raise VersionConflict("Somebody else grouped these questions in between; group what is left.")
    connection.execute(
        insert(question_groups).values(
            id=group.id, canonical=group.canonical, created_at=group.created_at.astimezone(UTC)
        )
    )
    _add_members(connection, group.id, group.failures)


def write_joined(connection: Connection, group_id: GroupId, failures: Sequence[Failure], canonical: str) -> None:
    """Add failures to a group; a question that is in a group already stays where it is. Raises NotFound."""
    changed = connection.execute(
        update(question_groups).where(question_groups.c.id == group_id).values(canonical=canonical)
    )
    if changed.rowcount != 1:
        raise NotFound(f"No group of questions has the id `{group_id}`.")
    known = _grouped(connection, [failure.asked.question_id for failure in failures])
    _add_members(connection, group_id, [one for one in failures if one.asked.question_id not in known])


def _add_members(connection: Connection, group_id: GroupId, failures: Sequence[Failure]) -> None:
    rows = {
        failure.asked.question_id: {
            "question_id": failure.asked.question_id,
            "group_id": group_id,
            "kind": failure.kind.value,
        }
        for failure in failures
    }
    if rows:
        connection.execute(insert(group_members), list(rows.values()))


def _grouped(connection: Connection, question_ids: Collection[str]) -> set[str]:
    return {
        question_id
        for chunk in _chunks(question_ids)
        for question_id in connection.execute(
            select(group_members.c.question_id).where(group_members.c.question_id.in_(chunk))
        ).scalars()
    }


def _failures(connection: Connection, condition: ColumnElement[bool] | None = None) -> dict[str, list[Failure]]:
    """Return the failures of each group in the order they were asked."""
    query = questions_with_feedback(group_members.c.group_id, group_members.c.kind)
    query = query.join(group_members, group_members.c.question_id == questions.c.id)
    if condition is not None:
        query = query.where(condition)
        members = select(group_members.c.question_id).where(condition)
        taken = choices_by_question(connection, questions.c.id.in_(members))
    else:
        taken = choices_by_question(connection)
    found: dict[str, list[Failure]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.group_id].append(Failure(asked(row, taken), FailureKind(row.kind)))
    return found


def _group(row: Any, failures: Sequence[Failure]) -> QuestionGroup:
    return QuestionGroup(GroupId(row.id), row.canonical, in_utc(row.created_at), tuple(failures))


def _chunks(ids: Collection[str]) -> Iterator[list[str]]:
    listed = list(ids)
    for start in range(0, len(listed), _CHUNK):
        yield listed[start : start + _CHUNK]
