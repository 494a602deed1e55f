"""Removes what is older than its period, in batches so small that no visitor waits; its counts stay."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, exists, func, select, update

from noa_rag.domain.draft import DraftState
from noa_rag.storage.audit import write_audit
from noa_rag.storage.counted import keep_counts
from noa_rag.storage.database import Database
from noa_rag.storage.question_tables import (
    agenda_decisions,
    answer_marks,
    answers_given,
    choices_taken,
    entry_verdicts,
    feedback,
    group_members,
    question_groups,
    question_references,
    questions,
    queue_comments,
    queue_items,
    queue_moves,
    recorded_cases,
    rephrasings,
)
from noa_rag.storage.tables import drafts, failed_sign_ins, known_sign_ins, metadata, sessions, waiting_sign_ins

# All that hangs on a question and goes with it, in an order that foreign keys allow.
ABOUT_QUESTIONS = (
    answers_given,
    choices_taken,
    feedback,
    entry_verdicts,
    question_references,
    rephrasings,
    answer_marks,
    group_members,
)
NOA = "noa"  # the author of what Noa prepared and nobody touched
PURGED = "records_purged"
Removed = dict[str, int]
"""How many rows went, by table."""


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The moments before which records are too old, in UTC."""

    questions: datetime
    drafts: datetime
    cases: datetime
    queue_moves: datetime
    sessions: datetime
    failed_sign_ins: datetime
    known_sign_ins: datetime


@dataclass(frozen=True, slots=True)
class Purge:
    """One kind of record: how to select the ids of those that are too old, and how to remove a batch of them."""

    kind: str
    due: Callable[[Cutoffs], Select[Any]]
    remove: Callable[[Connection, Collection[Any], Cutoffs], Removed]
    is_audited: bool = True


class RetentionStore:
    """Counts and removes what is too old; each batch is one transaction, with its figures in the audit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def held(self) -> Mapping[str, int]:
        """Return how many rows each table has."""
        with self._database.reading() as connection:
            return {table.name: _count(connection, select(table)) for table in metadata.sorted_tables}

    def due(self, cutoffs: Cutoffs) -> Mapping[str, int]:
        """Return how many of each kind are too old now.

        Groups and drafts that can only be removed after their questions are not counted yet.
        """
        with self._database.reading() as connection:
            return {purge.kind: _count(connection, purge.due(cutoffs)) for purge in PURGES}

    def remove_some(self, purge: Purge, cutoffs: Cutoffs, *, limit: int, actor: str, at: datetime) -> Removed:
        """Remove the oldest, at most `limit`, and return how many rows went, by table; empty when none is too old."""
        with self._database.writing() as connection:
            ids = connection.execute(purge.due(cutoffs).limit(limit)).scalars().all()
            if not ids:
                return {}
            removed = {table: count for table, count in purge.remove(connection, ids, cutoffs).items() if count}
            if purge.is_audited:
                write_audit(connection, actor=actor, action=PURGED, subject=purge.kind, detail=removed, at=at)
            return removed


def remove_questions(connection: Connection, question_ids: Collection[str]) -> Removed:
    """Remove questions with all that refers to them, except their counts and the cases made of them."""
    keep_counts(connection, question_ids, entry_verdicts.c.question_id.in_(question_ids))
    of_them = recorded_cases.c.question_id.in_(question_ids)
    connection.execute(update(recorded_cases).where(of_them).values(question_id=None))
    about = {
        table.name: _removed(connection, table, table.c.question_id.in_(question_ids)) for table in ABOUT_QUESTIONS
    }
    return {"questions": _removed(connection, questions, questions.c.id.in_(question_ids)), **about}


def remove_groups(connection: Connection, group_ids: Collection[str]) -> Removed:
    """Remove groups, which have neither questions nor drafts, with the committee's decisions about them."""
    decided = _removed(connection, agenda_decisions, agenda_decisions.c.group_id.in_(group_ids))
    groups = _removed(connection, question_groups, question_groups.c.id.in_(group_ids))
    return {"question_groups": groups, "agenda_decisions": decided, **_forgotten(connection, group_ids)}


def _remove_verdicts(connection: Connection, ids: Collection[int]) -> Removed:
    keep_counts(connection, (), entry_verdicts.c.id.in_(ids))
    return {"entry_verdicts": _removed(connection, entry_verdicts, entry_verdicts.c.id.in_(ids))}


def _remove_drafts(connection: Connection, draft_ids: Collection[str]) -> Removed:
    return {"drafts": _removed(connection, drafts, drafts.c.id.in_(draft_ids)), **_forgotten(connection, draft_ids)}


def _forgotten(connection: Connection, item_ids: Collection[str]) -> Removed:
    """Remove the queue's lines and comments of groups or drafts that are removed."""
    return {
        table.name: _removed(connection, table, key.in_(item_ids))
        for table, key in ((queue_items, queue_items.c.id), (queue_comments, queue_comments.c.item_id))
    }


def _removed(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(condition)).rowcount


def _count(connection: Connection, query: Select[Any]) -> int:
    return connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()


def _old_questions(cutoffs: Cutoffs) -> Select[Any]:
    return select(questions.c.id).where(questions.c.asked_at < cutoffs.questions).order_by(questions.c.asked_at)


def _old_verdicts(cutoffs: Cutoffs) -> Select[Any]:
    """Select old verdicts that no question led to; the others go with their question."""
    is_old = entry_verdicts.c.question_id.is_(None) & (entry_verdicts.c.given_at < cutoffs.questions)
    return select(entry_verdicts.c.id).where(is_old).order_by(entry_verdicts.c.given_at)


def _old_drafts(cutoffs: Cutoffs) -> Select[Any]:
    """Select old drafts that were declined, or that nobody took up, of groups without questions.

    A draft stays while its group has questions: without it Noa would prepare again what an agency declined.
    """
    has_questions = exists().where(group_members.c.group_id == drafts.c.group_id)
    untouched = (drafts.c.state == DraftState.OPEN.value) & drafts.c.draft.contains(_BY_NOA, autoescape=True)
    came_to_nothing = (drafts.c.state == DraftState.DECLINED.value) | untouched
    is_old = drafts.c.updated_at < cutoffs.drafts
    return select(drafts.c.id).where(is_old, came_to_nothing, ~has_questions).order_by(drafts.c.updated_at)


def _old_groups(cutoffs: Cutoffs) -> Select[Any]:
    """Select old groups without questions or drafts; a decision of the committee keeps a group as long as a draft."""
    of_group = question_groups.c.id
    nobody_asks = ~exists().where(group_members.c.group_id == of_group)
    has_no_draft = ~exists().where(drafts.c.group_id == of_group)
    decided_lately = (agenda_decisions.c.group_id == of_group) & (agenda_decisions.c.decided_at >= cutoffs.drafts)
    is_old = question_groups.c.created_at < cutoffs.questions
    query = select(of_group).where(is_old, nobody_asks, has_no_draft, ~exists().where(decided_lately))
    return query.order_by(question_groups.c.created_at)


def _old_cases(cutoffs: Cutoffs) -> Select[Any]:
    is_old = recorded_cases.c.was_asked & (recorded_cases.c.made_at < cutoffs.cases)
    return select(recorded_cases.c.id).where(is_old).order_by(recorded_cases.c.made_at)


def _by_age(kind: str, table: Table, moment: str, key: str, cutoff: str) -> Purge:
    """Return the purge of a table whose rows are too old by one column alone."""

    def is_old(cutoffs: Cutoffs) -> ColumnElement[bool]:
        limit: datetime = getattr(cutoffs, cutoff)
        return table.c[moment] < limit

    return Purge(
        kind,
        lambda cutoffs: select(table.c[key]).where(is_old(cutoffs)).order_by(table.c[moment]),
        lambda connection, ids, cutoffs: {
            table.name: _removed(connection, table, table.c[key].in_(ids) & is_old(cutoffs))
        },
        is_audited=False,  # each sign-in leaves some
    )


_BY_NOA = f'"author":"{NOA}"'  # as it appears in a draft's JSON; inside a string the quotes would be escaped
PURGES = (
    Purge("questions", _old_questions, lambda connection, ids, _: remove_questions(connection, ids)),
    Purge("entry_verdicts", _old_verdicts, lambda connection, ids, _: _remove_verdicts(connection, ids)),
    Purge("drafts", _old_drafts, lambda connection, ids, _: _remove_drafts(connection, ids)),
    Purge("groups", _old_groups, lambda connection, ids, _: remove_groups(connection, ids)),
    Purge(
        "cases",
        _old_cases,
        lambda connection, ids, _: {
            "recorded_cases": _removed(connection, recorded_cases, recorded_cases.c.id.in_(ids))
        },
    ),
    _by_age("queue_moves", queue_moves, "at", "id", "queue_moves"),
    _by_age("sessions", sessions, "started_at", "token_hash", "sessions"),
    _by_age("waiting_sign_ins", waiting_sign_ins, "at", "token_hash", "sessions"),
    _by_age("failed_sign_ins", failed_sign_ins, "at", "key", "failed_sign_ins"),
    _by_age("known_sign_ins", known_sign_ins, "seen_at", "key", "known_sign_ins"),
)
