"""The audit: its chain, that it is only added to, and every way of changing it by hand that is found."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from noa_rag.domain.errors import StorageUnavailable, VersionConflict
from noa_rag.storage.audit import FIRST_HASH, AuditStore, audit_hash, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from tests.databases import unguard
from tests.factories import APPROVED_AT, a_new_version

MOMENT = datetime(2026, 11, 24, 10, 15, 30, 123456, tzinfo=UTC)
REPLACING = "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"  # SQLite's
TRUNCATING = "TRUNCATE {0} CASCADE"  # PostgreSQL's


@pytest.fixture
def audit(database: Database) -> AuditStore:
    return AuditStore(database)


@pytest.fixture
def filled(database: Database, store: EntryStore) -> Database:
    """Four entries: two versions of one entry, one of another, and a rule that was set."""
    store.add_versions([a_new_version(), a_new_version("autre")])
    store.add_versions([a_new_version(expected_version=1, answer="Autrement.")])
    note(database, "rule_set")
    return database


def note(
    database: Database, action: str, *, at: datetime = MOMENT, detail: dict[str, str | int | None] | None = None
) -> None:
    with database.writing() as connection:
        write_audit(connection, actor="ada", action=action, subject="inpi", detail=detail or {}, at=at)


def by_hand(database: Database, *statements: str) -> None:
    """Change what triggers guard, as somebody with the file in her hands would."""
    with database.writing() as connection:
        unguard(connection)
        for statement in statements:
            connection.execute(text(statement))


def test_each_entry_follows_from_the_hash_of_the_one_before(database: Database, audit: AuditStore) -> None:
    note(database, "rule_set", detail={"needs_two_people": 1, "why": None})
    note(database, "rule_set", at=MOMENT.astimezone(ZoneInfo("Asia/Tokyo")))

    second, first = audit.entries()
    assert (first.number, first.previous_hash, first.at) == (1, FIRST_HASH, MOMENT)
    assert first.hash == audit_hash(
        number=1,
        at=MOMENT,
        actor="ada",
        action="rule_set",
        subject="inpi",
        detail={"needs_two_people": 1, "why": None},
        previous_hash=FIRST_HASH,
    )
    assert (second.number, second.previous_hash, second.at) == (2, first.hash, MOMENT)
    assert audit.head() == second
    assert audit.verify() == []


def test_every_version_has_its_entry_in_the_same_transaction(filled: Database, audit: AuditStore) -> None:
    with pytest.raises(VersionConflict):
        EntryStore(filled).add_versions([a_new_version("neuve"), a_new_version(expected_version=7)])

    added = audit.entries(actions=["version_added"])
    assert [(entry.subject, entry.detail["version"]) for entry in added] == [
        ("deposer-une-marque", 2),
        ("autre", 1),
        ("deposer-une-marque", 1),
    ]
    assert added[0].actor == "dominique"
    assert added[0].detail["author"] == "camille"
    assert added[0].detail["approved_at"] == APPROVED_AT.isoformat(timespec="microseconds")


def test_entries_are_found_by_subject_actor_action_page_and_time(filled: Database, audit: AuditStore) -> None:
    assert [entry.number for entry in audit.entries(limit=2)] == [4, 3]
    assert [entry.number for entry in audit.entries(limit=2, before=3)] == [2, 1]
    assert [entry.number for entry in audit.entries(subject="autre")] == [2]
    assert [entry.number for entry in audit.entries(actor="ada")] == [4]
    assert [entry.number for entry in audit.between(MOMENT, MOMENT.replace(hour=11), actions=["rule_set"])] == [4]
    assert audit.between(MOMENT.replace(hour=9), MOMENT, actions=["rule_set"]) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "another way of audit",
        "UPDATE entry_versions SET content = 'x'",
        "DELETE FROM entry_versions",
        "another way of entry_versions",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_written(
    filled: Database, audit: AuditStore, statement: str
) -> None:
    if statement.startswith("another way of "):
        way = REPLACING if filled.is_sqlite else TRUNCATING
        statement = way.format(statement.removeprefix("another way of "))

    with pytest.raises(StorageUnavailable, match="are only ever added"), filled.writing() as connection:
        connection.execute(text(statement))

    assert audit.verify() == []


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit SET actor = 'x' WHERE number = 4", "entry 4 was changed"),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE number = 1", "entry 1 was changed"),
        ("UPDATE audit SET detail = '{\"needs\": 1}' WHERE number = 4", "entry 4 was changed"),
        ("UPDATE audit SET hash = 'x' WHERE number = 2", "entry 3 does not follow from the hash of the entry before"),
        ("DELETE FROM audit WHERE number = 2", "entry 3 follows 1: those between are missing"),
        ("DELETE FROM audit WHERE number = 1", "entry 2 follows 0: those between are missing"),
        ("DELETE FROM audit WHERE number > 2", "version 2 of `deposer-une-marque` is not in the chain"),
        ("DELETE FROM audit", "version 1 of `autre` is not in the chain"),
        pytest.param(
            "UPDATE audit SET detail = 'not json' WHERE number = 1",
            "something that cannot be read",
            marks=pytest.mark.sqlite,  # PostgreSQL refuses to keep it
        ),
        ("UPDATE audit SET detail = '[]' WHERE number = 1", "entry 1 was changed"),
        (
            "UPDATE entry_versions SET content = replace(content, 'Autrement.', 'Gratuit.') WHERE version = 2",
            "the text of version 2 of `deposer-une-marque` is not the one that was approved",
        ),
        ("UPDATE entry_versions SET content_hash = 'x' WHERE entry_id = 'autre'", "version 1 of `autre`: content_hash"),
        ("UPDATE entry_versions SET status = 'withdrawn' WHERE entry_id = 'autre'", "version 1 of `autre`: status"),
        ("UPDATE entry_versions SET approver = 'x' WHERE entry_id = 'autre'", "version 1 of `autre`: approver"),
        ("UPDATE entry_versions SET author = 'x' WHERE entry_id = 'autre'", "version 1 of `autre`: author"),
        ("UPDATE entry_versions SET note = 'x' WHERE entry_id = 'autre'", "version 1 of `autre`: note"),
        ("UPDATE entry_versions SET editors = 'x' WHERE entry_id = 'autre'", "version 1 of `autre`: editors"),
        (
            "UPDATE entry_versions SET approved_at = '2020-01-01 00:00:00.000000' WHERE entry_id = 'autre'",
            "version 1 of `autre`: approved_at is not what entry 2 says",
        ),
        (
            "INSERT INTO entry_versions (entry_id, version, status, content, content_hash, author, approver,"
            " approved_at, note) SELECT 'autre', 2, status, content, content_hash, author, approver, approved_at, note"
            " FROM entry_versions WHERE entry_id = 'autre'",
            "version 2 of `autre` is not in the chain",
        ),
        ("DELETE FROM entry_versions WHERE version = 2", "is in the chain, as entry 3, but not in the base"),
        (
            "UPDATE entries SET current_version = 1",
            "`deposer-une-marque` is served at version 1, its newest is 2",
        ),
    ],
)
def test_what_was_changed_by_hand_is_found(filled: Database, audit: AuditStore, statement: str, finding: str) -> None:
    by_hand(filled, statement)

    problems = audit.verify()

    assert any(finding in problem for problem in problems), problems


def test_an_end_that_was_cut_off_is_found_by_the_head_that_was_noted(filled: Database, audit: AuditStore) -> None:
    noted = audit.head()
    assert noted is not None
    by_hand(filled, "DELETE FROM audit WHERE number = 4")  # no version: nothing else knows of it

    assert audit.verify() == []
    assert audit.verify(head=noted.hash) == [
        f"no entry has the hash {noted.hash}: the end of the chain was cut off or written anew"
    ]


def test_an_older_head_is_still_in_a_chain_that_grew(filled: Database, audit: AuditStore) -> None:
    noted = audit.head()
    assert noted is not None
    note(filled, "rule_set")

    assert audit.verify(head=noted.hash) == []


def test_many_who_write_at_once_make_one_chain(database: Database, audit: AuditStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: note(database, f"deed-{number}"), range(60)))

    assert [entry.number for entry in audit.entries(limit=1)] == [60]
    assert audit.verify() == []


@pytest.mark.sqlite
def test_a_backup_carries_the_chain_and_its_guards(filled: Database, tmp_path: Path) -> None:
    with sqlite3.connect(str(filled.url.database)) as source, sqlite3.connect(tmp_path / "copy.db") as target:
        source.backup(target)
    source.close()
    target.close()

    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    assert AuditStore(copy).verify() == []
    note(copy, "rule_set")
    assert AuditStore(copy).verify() == []
    with pytest.raises(StorageUnavailable, match="only ever added"), copy.writing() as connection:
        connection.execute(text("DELETE FROM audit"))
    copy.close()
