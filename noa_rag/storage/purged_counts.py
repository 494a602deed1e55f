"""What is counted of questions that go: added to `purged_days` within the transaction that takes them away."""

import zlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from noa_rag.domain.answer import Reason
from noa_rag.storage.question_columns import COUNTED, LAYOUT, NAMED, QuestionColumns, named_values, purged_columns
from noa_rag.storage.question_tables import answer_marks, purged_days, questions
from noa_rag.storage.recorded_cases import overall_marks
from noa_rag.storage.tables import entries, in_utc

_Counted = tuple[datetime, float, Sequence[str | None]]
_KEPT_OF_DISTRESS = ("status", "reason", "site")


def keep_counts(connection: Connection, question_ids: Collection[str]) -> None:
    """Keep what the follow-up counts of these questions, and that their entries were served.

    Moments are cut to the hour and durations to ten milliseconds, so that no line of a log leads to a question; of a
    message of distress nothing is kept but that there was one.
    """
    these = questions.c.id.in_(question_ids)
    marks = overall_marks(connection, answer_marks.c.question_id.in_(question_ids))
    by_day: dict[str, list[_Counted]] = defaultdict(list)
    for *counted, question_id in connection.execute(COUNTED.add_columns(questions.c.id).where(these)):
        hour = in_utc(counted[0]).replace(minute=0, second=0, microsecond=0)
        values = dict(zip(NAMED, named_values(counted), strict=True)) | {"mark": marks.get(question_id)}
        by_day[hour.date().isoformat()].append(_coarse(hour, counted[1], values))
    for day, added in by_day.items():
        _add(connection, day, QuestionColumns.of(added))
    served = select(questions.c.entry_id).where(these, questions.c.entry_id.is_not(None))
    connection.execute(update(entries).where(entries.c.id.in_(served)).values(was_served=True))


def _coarse(hour: datetime, seconds: float, values: dict[str, str | None]) -> _Counted:
    if values["reason"] == Reason.DISTRESS.value:
        return hour, 0.0, [values[name] if name in _KEPT_OF_DISTRESS else None for name in NAMED]
    return hour, round(seconds, 2), [values[name] for name in NAMED]


def _add(connection: Connection, day: str, added: QuestionColumns) -> None:
    known = purged_columns(connection, first=day, last=day)
    columns = QuestionColumns.joined([*known.values(), added]).in_order()
    values = {"layout": LAYOUT, "names": list(columns.names), "packed": zlib.compress(columns.packed())}
    if known:
        connection.execute(update(purged_days).where(purged_days.c.day == day).values(values))
    else:
        connection.execute(insert(purged_days).values(day=day, **values))
