"""Whether the chain holds, and whether the base is what the chain says."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from noa_rag.domain.audit import FIRST_HASH, AuditEntry, audit_hash
from noa_rag.storage.audited_version import VERSION_ADDED, version_detail
from noa_rag.storage.content_text import content_hash
from noa_rag.storage.tables import entries, entry_versions

_AT_ONCE = 500  # contents held in memory together
Said = dict[tuple[str, int], AuditEntry]


def findings(connection: Connection, chain: Iterable[AuditEntry], *, head: str | None = None) -> Iterator[str]:
    """Yield what is wrong, in words, of the chain first, then of the versions; `head` must be in it."""
    said: Said = {}
    hashes: set[str] = set()
    yield from _chain(chain, said, hashes)
    if head is not None and head not in hashes:
        yield f"no entry has the hash {head}: the end of the chain was cut off or written anew"
    yield from _versions(connection, said)


def _chain(chain: Iterable[AuditEntry], said: Said, hashes: set[str]) -> Iterator[str]:
    expected_number, previous_hash = 1, FIRST_HASH
    for entry in chain:
        if entry.number != expected_number:
            yield f"entry {entry.number} follows {expected_number - 1}: those between are missing"
        if entry.previous_hash != previous_hash:
            yield f"entry {entry.number} does not follow from the hash of the entry before"
        if entry.hash != _hash_of(entry):
            yield f"entry {entry.number} was changed: its hash is not that of what it says"
        expected_number, previous_hash = entry.number + 1, entry.hash
        hashes.add(entry.hash)
        version = entry.detail.get("version")
        if entry.action == VERSION_ADDED and isinstance(version, int):
            key = (entry.subject, version)
            if key in said:
                yield f"entry {entry.number} says again what entry {said[key].number} said of {_name(*key)}"
            said[key] = entry


def _versions(connection: Connection, said: Said) -> Iterator[str]:
    newest: dict[str, int] = {}
    order = (entry_versions.c.entry_id, entry_versions.c.version)
    query = select(entry_versions).order_by(*order).execution_options(yield_per=_AT_ONCE)
    for row in connection.execute(query):
        newest[row.entry_id] = row.version
        name = _name(row.entry_id, row.version)
        if content_hash(row.content) != row.content_hash:
            yield f"the text of {name} is not the one that was approved"
        known = said.pop((row.entry_id, row.version), None)
        if known is None:
            yield f"{name} is not in the chain"
        else:
            yield from (f"{name}: {what} is not what entry {known.number} says" for what in _differences(row, known))
    for key, entry in said.items():
        yield f"{_name(*key)} is in the chain, as entry {entry.number}, but not in the base"
    for row in connection.execute(select(entries.c.id, entries.c.current_version).order_by(entries.c.id)):
        if row.current_version != newest.get(row.id):
            yield f"`{row.id}` is served at version {row.current_version}, its newest is {newest.get(row.id)}"


def _differences(row: Row[Any], entry: AuditEntry) -> list[str]:
    kept = {**version_detail(row._asdict()), "approver": row.approver}
    told = {**entry.detail, "approver": entry.actor}
    return [what for what, value in kept.items() if told.get(what) != value]


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


def _name(entry_id: str, version: int) -> str:
    return f"version {version} of `{entry_id}`"
