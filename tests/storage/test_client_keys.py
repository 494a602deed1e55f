"""Keys of the API's clients: their words are not kept, and what they did is counted by day."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.integrations import KeyId, KeyUse, UnknownKey, key_in
from noa_rag.service.limits import ClientKeys
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.integrations import ClientKeyStore
from noa_rag.storage.tables import audit, client_keys

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = date(2026, 11, 28)


@pytest.fixture
def keys(database: Database) -> ClientKeyStore:
    return ClientKeyStore(database, now=lambda: NOW)


def test_a_key_is_shown_once_and_its_words_are_nowhere(database: Database, keys: ClientKeyStore) -> None:
    key, token = keys.create(" Portail des PME ", per_minute=600, actor="adele")

    assert key_in(f"Bearer {token}") == token
    assert (key.name, key.per_minute, key.is_active) == ("Portail des PME", 600, True)
    assert keys.all() == [key]
    with database.reading() as connection:
        rows = repr(connection.execute(select(client_keys)).all()) + repr(connection.execute(select(audit)).all())
    assert token not in rows
    assert token.removeprefix("noa_") not in rows


def test_giving_and_revoking_is_audited_and_a_revoked_key_opens_nothing(
    database: Database, keys: ClientKeyStore
) -> None:
    key, token = keys.create("Portail", per_minute=60, actor="adele")
    known = ClientKeys(keys)
    assert known.find(token) == key

    revoked = keys.revoke(key.id, actor="basile")
    keys.revoke(key.id, actor="basile")
    known.refresh()

    with pytest.raises(UnknownKey):
        known.find(token)
    assert revoked.id == key.id
    assert [client_key.revoked_at for client_key in keys.all()] == [NOW]
    with database.reading() as connection:
        rows = connection.execute(select(audit.c.action, audit.c.actor, audit.c.subject).order_by(audit.c.number))
        assert [tuple(row) for row in rows] == [
            ("client_key_created", "adele", key.id),
            ("client_key_revoked", "basile", key.id),
        ]
    assert AuditStore(database).verify() == []


@pytest.mark.parametrize(("name", "per_minute"), [(" ", 60), ("x" * 121, 60), ("a\nb", 60), ("a", 0), ("a", 100_001)])
def test_what_cannot_be_a_key_is_refused(keys: ClientKeyStore, name: str, per_minute: int) -> None:
    with pytest.raises(InvalidRequest):
        keys.create(name, per_minute=per_minute, actor="adele")
    assert keys.all() == []


def test_a_key_that_nobody_has_cannot_be_revoked(keys: ClientKeyStore) -> None:
    with pytest.raises(NotFound, match="noa keys list"):
        keys.revoke(KeyId("nobody"), actor="adele")


def test_questions_are_counted_by_day_over_all_workers(keys: ClientKeyStore) -> None:
    key, _ = keys.create("Portail", per_minute=60, actor="adele")
    other, _ = keys.create("Autre", per_minute=60, actor="adele")
    workers = [ClientKeys(keys, today=lambda: DAY) for _ in "12"]

    for worker in workers:
        for _ in range(3):
            worker.count(key.id, is_refused=False)
        worker.count(key.id, is_refused=True)
        worker.refresh()
        worker.refresh()  # nothing is counted twice
    ClientKeys(keys, today=lambda: date(2026, 11, 29)).refresh()

    assert keys.uses(first=DAY, last=DAY) == {key.id: KeyUse(6, 2)}
    assert other.id not in keys.uses(first=DAY, last=DAY)
    assert keys.uses(first=date(2026, 11, 29), last=date(2026, 11, 29)) == {}


def test_what_could_not_be_written_is_written_later(keys: ClientKeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = keys.create("Portail", per_minute=60, actor="adele")
    known = ClientKeys(keys, today=lambda: DAY)
    known.count(key.id, is_refused=False)

    def fail(_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(keys, "add_uses", fail)
        with pytest.raises(OSError, match="full"):
            known.refresh()
    known.refresh()

    assert keys.uses(first=DAY, last=DAY) == {key.id: KeyUse(1, 0)}
