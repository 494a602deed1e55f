"""The audit: a chain of hashes, added to in the transaction of each change, and its verification."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from noa_rag.domain.errors import Value, Worded
from noa_rag.storage.audited_accounts import AccountsSaid
from noa_rag.storage.database import Database
from noa_rag.storage.stored_text import VERSION_ADDED, content_hash, version_detail
from noa_rag.storage.tables import audit, entries, entry_versions, in_utc

Detail = Mapping[str, str | int | None]
_AT_ONCE = 500  # contents held in memory together


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing done. `number` counts from 1; `previous_hash` is the hash of the entry before, SHA-256 in hex."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str | int | None]
    previous_hash: str
    hash: str


Said = dict[tuple[str, int], AuditEntry]
FIRST_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done, on its way into the chain."""

    actor: str
    action: str
    subject: str
    detail: Detail


class AuditStore:
    """Reads the chain; nothing here changes it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(
        self,
        *,
        limit: int = 100,
        before: int | None = None,
        subject: str | None = None,
        actor: str | None = None,
        actions: Iterable[str] = (),
    ) -> list[AuditEntry]:
        """Return the newest entries first; `before` is a number, for the page that follows."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        if actor is not None:
            query = query.where(audit.c.actor == actor)
        if wanted := tuple(actions):
            query = query.where(audit.c.action.in_(wanted))
        return self._read(query)

    def between(self, start: datetime, end: datetime, *, actions: Iterable[str] = ()) -> list[AuditEntry]:
        """Return what was done from `start` on and before `end`, oldest first."""
        query = select(audit).where(audit.c.at >= start.astimezone(UTC), audit.c.at < end.astimezone(UTC))
        if wanted := tuple(actions):
            query = query.where(audit.c.action.in_(wanted))
        return self._read(query.order_by(audit.c.number))

    def head(self) -> AuditEntry | None:
        """Return the newest entry: its hash, noted elsewhere, vouches for everything before it."""
        return next(iter(self.entries(limit=1)), None)

    def verify(self, *, head: str | None = None) -> list[str]:
        """Return what is wrong with the chain, or with the base compared with it, as sentences; empty when all is well.

        `head` is a hash noted elsewhere that must be in the chain. Only this check detects a chain that was rewritten
        from some entry on, or cut off after the last version, since the hashes have no key.
        """
        with self._database.reading() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.number))
            problems: list[str] = []
            try:
                for finding in findings(connection, (audit_entry(row) for row in rows), head=head):
                    problems.append(finding)
            except (ValueError, TypeError, AttributeError) as error:
                problems.append(
                    Worded(
                        "what follows was not looked at, because of something that cannot be read: {error}",
                        error=str(error),
                    )
                )
            return problems

    def _read(self, query: Select[Any]) -> list[AuditEntry]:
        with self._database.reading() as connection:
            return [audit_entry(row) for row in connection.execute(query)]


def write_audit(connection: Connection, *, actor: str, action: str, subject: str, detail: Detail, at: datetime) -> int:
    """Add one entry to the chain within the caller's transaction, and return its number."""
    return write_audits(connection, [Deed(actor, action, subject, detail)], at=at)


def write_audits(connection: Connection, deeds: Iterable[Deed], *, at: datetime) -> int:
    """Add entries to the chain and return the newest number.

    The caller's transaction is one of `Database.writing`, which lets one writer of the workspace in at a time.
    """
    head = connection.execute(select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)).first()
    number, previous_hash = (head.number, head.hash) if head else (0, FIRST_HASH)
    at = at.astimezone(UTC)
    rows: list[dict[str, Any]] = []
    for deed in deeds:
        number += 1
        row: dict[str, Any] = {
            "number": number,
            "at": at,
            "actor": deed.actor,
            "action": deed.action,
            "subject": deed.subject,
            "detail": dict(deed.detail),
            "previous_hash": previous_hash,
        }
        previous_hash = audit_hash(**row)
        rows.append({**row, "hash": previous_hash})
    if rows:
        connection.execute(insert(audit), rows)
    return number


def audit_entry(row: Row[Any]) -> AuditEntry:
    """Return the audit entry of a stored row, without verifying its hash."""
    return AuditEntry(
        number=row.number,
        at=in_utc(row.at),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        previous_hash=row.previous_hash,
        hash=row.hash,
    )


def findings(connection: Connection, chain: Iterable[AuditEntry], *, head: str | None = None) -> Iterator[Worded]:
    """Yield what is wrong with the chain, then with versions and accounts, in words; the chain must contain `head`."""
    said: Said = {}
    hashes: set[str] = set()
    accounts = AccountsSaid()
    yield from _chain(_overheard(chain, accounts), said, hashes)
    if head is not None and head not in hashes:
        yield Worded("no entry has the hash {hash}: the end of the chain was cut off or written anew", hash=head)
    yield from _versions(connection, said)
    yield from accounts.findings(connection)


def _overheard(chain: Iterable[AuditEntry], accounts: AccountsSaid) -> Iterator[AuditEntry]:
    for entry in chain:
        accounts.hear(
            number=entry.number, actor=entry.actor, action=entry.action, subject=entry.subject, detail=entry.detail
        )
        yield entry


def _chain(chain: Iterable[AuditEntry], said: Said, hashes: set[str]) -> Iterator[Worded]:
    expected_number, previous_hash = 1, FIRST_HASH
    for entry in chain:
        if entry.number != expected_number:
            yield Worded(
                "entry {number} follows {before}: those between are missing",
                number=entry.number,
                before=expected_number - 1,
            )
        if entry.previous_hash != previous_hash:
            yield Worded("entry {number} does not follow from the hash of the entry before", number=entry.number)
        if entry.hash != _hash_of(entry):
            yield Worded("entry {number} was changed: its hash is not that of what it says", number=entry.number)
        expected_number, previous_hash = entry.number + 1, entry.hash
        hashes.add(entry.hash)
        version = entry.detail.get("version")
        if entry.action == VERSION_ADDED and isinstance(version, int):
            key = (entry.subject, version)
            if key in said:
                yield Worded(
                    "entry {number} says again what entry {earlier} said of version {version} of `{entry}`",
                    number=entry.number,
                    earlier=said[key].number,
                    **_name(*key),
                )
            said[key] = entry


def _versions(connection: Connection, said: Said) -> Iterator[Worded]:
    newest: dict[str, int] = {}
    order = (entry_versions.c.entry_id, entry_versions.c.version)
    query = select(entry_versions).order_by(*order).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(query):
        newest[row.entry_id] = row.version
        name = _name(row.entry_id, row.version)
        if content_hash(row.content) != row.content_hash:
            yield Worded("the text of version {version} of `{entry}` is not the one that was approved", **name)
        known = said.pop((row.entry_id, row.version), None)
        if known is None:
            yield Worded("version {version} of `{entry}` is not in the chain", **name)
        else:
            for what in _differences(row, known):
                yield Worded(
                    "version {version} of `{entry}`: {what} is not what entry {number} says",
                    **name,
                    what=what,
                    number=known.number,
                )
    for key, entry in said.items():
        yield Worded(
            "version {version} of `{entry}` is in the chain, as entry {number}, but not in the base",
            **_name(*key),
            number=entry.number,
        )
    for row in connection.execute(select(entries.c.id, entries.c.current_version).order_by(entries.c.id)):
        if row.current_version != newest.get(row.id):
            yield Worded(
                "`{entry}` is served at version {served}, its newest is {newest}",
                entry=row.id,
                served=row.current_version,
                newest=newest.get(row.id, 0),
            )


def _differences(row: Row[Any], entry: AuditEntry) -> list[str]:
    stored = {**version_detail(row._asdict()), "approver": row.approver}
    recorded = {**entry.detail, "approver": entry.actor}
    return [what for what, value in stored.items() if recorded.get(what) != value]


def _hash_of(entry: AuditEntry) -> str:
    return audit_hash(
        number=entry.number,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        detail=entry.detail,
        previous_hash=entry.previous_hash,
    )


def _name(entry_id: str, version: int) -> dict[str, Value]:
    return {"entry": entry_id, "version": version}


def audit_hash(
    *,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, str | int | None],
    previous_hash: str,
) -> str:
    """Return the SHA-256 of an entry and of the hash before it; `at` is in UTC, and counts to the microsecond."""
    parts = [number, at.isoformat(timespec="microseconds"), actor, action, subject, dict(detail), previous_hash]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
