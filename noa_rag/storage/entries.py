"""Entries in the database: immutable versions, the one that is current, and the histories that may be news."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from sqlalchemy import Connection, Row, func, insert, select, update

from noa_rag.domain.days import PARIS
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion
from noa_rag.domain.errors import NotFound, VersionConflict
from noa_rag.domain.timeline import IMPORTED_BY, VersionState
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

    def as_of(self, ids: Collection[EntryId], day: date) -> dict[EntryId, EntryVersion]:
        end = _end_of(day)
        with self._database.reading() as connection:
            found: dict[EntryId, EntryVersion] = {}
            for chunk in chunks(ids):
                newest = (
                    select(entry_versions.c.entry_id, func.max(entry_versions.c.version).label("version"))
                    .where(entry_versions.c.entry_id.in_(chunk), entry_versions.c.approved_at < end)
                    .group_by(entry_versions.c.entry_id)
                    .subquery()
                )
                joined = (entry_versions.c.entry_id == newest.c.entry_id) & (
                    entry_versions.c.version == newest.c.version
                )
                for row in connection.execute(select(entry_versions).join(newest, joined)):
                    found[EntryId(row.entry_id)] = version_of_row(row)
            return found

    def ids(self) -> list[EntryId]:
        """Return the id of every entry, withdrawn ones included."""
        with self._database.reading() as connection:
            return [EntryId(one) for one in connection.execute(select(entries.c.id).order_by(entries.c.id)).scalars()]

    def history(self, entry_id: EntryId) -> list[EntryVersion]:
        """Return every version of an entry, oldest first."""
        query = select(entry_versions).where(entry_versions.c.entry_id == entry_id)
        with self._database.reading() as connection:
            return [version_of_row(row) for row in connection.execute(query.order_by(entry_versions.c.version))]

    def changed_since(self, revision: int) -> tuple[int, list[EntryVersion]]:
        """Return the base's revision and the current version of all entries changed after `revision`."""
        newest = entry_versions.c.version == entries.c.current_version
        query = select(entry_versions).join(entries).where(newest, entries.c.revision > revision)
        with self._database.reading() as connection:
            now = _revision(connection)
            rows = connection.execute(query.order_by(entries.c.id))
            return now, [version_of_row(row, content_from_text(row.content)) for row in rows]

    def states_since(self, revision: int) -> tuple[int, list[VersionState]]:
        """Return the base's revision, and when each version of the entries changed after `revision` may be served."""
        query = select(entry_versions).join(entries).where(entries.c.revision > revision)
        with self._database.reading() as connection:
            now = _revision(connection)
            found = [
                VersionState(
                    EntryId(row.entry_id),
                    row.version,
                    in_utc(row.approved_at),
                    EntryStatus(row.status),
                    content_from_text(row.content).window,
                )
                for row in connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE))
            ]
        return now, found

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


def read_version(connection: Connection, entry_id: EntryId, number: int | None = None) -> EntryVersion | None:
    """Return a version of an entry, the newest unless told otherwise, as the caller's transaction sees it."""
    query = select(entry_versions).where(entry_versions.c.entry_id == entry_id)
    if number is None:
        query = query.order_by(entry_versions.c.version.desc()).limit(1)
    else:
        query = query.where(entry_versions.c.version == number)
    row = connection.execute(query).first()
    return version_of_row(row) if row else None


def base_revision(connection: Connection) -> int:
    """Return the base's revision, as the caller's transaction sees it."""
    return _revision(connection)


def touch_base(connection: Connection) -> None:
    """Raise the base's revision after a change of agencies, themes or facts, which readers cache by revision."""
    _next_revision(connection)


def _end_of(day: date) -> datetime:
    if day == date.max:  # no day follows it
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time.min, PARIS).astimezone(UTC)


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
                id=version.id,
                agency_id=version.content.agency_id,
                current_version=number,
                revision=revision,
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
        found: dict[EntryId, list[EntryVersion]] = defaultdict(list)
        with self._database.reading() as connection:
            for ids in chunks(sorted({*connection.execute(recent).scalars(), *also})):
                ordered = (
                    select(entry_versions).where(entry_versions.c.entry_id.in_(ids)).order_by(entry_versions.c.version)
                )
                for row in connection.execute(ordered):
                    found[EntryId(row.entry_id)].append(version_of_row(row))
        return found
