"""Bases of older releases, brought to today's tables."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from noa_rag.domain.entry import Source
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.domain.people import PersonId
from noa_rag.domain.sign_in import Delay
from noa_rag.storage import database as database_module
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.directory import FactStore, write_facts
from noa_rag.storage.entries import EntryStore
from noa_rag.storage.sign_in import SignInAttempts
from noa_rag.storage.stored_text import content_hash, content_to_text
from noa_rag.storage.tables import metadata, people
from tests.databases import empty_database
from tests.factories import a_new_version, an_entry_content

MIGRATIONS = Path(database_module.__file__).parent / "migrations"
REVISIONS = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("0*.py"))
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def migrate(url: str, revision: str) -> None:
    """Bring a base to a revision, older or newer; "-1" takes the newest migration back."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        now = MigrationContext.configure(connection).get_current_revision() or ""
        (command.downgrade if revision < now else command.upgrade)(config, revision)
        connection.commit()
    engine.dispose()


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def differences(url: str) -> list[object]:
    """Return in what the tables of a base differ from those of the code."""
    database = Database(url)
    with database.reading() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    database.close()
    return found


@pytest.fixture
def url(backend: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    with empty_database(backend, tmp_path) as address:
        yield address


def test_migrations_from_nothing_lead_to_the_tables_of_the_code(url: str) -> None:
    assert differences(url) == []


def test_every_migration_can_be_taken_back_and_made_again(url: str) -> None:
    Database(url).close()
    tables = _tables(url)

    for _ in REVISIONS[1:]:
        migrate(url, "-1")
    assert len(_tables(url)) < len(tables)
    for revision in REVISIONS[1:]:
        migrate(url, revision)

    assert _tables(url) == tables
    assert differences(url) == []


def test_people_go_on_signing_in_after_failures_are_counted_otherwise(url: str) -> None:
    migrate(url, "0010")
    engine = create_engine(url)
    with engine.begin() as connection:
        person = {"id": "ines", "name": "Inès", "password_hash": "x", "roles": [], "agencies": [], "is_active": True}
        connection.execute(people.insert().values(**person, created_at=NOW))
        old = "INSERT INTO failed_sign_ins (id, key, at) VALUES (:id, 'person ines', :at)"
        connection.execute(text(old), [{"id": number, "at": NOW} for number in range(1, 6)])
    engine.dispose()

    database = Database(url)
    attempts, delays = SignInAttempts(database), {"person ines": Delay(free_count=1, longest_seconds=60)}

    waits = [attempts.count(delays, at=NOW) for _ in range(3)]
    attempts.know(PersonId("ines"), ["device"], at=NOW, since=NOW)
    known = attempts.known(PersonId("ines"), ["device", "other"], since=NOW)
    database.close()
    assert (waits, known) == ([0, 1, 1], {"device"})


def test_a_base_without_facts_takes_the_first_ones(url: str) -> None:
    migrate(url, "0011")
    database = Database(url)
    source = Source("Le Smic", "https://www.service-public.fr/particuliers/vosdroits/F2300")
    fact = Fact(FactId("smic_horaire"), "Smic horaire", "€", (DatedValue("12,31", source),))

    with database.writing() as connection:
        assert write_facts(connection, [fact], author="import") == [fact]
        assert write_facts(connection, [fact], author="import") == []

    store = FactStore(database)
    assert (dict(store.book().facts), store.authors()) == ({fact.id: fact}, {fact.id: "import"})
    database.close()


@pytest.fixture
def first_release(tmp_path: Path) -> str:
    """A base of the first release with two versions of an entry, approved before there was an audit."""
    url = f"sqlite:///{tmp_path / 'noa.db'}"
    migrate(url, "0001")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO agencies VALUES ('inpi', 'INPI', 'INPI', 'https://inpi.fr', NULL, NULL, '')")
        )
        connection.execute(text("INSERT INTO entries VALUES ('deposer-une-marque', 'inpi', 2, 3)"))
        for version, answer in ((1, "Avant."), (2, "Après.")):
            content = content_to_text(an_entry_content(answer=answer))
            connection.execute(
                text(
                    "INSERT INTO entry_versions VALUES (:id, :version, 'approved', :content, :hash, 'a', 'b', :at, '')"
                ),
                {
                    "id": "deposer-une-marque",
                    "version": version,
                    "content": content,
                    "hash": content_hash(content),
                    "at": f"2026-10-0{version} 09:30:00.000000",
                },
            )
    engine.dispose()
    return url


def test_versions_from_before_the_audit_begin_its_chain(first_release: str) -> None:
    database = Database(first_release)

    second, first = AuditStore(database).entries()
    assert AuditStore(database).verify() == []
    assert (first.number, first.subject, first.actor, first.detail["version"]) == (1, "deposer-une-marque", "b", 1)
    assert first.detail["backfilled"] == second.detail["backfilled"] == 1
    assert second.detail["approved_at"] == "2026-10-02T09:30:00.000000+00:00"
    database.close()


def test_a_base_that_was_brought_up_goes_on_growing_and_is_guarded(first_release: str) -> None:
    database = Database(first_release)

    EntryStore(database).add_versions([a_new_version(expected_version=2, answer="Encore après.")])

    assert [one.number for one in AuditStore(database).entries()] == [3, 2, 1]
    assert AuditStore(database).verify() == []
    with pytest.raises(StorageUnavailable, match="only ever added"), database.writing() as connection:
        connection.execute(text("UPDATE entry_versions SET note = 'x'"))
    database.close()


def test_a_base_can_go_back_to_the_first_release_and_up_again(first_release: str) -> None:
    Database(first_release).close()

    migrate(first_release, "0001")
    assert "audit" not in _tables(first_release)
    again = Database(first_release)

    assert len(AuditStore(again).entries()) == 2
    assert AuditStore(again).verify() == []
    again.close()
