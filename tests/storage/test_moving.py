"""A base moved from one engine to the other: everything arrives as it was, or nothing does."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.people import Role
from noa_rag.domain.rephrasing import Rephrasing, RephrasingOutcome
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.copies import TABLES, move_base
from noa_rag.storage.database import Database
from noa_rag.storage.question_log import QuestionStore
from noa_rag.storage.question_tables import questions
from noa_rag.storage.recorded_questions import RecordedQuestions, Wanted
from noa_rag.storage.review_store import SqlReviewStore
from noa_rag.storage.tables import in_utc, people, sessions
from tests.databases import NEEDS_POSTGRESQL, a_base
from tests.factories import a_draft, a_new_version, a_person, a_recorded_question, a_theme, an_agency
from tests.made_up_records import made_up, write

pytestmark = NEEDS_POSTGRESQL
NOW = datetime(2026, 3, 29, 1, 30, 15, 123456, tzinfo=UTC)  # the hour that clocks skip in Paris
COUNT = 700  # more than are copied at once


@pytest.fixture
def target(backend: str, tmp_path: Path) -> Iterator[Database]:
    """An empty base on the other engine."""
    with a_base("sqlite" if backend == "postgresql" else "postgresql", tmp_path / "target") as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture
def source(base_url: str, tmp_path: Path) -> Iterator[Records]:
    """A base on each engine in which nearly every table has rows."""
    with ExitStack() as until_closed:
        records = open_records(Settings(data_dir=tmp_path / "data", database_url=base_url))
        until_closed.callback(records.close)
        records.directory.save([an_agency(regions=("FR-IDF",)), an_agency("urssaf")], [a_theme()])
        records.entries.add_versions([a_new_version(), a_new_version("autre", note="« œ » et ✓")])
        records.entries.add_versions([a_new_version(expected_version=1, answer="Autrement.")])
        entries = [("deposer-une-marque", 2), ("autre", 1)]
        write(records.database, made_up(COUNT, entries=entries, agencies=["inpi"], until=NOW, days=5, seed=3))
        records.questions.record(a_recorded_question("q1", asked_at=NOW))
        records.people.add_all([(a_person("ines", roles=[Role.QA]), "cheval-agrafe-batterie")], actor="tests")
        with records.database.writing() as connection:
            session = {"token_hash": "s" * 64, "person_id": "ines", "started_at": NOW, "seen_at": NOW}
            connection.execute(sessions.insert().values(session))
        with SqlReviewStore(records.database).changing() as change:
            change.add_draft(a_draft())
        yield records


def rows(database: Database) -> dict[str, list[str]]:
    """Return what each table holds, in words that are the same on either engine."""
    with database.reading() as connection:
        return {
            table.name: sorted(
                repr([in_utc(value) if isinstance(value, datetime) else value for value in row])
                for row in connection.execute(select(table))
            )
            for table in TABLES
        }


def is_empty(database: Database) -> bool:
    return {name for name, rows_found in rows(database).items() if rows_found} == {"base"}


def test_every_row_arrives_as_it_was(source: Records, target: Database) -> None:
    before = rows(source.database)

    moved = move_base(source.database, target)

    assert rows(target) == before
    assert {table.name: table.count for table in moved.tables} == {
        name: len(table_rows) for name, table_rows in before.items()
    }
    assert (moved.audit_findings, moved.changed_meanwhile) == ([], [])
    assert AuditStore(target).verify() == []


def test_the_base_goes_on_where_it_was_moved_to(source: Records, target: Database) -> None:
    move_base(source.database, target)

    log = QuestionStore(target)
    log.record(a_recorded_question("q2", asked_at=NOW))
    for question_id in ("q1", "q2"):  # numbered after those that were copied
        log.record_rephrasing(question_id, Rephrasing("m", "p", RephrasingOutcome.SKIPPED, (), "", 0.0, 0.0))
    assert RecordedQuestions(target).count(Wanted(status=AnswerStatus.ANSWERED)) > 1
    assert SqlReviewStore(target).draft(a_draft().id) == a_draft()


def test_a_target_that_holds_anything_is_refused_and_left_alone(source: Records, target: Database) -> None:
    with target.writing() as connection:
        connection.execute(
            people.insert().values(
                id="x", name="X", password_hash="", roles=[], agencies=[], is_active=True, created_at=NOW
            )
        )
    before = rows(target)

    with pytest.raises(StorageUnavailable, match=r"is not empty: `people` has 1 rows"):
        move_base(source.database, target)

    assert rows(target) == before


def test_a_move_that_fails_half_way_leaves_an_empty_target_that_can_be_moved_to_again(
    source: Records, target: Database
) -> None:
    def fail_at_questions(doing: str, done: int, total: int) -> None:
        if doing == "moving questions":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        move_base(source.database, target, fail_at_questions)

    assert is_empty(target)
    move_base(source.database, target)
    assert rows(target) == rows(source.database)


def test_a_row_that_the_target_cannot_hold_is_named(source: Records, target: Database) -> None:
    if target.is_sqlite:
        pytest.skip("SQLite holds whatever PostgreSQL does")
    with source.database.writing() as connection:
        connection.execute(questions.update().where(questions.c.id == "q1").values(text="zéro\x00"))

    with pytest.raises(StorageUnavailable, match=r"A row of `questions` between .* cannot be written.*NUL"):
        move_base(source.database, target)

    assert is_empty(target)


def test_a_row_that_arrives_otherwise_is_found(source: Records, target: Database) -> None:
    if not target.is_sqlite:
        pytest.skip("is shown with a trigger of SQLite's")
    with target.writing() as connection:
        change = "UPDATE agencies SET phone = '0' WHERE id = NEW.id"
        connection.execute(text(f"CREATE TRIGGER meddling AFTER INSERT ON agencies BEGIN {change}; END"))

    with pytest.raises(
        StorageUnavailable, match=r"`agencies` has 2 rows in the source and 2 in the target, or not the"
    ):
        move_base(source.database, target)

    assert is_empty(target)


def test_questions_asked_meanwhile_are_told(source: Records, target: Database) -> None:
    ids: list[Any] = []

    def ask_once(doing: str, done: int, total: int) -> None:
        if not ids:
            ids.append(source.questions.record(a_recorded_question("q3", asked_at=NOW)))

    moved = move_base(source.database, target, ask_once)

    assert "questions" in moved.changed_meanwhile
    assert len(rows(source.database)["questions"]) == len(rows(target)["questions"]) + 1


def test_an_audit_that_does_not_hold_is_told_and_moved_as_it_is(source: Records, target: Database) -> None:
    with source.database.writing() as connection:
        connection.execute(text("UPDATE entries SET current_version = 1"))

    moved = move_base(source.database, target)

    assert moved.audit_findings == ["`deposer-une-marque` is served at version 1, its newest is 2"]
    assert rows(target) == rows(source.database)
