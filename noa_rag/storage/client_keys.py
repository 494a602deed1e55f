"""Keys of the API's clients: their hashes, and how often each day they were used; giving and revoking is audited."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from noa_rag.domain.characters import INVISIBLE, LINE_END
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.integrations import PER_MINUTE_LIMIT, PREFIX, ClientKey, KeyId, KeyUse, hash_of
from noa_rag.storage.audit import Detail, take_turn, write_audit
from noa_rag.storage.database import Database
from noa_rag.storage.tables import client_key_days, client_keys, in_utc

NAME_LIMIT = 120
TOKEN_BYTES = 32
Uses = Mapping[tuple[KeyId, date], KeyUse]


class ClientKeyStore:
    """Gives, lists and revokes keys; `actor` is who does so. Keys are never deleted: the audit names them."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def create(self, name: str, *, per_minute: int, actor: str) -> tuple[ClientKey, str]:
        """Keep a new key and return it with its words, which are not kept. Raises InvalidRequest naming the field."""
        name = name.strip()
        if not name or len(name) > NAME_LIMIT or INVISIBLE.search(name) or LINE_END.search(name):
            raise InvalidRequest(f"A name is one line of 1 to {NAME_LIMIT} characters.", field="name")
        if not 1 <= per_minute <= PER_MINUTE_LIMIT:
            raise InvalidRequest(f"A key may ask 1 to {PER_MINUTE_LIMIT} questions a minute.", field="per_minute")
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        key = ClientKey(KeyId(secrets.token_hex(4)), name, per_minute, self._now())
        with self._database.writing() as connection:
            take_turn(connection)
            row = {"id": key.id, "name": name, "per_minute": per_minute, "created_at": key.created_at}
            connection.execute(insert(client_keys).values(**row, key_hash=hash_of(token)))
            detail: Detail = {"name": name, "per_minute": per_minute}
            write_audit(
                connection, actor=actor, action="client_key_created", subject=key.id, detail=detail, at=self._now()
            )
        return key, token

    def revoke(self, key_id: KeyId, *, actor: str) -> ClientKey:
        """Let a key open nothing any more, and return it. Raises NotFound; does nothing to a revoked one."""
        with self._database.writing() as connection:
            take_turn(connection)
            row = connection.execute(select(client_keys).where(client_keys.c.id == key_id)).first()
            if row is None:
                raise NotFound(f"No key has the id `{key_id}`; `noa keys list` shows them.")
            if row.revoked_at is None:
                connection.execute(update(client_keys).where(client_keys.c.id == key_id).values(revoked_at=self._now()))
                detail = {"name": row.name}
                write_audit(
                    connection, actor=actor, action="client_key_revoked", subject=key_id, detail=detail, at=self._now()
                )
        return _key(row)

    def all(self) -> list[ClientKey]:
        """Return every key by name, revoked ones included."""
        with self._database.reading() as connection:
            query = select(client_keys).order_by(client_keys.c.name, client_keys.c.created_at)
            return [_key(row) for row in connection.execute(query)]

    def active(self) -> Mapping[str, ClientKey]:
        """Return the keys that open something, by their hashes."""
        with self._database.reading() as connection:
            found = connection.execute(select(client_keys).where(client_keys.c.revoked_at.is_(None)))
            return {row.key_hash: _key(row) for row in found}

    def add_uses(self, uses: Uses) -> None:
        """Add to what each key did on a day in Paris."""
        days = client_key_days
        with self._database.writing() as connection:
            take_turn(connection)
            for (key_id, day), use in uses.items():
                values = {"let_through": use.let_through, "refused": use.refused}
                added = update(days).where(days.c.key_id == key_id, days.c.day == day.isoformat())
                added = added.values({name: days.c[name] + count for name, count in values.items()})
                if not connection.execute(added).rowcount:
                    connection.execute(insert(days).values(key_id=key_id, day=day.isoformat(), **values))

    def uses(self, *, first: date, last: date) -> Mapping[KeyId, KeyUse]:
        """Return what each key did from one day to another, both included; keys that did nothing are left out."""
        days = client_key_days
        query = select(days.c.key_id, func.sum(days.c.let_through), func.sum(days.c.refused))
        query = query.where(days.c.day.between(first.isoformat(), last.isoformat())).group_by(days.c.key_id)
        with self._database.reading() as connection:
            return {KeyId(key_id): KeyUse(int(n), int(m)) for key_id, n, m in connection.execute(query)}


def _key(row: Row[Any]) -> ClientKey:
    revoked_at = in_utc(row.revoked_at) if row.revoked_at else None
    return ClientKey(KeyId(row.id), row.name, row.per_minute, in_utc(row.created_at), revoked_at)
