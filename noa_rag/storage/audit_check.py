"""Whether the chain holds, and whether the base is what the chain says."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from noa_rag.domain.audit import FIRST_HASH, AuditEntry, audit_hash
from noa_rag.domain.worded import Value, Worded
from noa_rag.storage.stored_text import VERSION_ADDED, content_hash, version_detail
from noa_rag.storage.tables import entries, entry_versions

_AT_ONCE = 500  # contents held in memory together
Said = dict[tuple[str, int], AuditEntry]


def findings(connection: Connection, chain: Iterable[AuditEntry], *, head: str | None = None) -> Iterator[Worded]:
    """Yield what is wrong, in words, of the chain first, then of the versions; `head` must be in it."""
    said: Said = {}
    hashes: set[str] = set()
    yield from _chain(chain, said, hashes)
    if head is not None and head not in hashes:
        yield Worded("no entry has the hash {hash}: the end of the chain was cut off or written anew", hash=head)
    yield from _versions(connection, said)


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


def _name(entry_id: str, version: int) -> dict[str, Value]:
    return {"entry": entry_id, "version": version}
