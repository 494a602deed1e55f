"""Entries in the database: immutable versions, those in force on a day, and the histories that may be news."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, true, tuple_, update

from noa_rag.domain.days import end_of
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.domain.ports import Versions
from noa_rag.domain.timeline import IMPORTED_BY, VersionState, in_force, standing
from noa_rag.storage.audit import Deed, write_audits
from noa_rag.storage.database import Database, chunks
from noa_rag.storage.stored_text import VERSION_ADDED, content_from_text, content_hash, content_to_text, version_detail
from noa_rag.storage.tables import base, entries, entry_versions, in_utc

ROWS_AT_ONCE = 500  # of versions, each with its whole content


class EntryStore:
    """Reads and adds entry versions; nothing here changes or deletes one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> int:
        with self._database.reading() as connection:
            return _revision(connection)

    def current(self, ids: Collection[EntryId]) -> dict[EntryId, EntryVersion]:
        newest = entry_versions.c.version == entries.c.current_version
        with self._database.reading() as connection:
            return {
                EntryId(row.entry_id): version_of_row(row)
                for chunk in chunks(ids)
                for row in connection.execute(
                    select(entry_versions).join(entries).where(newest, entries.c.id.in_(chunk))
                )
            }

    def in_force(self, ids: Collection[EntryId], day: date, *, known_on: date | None = None) -> Versions:
        known = true() if known_on is None else entry_versions.c.approved_at < end_of(known_on).astimezone(UTC)
        with self._database.reading() as connection:
            wanted = (entry_versions.c.entry_id.in_(chunk) & known for chunk in chunks(ids))
            return {entry.id: entry for chosen in wanted for entry in _in_force(connection, chosen, day)}

    def all_in_force(self, day: date) -> list[EntryVersion]:
        """Return every entry, by id, in the version that `timeline.in_force` chooses for a day."""
        with self._database.reading() as connection:
            return sorted(_in_force(connection, true(), day), key=lambda entry: entry.id)

    def ids(self) -> list[EntryId]:
        """Return the id of every entry, withdrawn ones included."""
        with self._database.reading() as connection:
            return [
                EntryId(entry_id)
                for entry_id in connection.execute(select(entries.c.id).order_by(entries.c.id)).scalars()
            ]

    def history(self, entry_id: EntryId) -> list[EntryVersion]:
        """Return every version of an entry, oldest first."""
        with self._database.reading() as connection:
            return read_history(connection, entry_id)

    def changed_since(self, revision: int) -> tuple[int, list[EntryVersion]]:
        """Return the base's revision and the current version of all entries changed after `revision`."""
        newest = entry_versions.c.version == entries.c.current_version
        query = select(entry_versions).join(entries).where(newest, entries.c.revision > revision)
        with self._database.reading() as connection:
            now = _revision(connection)
            rows = connection.execute(query.order_by(entries.c.id))
            return now, [version_of_row(row, content_from_text(row.content)) for row in rows]

    def standing_since(self, revision: int, day: date) -> tuple[int, list[EntryVersion]]:
        """Return the base's revision and, of the entries changed after `revision`, all versions served from a day on.

        They are ordered by entry and version; the newest version of each entry is among them.
        """
        query = select(entry_versions).join(entries).where(entries.c.revision > revision)
        entries_standing: list[EntryVersion] = []
        with self._database.reading() as connection:
            now = _revision(connection)
            for history in _histories(connection, query):
                entries_standing += standing(history, day)
        return now, entries_standing

    def states_since(self, revision: int) -> tuple[int, list[VersionState]]:
        """Return the base's revision, and when each version of the entries changed after `revision` may be served."""
        query = select(entry_versions).join(entries).where(entries.c.revision > revision)
        with self._database.reading() as connection:
            now = _revision(connection)
            states = [
                VersionState(entry.id, entry.version, entry.approved_at, entry.status, entry.window)
                for history in _histories(connection, query)
                for entry in history
            ]
        return now, states

    def numbered(self, wanted: Collection[tuple[EntryId, int]]) -> list[EntryVersion]:
        """Return these versions, each named by its entry and number."""
        pairs = set(wanted)
        with self._database.reading() as connection:
            return [
                version_of_row(row, content_from_text(row.content))
                for chunk in chunks({entry_id for entry_id, _ in pairs})
                for row in connection.execute(select(entry_versions).where(entry_versions.c.entry_id.in_(chunk)))
                if (row.entry_id, row.version) in pairs
            ]

    def add_versions(self, versions: Iterable[NewVersion]) -> int:
        """Add versions in one transaction and return the new revision of the base.

        Raises VersionConflict, and adds nothing, when an entry moved on from `expected_version`.
        """
        with self._database.writing() as connection:
            return write_versions(connection, versions)

    def withdraw(self, entry_id: EntryId, *, author: str, note: str, at: datetime) -> int:
        """Add a withdrawn version with the same content; the public is no longer given the entry."""
        known = self.current([entry_id]).get(entry_id)
        if known is None:
            raise NotFound(f"No entry has the id `{entry_id}`.")
        return self.add_versions(
            [
                NewVersion(
                    id=entry_id,
                    content=known.content,
                    expected_version=known.version,
                    author=author,
                    approver=author,
                    approved_at=at,
                    status=EntryStatus.WITHDRAWN,
                    note=note,
                )
            ]
        )


def write_versions(connection: Connection, versions: Iterable[NewVersion], *, at: datetime | None = None) -> int:
    """Add versions, each with its audit entry, within the caller's transaction; return the base's new revision.

    `at` is the moment that the audit notes, now unless told otherwise.
    """
    revision = _next_revision(connection)
    deeds = [_add_version(connection, version, revision) for version in versions]
    write_audits(connection, deeds, at=at or datetime.now(UTC))
    return revision


def _in_force(connection: Connection, wanted: ColumnElement[bool], day: date) -> Collection[EntryVersion]:
    """Return the versions in force among those wanted; older ones are read only where the newest does not hold."""
    number, entry_id = entry_versions.c.version, entry_versions.c.entry_id
    newest = select(entry_id, func.max(number)).where(wanted).group_by(entry_id)
    rows = connection.execute(select(entry_versions).where(tuple_(entry_id, number).in_(newest)))
    by_id = {version.id: version for version in map(version_of_row, rows)}
    outside = [
        entry.id for entry in by_id.values() if entry.status is EntryStatus.APPROVED and not entry.is_servable_on(day)
    ]
    for chunk in chunks(outside):
        for history in _histories(connection, select(entry_versions).where(wanted, entry_id.in_(chunk))):
            by_id[history[-1].id] = in_force(history, day)
    return by_id.values()


def _histories(connection: Connection, query: Select[Any]) -> Iterator[list[EntryVersion]]:
    """Yield the versions of each entry, oldest first, that a query of `entry_versions` selects."""
    ordered = query.order_by(entry_versions.c.entry_id, entry_versions.c.version)
    rows = connection.execute(ordered.execution_options(yield_per=ROWS_AT_ONCE))
    for _, history in groupby(rows, key=lambda row: row.entry_id):
        yield [version_of_row(row, content_from_text(row.content)) for row in history]


def read_version(connection: Connection, entry_id: EntryId) -> EntryVersion | None:
    """Return the newest version of an entry, as the caller's transaction sees it."""
    query = select(entry_versions).where(entry_versions.c.entry_id == entry_id)
    row = connection.execute(query.order_by(entry_versions.c.version.desc()).limit(1)).first()
    return version_of_row(row) if row else None


def read_history(connection: Connection, entry_id: EntryId) -> list[EntryVersion]:
    """Return every version of an entry, oldest first, as the caller's transaction sees it."""
    query = select(entry_versions).where(entry_versions.c.entry_id == entry_id)
    return [version_of_row(row) for row in connection.execute(query.order_by(entry_versions.c.version))]


def base_revision(connection: Connection) -> int:
    """Return the base's revision, as the caller's transaction sees it."""
    return _revision(connection)


def touch_base(connection: Connection) -> None:
    """Raise the base's revision after a change of agencies, themes or facts, which readers cache by revision."""
    _next_revision(connection)


def _revision(connection: Connection) -> int:
    revision: int = connection.execute(select(base.c.revision)).scalar_one()
    return revision


def _next_revision(connection: Connection) -> int:
    connection.execute(update(base).values(revision=base.c.revision + 1))
    return _revision(connection)


def _add_version(connection: Connection, version: NewVersion, revision: int) -> Deed:
    number = version.expected_version + 1
    if number == 1:
        known = connection.execute(select(entries.c.id).where(entries.c.id == version.id)).first()
        if known:
            raise VersionConflict(f"The entry `{version.id}` exists already; read it again before changing it.")
        connection.execute(
            insert(entries).values(
                id=version.id, agency_id=version.content.agency_id, current_version=number, revision=revision
            )
        )
    else:
        changed = connection.execute(
            update(entries)
            .where(entries.c.id == version.id, entries.c.current_version == version.expected_version)
            .values(current_version=number, revision=revision, agency_id=version.content.agency_id)
        )
        if changed.rowcount != 1:
            raise VersionConflict(
                f"The entry `{version.id}` has changed since version {version.expected_version};"
                " read it again before changing it."
            )
    text = content_to_text(version.content)
    row = {
        "entry_id": version.id,
        "version": number,
        "status": version.status.value,
        "content": text,
        "content_hash": content_hash(text),
        "author": version.author,
        "approver": version.approver,
        "approved_at": version.approved_at.astimezone(UTC),
        "note": version.note,
        "editors": ", ".join(version.editors),
    }
    connection.execute(insert(entry_versions).values(row))
    return Deed(version.approver, VERSION_ADDED, version.id, version_detail(row))


def version_of_row(row: Row[tuple[object, ...]], content: EntryContent | None = None) -> EntryVersion:
    """Return the version of a row of `entry_versions`; its content is read from the row unless given."""
    return EntryVersion(
        id=EntryId(row.entry_id),
        version=row.version,
        content=content or _parsed(row.content_hash, row.content),
        status=EntryStatus(row.status),
        author=row.author,
        approver=row.approver,
        approved_at=in_utc(row.approved_at),
        note=row.note,
        editors=tuple(row.editors.split(", ")) if row.editors else (),
    )


@lru_cache(maxsize=500)  # enough for the entries in use; reading a whole base must not fill memory with them
def _parsed(_content_hash: str, text: str) -> EntryContent:
    return content_from_text(text)


class NewsReader:
    """Reads versions; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def histories(self, since: datetime, *, also: Collection[EntryId] = ()) -> dict[EntryId, list[EntryVersion]]:
        """Return all versions, oldest first, of entries approved by a person since `since`, and of those in `also`."""
        recent = select(entry_versions.c.entry_id).where(
            entry_versions.c.approved_at >= since.astimezone(UTC), entry_versions.c.approver != IMPORTED_BY
        )
        with self._database.reading() as connection:
            return {
                history[0].id: history
                for ids in chunks(sorted({*connection.execute(recent).scalars(), *also}))
                for history in _histories(connection, select(entry_versions).where(entry_versions.c.entry_id.in_(ids)))
            }
