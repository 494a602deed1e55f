"""Bases of older releases, brought to today's tables."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.storage import database as database_module
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.content_text import content_hash, content_to_text
from noa_rag.storage.database import Database
from noa_rag.storage.entries import EntryStore
from tests.factories import a_new_version, an_entry_content

MIGRATIONS = Path(database_module.__file__).parent / "migrations"


def migrate(url: str, revision: str) -> None:
    """Bring a base to a revision, older or newer."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        going = command.downgrade if revision == "0001" and "entry_versions" in _tables(url) else command.upgrade
        going(config, revision)
        connection.commit()
    engine.dispose()


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        names = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
    engine.dispose()
    return names


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
