"""Days kept in columns for the follow-up: what is kept, and what empties it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from noa_rag.domain.figures import EVERYTHING, Span
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.figures import FigureStore
from noa_rag.storage.question_columns import LAYOUT, QuestionDays, keep_days
from noa_rag.storage.question_tables import answer_marks, feedback, group_members, question_days, questions, rephrasings
from tests.factories import a_new_version
from tests.made_up_records import MadeUpRecords, made_up, write

UNTIL = datetime(2026, 3, 10, tzinfo=UTC)
SPAN = Span(UNTIL - timedelta(days=4), UNTIL)
DAYS = ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09"]
SECOND_DAY = datetime(2026, 3, 7, tzinfo=UTC)


@pytest.fixture
def database(database: Database) -> Database:
    """A base with an entry."""
    EntryStore(database).add_versions([a_new_version()])
    return database


@pytest.fixture
def asked(database: Database) -> MadeUpRecords:
    """400 questions of four days."""
    made = made_up(
        400, entries=[("deposer-une-marque", 1)], agencies=["inpi"], until=UNTIL - timedelta(seconds=1), days=4, seed=5
    )
    write(database, made)
    return made


def kept(database: Database) -> list[str]:
    with database.reading() as connection:
        query = select(question_days.c.day).where(question_days.c.packed.is_not(None))
        return [*connection.execute(query.order_by(question_days.c.day)).scalars()]


def look(database: Database) -> int:
    with FigureStore(database).counting() as counts:
        return counts.asked(SPAN, EVERYTHING).total().asked


def of_second_day(connection: Connection, condition: object) -> str:
    query = select(questions.c.id).where(
        questions.c.asked_at >= SECOND_DAY,
        questions.c.asked_at < SECOND_DAY + timedelta(days=1),
        condition,  # type: ignore[arg-type]
    )
    return str(connection.execute(query.limit(1)).scalar_one())


def test_a_day_that_is_over_is_kept_by_whoever_looks_first(database: Database, asked: MadeUpRecords) -> None:
    assert kept(database) == []

    assert look(database) == 400

    assert kept(database) == DAYS
    assert look(database) == 400


def test_the_day_that_is_running_is_not_kept(database: Database, asked: MadeUpRecords) -> None:
    with database.reading() as connection:
        days = QuestionDays(connection)
        days.during(SPAN)
    keep_days(database, days.read.values(), today=date(2026, 3, 9))

    assert kept(database) == DAYS[:3]


def _has_no(table: object) -> object:
    return ~select(table).where(table.c.question_id == questions.c.id).exists()  # type: ignore[call-overload,attr-defined]


def _a_verdict(connection: Connection) -> None:
    values = {"is_useful": True, "reason": None, "comment": "", "given_at": UNTIL}
    connection.execute(insert(feedback).values(question_id=of_second_day(connection, _has_no(feedback)), **values))


def _another_verdict(connection: Connection) -> None:
    judged = of_second_day(connection, questions.c.id.in_(select(feedback.c.question_id)))
    connection.execute(update(feedback).where(feedback.c.question_id == judged).values(is_useful=False))


def _no_verdict(connection: Connection) -> None:
    judged = of_second_day(connection, questions.c.id.in_(select(feedback.c.question_id)))
    connection.execute(delete(feedback).where(feedback.c.question_id == judged))


def _a_group(connection: Connection) -> None:
    member = of_second_day(connection, _has_no(group_members))
    group_id = connection.execute(select(group_members.c.group_id)).scalar()
    connection.execute(insert(group_members).values(question_id=member, group_id=group_id, kind="abstained"))


def _a_rephrasing(connection: Connection) -> None:
    values = {"at": UNTIL, "model": "", "prompt": "", "outcome": "shown", "reason": "", "sentences": []}
    values |= {"generation_seconds": 0.1, "verification_seconds": 0.1}
    question_id = of_second_day(connection, questions.c.id.is_not(None))
    connection.execute(insert(rephrasings).values(question_id=question_id, **values))


def _a_purge(connection: Connection) -> None:
    gone = of_second_day(connection, questions.c.id.is_not(None))
    for table in (feedback, group_members, answer_marks, rephrasings):
        connection.execute(delete(table).where(table.c.question_id == gone))
    connection.execute(delete(questions).where(questions.c.id == gone))


def _a_correction(connection: Connection) -> None:
    figures_of_day = of_second_day(connection, questions.c.id.is_not(None))
    connection.execute(update(questions).where(questions.c.id == figures_of_day).values(region="FR-BRE"))


@pytest.mark.parametrize(
    "change", [_a_verdict, _another_verdict, _no_verdict, _a_group, _a_rephrasing, _a_purge, _a_correction]
)
def test_a_change_empties_its_day_alone(
    database: Database, asked: MadeUpRecords, change: Callable[[Connection], None]
) -> None:
    look(database)

    with database.writing() as connection:
        change(connection)

    assert kept(database) == [DAYS[0], *DAYS[2:]]


def test_a_question_moved_to_another_day_empties_both(database: Database, asked: MadeUpRecords) -> None:
    look(database)

    with database.writing() as connection:
        figures_of_day = of_second_day(connection, questions.c.id.is_not(None))
        later = (
            update(questions)
            .where(questions.c.id == figures_of_day)
            .values(asked_at=SECOND_DAY + timedelta(days=2, hours=1))
        )
        connection.execute(later)

    assert kept(database) == [DAYS[0], DAYS[2]]


def test_what_changed_since_it_was_read_is_not_kept(database: Database, asked: MadeUpRecords) -> None:
    with database.reading() as connection:
        days = QuestionDays(connection)
        days.during(SPAN)
    with database.writing() as connection:
        _a_verdict(connection)

    keep_days(database, days.read.values(), today=UNTIL.date())

    assert kept(database) == [DAYS[0], *DAYS[2:]]


def test_a_change_that_is_under_way_while_somebody_reads_is_not_missed(
    database: Database, asked: MadeUpRecords
) -> None:
    def judged() -> int:
        with FigureStore(database).counting() as counts:
            return counts.asked(SPAN, EVERYTHING).total().judged

    reader = Thread(target=judged)
    with database.writing() as connection:
        _a_verdict(connection)
        reader.start()
        reader.join(timeout=1)  # it has read by now, and waits to keep what it read
    reader.join()

    assert judged() == len(asked.feedback) + 1


def test_columns_of_another_layout_are_read_from_the_records_and_kept_anew(
    database: Database, asked: MadeUpRecords
) -> None:
    look(database)
    with database.writing() as connection:
        connection.execute(update(question_days).values(layout=LAYOUT + 1, packed=b"unreadable"))

    assert look(database) == 400

    with database.reading() as connection:
        assert {*connection.execute(select(question_days.c.layout)).scalars()} == {LAYOUT}
