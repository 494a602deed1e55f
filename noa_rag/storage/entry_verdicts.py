"""What visitors said of entries: on the page of one, or of one that they chose among several for their question."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select

from noa_rag.domain.answer import Reason
from noa_rag.domain.errors import NotFound
from noa_rag.domain.ports import EntryVerdict
from noa_rag.storage.question_columns import NAMED, USEFUL, USELESS
from noa_rag.storage.question_tables import entry_verdicts, questions
from noa_rag.storage.tables import entries, in_utc

_V = entry_verdicts.c


def write_entry_verdict(connection: Connection, verdict: EntryVerdict) -> None:
    """Write a verdict down; the last one on an entry counts for a question. Raises NotFound.

    Nothing that somebody in distress writes is kept.
    """
    if connection.execute(select(entries.c.id).where(entries.c.id == verdict.entry_id)).first() is None:
        raise NotFound(f"No entry has the id {verdict.entry_id!r}.")
    comment = verdict.comment
    if verdict.question_id is not None:
        asked = connection.execute(select(questions.c.reason).where(questions.c.id == verdict.question_id)).first()
        if asked is None:
            raise NotFound("No question has that number; ask it again.")
        comment = "" if asked.reason == Reason.DISTRESS.value else comment
        same = (_V.question_id == verdict.question_id, _V.entry_id == verdict.entry_id)
        connection.execute(delete(entry_verdicts).where(*same))
    connection.execute(
        insert(entry_verdicts).values(
            entry_id=verdict.entry_id,
            question_id=verdict.question_id,
            site=verdict.site,
            is_useful=verdict.is_useful,
            reason=verdict.reason,
            comment=comment,
            given_at=datetime.now(UTC),
        )
    )


def last_verdict(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column of the last verdict on an entry that was chosen for the question of the query around it."""
    of_question = select(column).where(_V.question_id == questions.c.id).correlate(questions)
    return of_question.order_by(_V.given_at.desc(), _V.id.desc()).limit(1).scalar_subquery()


def verdicts_given(*columns: ColumnElement[Any]) -> Select[Any]:
    """Return a query for verdicts on entries with the questions that led there; those of distress are left out."""
    joined = entry_verdicts.outerjoin(questions, questions.c.id == _V.question_id)
    return select(*columns).select_from(joined).where(questions.c.reason.is_distinct_from(Reason.DISTRESS.value))


def counted_verdicts(
    connection: Connection, *conditions: ColumnElement[bool]
) -> Iterator[tuple[datetime, float, list[str | None]]]:
    """Yield verdicts as the follow-up counts them, oldest first: like questions, but without a status."""
    query = verdicts_given(
        *(_V.given_at, _V.entry_id, _V.site, _V.is_useful, _V.reason),
        *(questions.c.region, questions.c.audience, questions.c.language),
    ).where(*conditions)
    for row in connection.execute(query.order_by(_V.given_at, _V.id)):
        known = {
            "entry_id": row.entry_id,
            "site": row.site,
            "region": row.region,
            "audience": row.audience,
            "language": row.language,
            "verdict": USEFUL if row.is_useful else USELESS,
            "complaint": row.reason,
        }
        yield in_utc(row.given_at), 0.0, [known.get(name) for name in NAMED]
