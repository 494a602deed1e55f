"""What is counted of recorded questions and of verdicts on entries, also of those that are purged or erased."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, literal, null, select

from noa_rag.domain.answer import Reason
from noa_rag.storage.question_tables import (
    answer_marks,
    entry_verdicts,
    feedback,
    group_members,
    purged_questions,
    questions,
    rephrasings,
)
from noa_rag.storage.recorded_cases import overall_marks
from noa_rag.storage.tables import in_utc

_Q, _V = questions.c, entry_verdicts.c
COUNTED = tuple(column.name for column in purged_questions.c if column.name != "id")
_OF_DISTRESS = ("status", "reason", "site")
_LAST_ATTEMPT = (
    select(func.max(rephrasings.c.id)).where(rephrasings.c.question_id == _Q.id).correlate(questions).scalar_subquery()
)
_OF_QUESTION: Mapping[str, ColumnElement[Any]] = {
    **{column.name: column for column in _Q},
    "is_useful": feedback.c.is_useful,
    "complaint": feedback.c.reason,
    "group_id": group_members.c.group_id,
    "rephrasing": rephrasings.c.outcome,
    "rephrasing_reason": func.nullif(rephrasings.c.reason, ""),
}
_OF_VERDICT: Mapping[str, ColumnElement[Any]] = {
    "asked_at": _V.given_at,
    "duration_seconds": literal(0.0),
    "entry_id": _V.entry_id,
    "site": _V.site,
    "region": _Q.region,
    "audience": _Q.audience,
    "language": _Q.language,
    "is_useful": _V.is_useful,
    "complaint": _V.reason,
}


def counted_questions(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return a query for COUNTED of recorded questions, but for QA's marks, which are read where they stand."""
    return (
        _counted(_OF_QUESTION)
        .select_from(
            questions.outerjoin(feedback, feedback.c.question_id == _Q.id)
            .outerjoin(group_members, group_members.c.question_id == _Q.id)
            .outerjoin(rephrasings, rephrasings.c.id == _LAST_ATTEMPT)
        )
        .where(*conditions)
    )


def counted_verdicts(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return a query for COUNTED of verdicts on entries, which are counted like questions without a status."""
    return verdicts_given(_counted(_OF_VERDICT)).where(*conditions)


def counted_of_purged(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return a query for COUNTED of the questions and verdicts that are gone."""
    return _counted({column.name: column for column in purged_questions.c}).where(*conditions)


def verdicts_given(columns: Select[Any]) -> Select[Any]:
    """Return these columns of verdicts on entries and of the questions that led there; distress is left out."""
    joined = entry_verdicts.outerjoin(questions, questions.c.id == _V.question_id)
    return columns.select_from(joined).where(_Q.reason.is_distinct_from(Reason.DISTRESS.value))


def keep_counts(connection: Connection, question_ids: Collection[str], verdicts: ColumnElement[bool]) -> None:
    """Keep what is counted of questions and verdicts that are about to be deleted.

    Moments are cut to the hour and durations to ten milliseconds, so that no line of a log leads to a question; of a
    message of distress nothing is kept but that there was one.
    """
    marks = overall_marks(connection, answer_marks.c.question_id.in_(question_ids))
    counted = counted_questions(_Q.id.in_(question_ids)).add_columns(_Q.id)
    rows = [
        *(_coarse(row._asdict(), marks.get(row.id)) for row in connection.execute(counted)),
        *(_coarse(row._asdict(), None) for row in connection.execute(counted_verdicts(verdicts))),
    ]
    if rows:
        connection.execute(insert(purged_questions), rows)


def _counted(columns: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
    return select(*(columns.get(name, null()).label(name) for name in COUNTED))


def _coarse(row: Mapping[str, Any], mark: str | None) -> dict[str, Any]:
    values = {name: row[name] for name in COUNTED} | {"mark": mark}
    if values["reason"] == Reason.DISTRESS.value:
        values = {name: value if name in _OF_DISTRESS else None for name, value in values.items()}
    return values | {
        "id": secrets.randbits(63),
        "asked_at": in_utc(row["asked_at"]).replace(minute=0, second=0, microsecond=0),
        "duration_seconds": round(values["duration_seconds"] or 0.0, 2),
    }
