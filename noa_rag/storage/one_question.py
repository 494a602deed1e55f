"""All that is held of one question, found by the reference number that its visitor kept: shown, or erased."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, update

from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.errors import NotFound
from noa_rag.domain.question import Reference
from noa_rag.storage.audit import write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.entries import read_version
from noa_rag.storage.question_tables import (
    group_members,
    question_groups,
    question_references,
    questions,
    recorded_cases,
)
from noa_rag.storage.retention import ABOUT_QUESTIONS, Removed, remove_groups, remove_questions
from noa_rag.storage.stored_text import draft_from_text, draft_to_text
from noa_rag.storage.tables import audit, drafts, in_utc

EXPORTED, ERASED = "question_exported", "question_erased"
_PUBLISHED = (DraftState.APPROVED, DraftState.ATTACHED)
Held = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Remains:
    """What stays of an erased question, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows went, by table, and what stays."""

    removed: Removed
    remains: tuple[Remains, ...]


class HeldQuestions:
    """Shows or erases what is held of a question; the audit notes who did so and the number, but none of the words."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self, reference: Reference, *, conversation: bool = False, actor: str, at: datetime) -> Held:
        """Return everything held of the question, ready for JSON. Raises NotFound.

        With `conversation` the other questions of its conversation come along: the caller must know that they are the
        same person's, since a program that asks for several people may use one conversation for all.
        """
        with self._database.writing() as connection:
            ids, others = _asked_for(connection, reference, conversation)
            held = {
                "reference": reference,
                "questions": [_held(connection, question_id) for question_id in ids],
                "other_questions_of_the_conversation": others,
            }
            write_audit(
                connection, actor=actor, action=EXPORTED, subject=reference, detail={"questions": len(ids)}, at=at
            )
            return held

    def erase(
        self, reference: Reference, *, conversation: bool = False, only_tell: bool = False, actor: str, at: datetime
    ) -> Erased:
        """Erase the question and all that hangs on it, and return what went and what stays. Raises NotFound.

        With `only_tell` nothing is changed.
        """
        with self._database.writing() as connection:
            ids, _ = _asked_for(connection, reference, conversation)
            erased = _erase(connection, ids)
            write_audit(connection, actor=actor, action=ERASED, subject=reference, detail=erased.removed, at=at)
            if only_tell:
                connection.rollback()
        if not only_tell:
            self._database.overwrite_deleted()
        return erased


def _asked_for(connection: Connection, reference: Reference, conversation: bool) -> tuple[list[str], int]:
    """Return the ids of the questions, and how many others their conversation has."""
    query = select(questions.c.id, questions.c.conversation_id).join(question_references)
    row = connection.execute(query.where(question_references.c.reference == reference)).first()
    if row is None:
        raise NotFound(f"No question is held under the number {reference}: it was erased, or never given out.")
    of_all = select(questions.c.id).where(questions.c.conversation_id == row.conversation_id)
    ids = [*connection.execute(of_all.order_by(questions.c.asked_at, questions.c.id)).scalars()]
    return (ids, 0) if conversation else ([row.id], len(ids) - 1)


def _held(connection: Connection, question_id: str) -> Held:
    question = connection.execute(select(questions).where(questions.c.id == question_id)).one()
    held: Held = {"question": _plain(question)}
    for table in (*ABOUT_QUESTIONS, recorded_cases):
        rows = connection.execute(select(table).where(table.c.question_id == question_id)).all()
        held[table.name] = [_plain(row) for row in rows]
    for given in held["answers_given"]:
        given["kept"] = msgspec.json.decode(given["kept"])
    groups = _groups(connection, [question_id])
    held["question_groups"] = [{"id": group.id, "canonical": group.canonical} for group in groups]
    held["drafts"] = [
        {"id": draft.id, "state": draft.state.value, "agency": draft.agency_id, "question": draft.content.question}
        for group in groups
        for draft in _drafts(connection, group.id)
    ]
    return held


def _plain(row: Row[Any]) -> Held:
    return {name: _in_json(value) for name, value in row._mapping.items()}


def _in_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return in_utc(value).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _groups(connection: Connection, question_ids: Collection[str]) -> Sequence[Row[Any]]:
    query = select(question_groups).join(group_members).where(group_members.c.question_id.in_(question_ids)).distinct()
    return connection.execute(query).all()


def _drafts(connection: Connection, group_id: str) -> list[Draft]:
    texts = connection.execute(select(drafts.c.draft).where(drafts.c.group_id == group_id).order_by(drafts.c.id))
    return [draft_from_text(text) for text in texts.scalars()]


def _erase(connection: Connection, ids: Sequence[str]) -> Erased:
    texts = connection.execute(select(questions.c.text).where(questions.c.id.in_(ids))).scalars()
    words = {_folded(text) for text in texts} - {""}
    groups = _groups(connection, ids)
    cases = connection.execute(delete(recorded_cases).where(recorded_cases.c.question_id.in_(ids))).rowcount
    removed = {"recorded_cases": cases, **remove_questions(connection, ids)}
    remains = [Remains("counts", "one more question in its hour: no words, no number, no minute")]
    for group in groups:
        made = _drafts(connection, group.id)
        if _is_empty(connection, group.id) and not made:
            removed |= remove_groups(connection, [group.id])
            continue
        _reword(connection, group, words, made)
        for draft in made:
            remains += _forget_in(connection, draft, words)
    remains += _in_the_audit(connection, ids)
    return Erased({table: count for table, count in removed.items() if count}, tuple(remains))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_empty(connection: Connection, group_id: str) -> bool:
    return connection.execute(select(group_members).where(group_members.c.group_id == group_id)).first() is None


def _reword(connection: Connection, group: Row[Any], words: Collection[str], made: Sequence[Draft]) -> None:
    """Give the group another canonical question when its present one has these words."""
    if _folded(group.canonical) not in words:
        return
    members = select(questions.c.text).join(group_members).where(group_members.c.group_id == group.id)
    others = [*connection.execute(members.order_by(questions.c.asked_at.desc())).scalars()]
    candidates = [*others, *(draft.content.question for draft in made)]
    other = next((text for text in candidates if _folded(text) not in words), "…")
    connection.execute(update(question_groups).where(question_groups.c.id == group.id).values(canonical=other))


def _forget_in(connection: Connection, draft: Draft, words: Collection[str]) -> Iterator[Remains]:
    """Remove the words from a draft, and yield where they stay."""
    recheck = draft.recheck
    if recheck is not None:
        failing = tuple(text for text in recheck.still_failing if _folded(text) not in words)
        recheck = replace(recheck, still_failing=failing)
    content = draft.content if draft.state in _PUBLISHED else _without(draft.content, words)
    changed = replace(draft, content=content, recheck=recheck)
    if changed != draft:
        changed = replace(changed, revision=draft.revision + 1)
        values = {"revision": changed.revision, "draft": draft_to_text(changed)}
        connection.execute(update(drafts).where(drafts.c.id == draft.id).values(values))
    if draft.state not in _PUBLISHED and _folded(content.question) in words:
        yield Remains(f"draft {draft.id}", "its question has these words: a referent may reword it, or decline it")
    if draft.published is not None:
        entry = read_version(connection, draft.published.entry_id)
        if entry is not None and _says(entry.content, words):
            yield Remains(
                f"entry {entry.id}", "a referent published these words as a way to ask; a new version may drop them"
            )


def _without(content: EntryContent, words: Collection[str]) -> EntryContent:
    remaining = tuple(question for question in content.alternate_questions if _folded(question.text) not in words)
    return replace(content, alternate_questions=remaining)


def _says(content: EntryContent, words: Collection[str]) -> bool:
    return any(
        _folded(text) in words
        for text in (content.question, *(question.text for question in content.alternate_questions))
    )


def _in_the_audit(connection: Connection, ids: Collection[str]) -> Iterator[Remains]:
    of_it = select(func.count()).select_from(audit).where(audit.c.subject.in_(ids))
    if count := connection.execute(of_it).scalar_one():
        yield Remains("audit", f"{count} entries say what was done about it, by its random id, without its words")
