"""Backups, made while the service runs: a zip archive whose manifest names every member with its size and checksum."""

import hashlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from time import perf_counter
from typing import IO

import msgspec
from sqlalchemy import make_url
from structlog import get_logger

from noa_rag.domain.errors import NoaError, StorageUnavailable
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.settings import Settings
from noa_rag.storage.copies import BaseState, copy_sqlite, dump_postgresql, require_program, sqlite_state
from noa_rag.storage.database import known_schemas

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "noa.db"
DUMP = "noa.pgdump"  # of `pg_dump`, in place of the SQLite file
MANIFEST_LIMIT_BYTES = 50_000_000  # each evaluation that QA ran adds a few hundred
CACHES = "index/"  # made anew by the service where a backup lacks them
_UNPRESSED = (DUMP, CACHES)  # a dump is compressed already, and vectors have nothing to compress
# Beside the database, by their names in the data folder. Vectors and what the verifier read are kept by the hash of
# their text: a node that has them answers at once. Chroma is filled from them, models come from their packages.
COPIED: tuple[tuple[str, Callable[[Path, Path], object]], ...] = (
    ("index/vectors-*.db", copy_sqlite),
    ("index/tokens-*.db", copy_sqlite),
    ("calibration.json", shutil.copyfile),
    ("places.tsv", shutil.copyfile),
    ("static/htmx.min.js", shutil.copyfile),
    ("evaluations/**/*", shutil.copyfile),
    ("pages/*.md", shutil.copyfile),
)
NAME = "noa-%Y%m%d-%H%M%SZ.zip"
_log = get_logger()


@dataclass(frozen=True, slots=True)
class BackupMember:
    """A file of the backup, named as in the data folder, with its size in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is and holds. `noa` is the version that made it, `made_at` a moment in UTC, in ISO 8601."""

    format: int
    made_at: str
    noa: str
    state: BaseState
    members: tuple[BackupMember, ...] = ()

    @property
    def is_sqlite(self) -> bool:
        return any(member.name == DATABASE for member in self.members)


class NotABackup(NoaError):
    """The file is not a complete backup that this Noa can read; nothing was changed."""


def write_archive(folder: Path, names: Sequence[str], target: Path, manifest: Manifest, progress: Progress) -> Manifest:
    """Write files of a folder with the manifest, whole or not at all; return the manifest with its members.

    Raises StorageUnavailable where it cannot be written, on a full disk for instance.
    """
    begun = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(begun, "xb", opener=_private) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                progress("writing the backup (files)", len(names), 0)
                manifest = replace(manifest, members=tuple(_add(archive, folder, name) for name in sorted(names)))
                archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
            file.flush()
            os.fsync(file.fileno())
        begun.rename(target)
        sync(target.parent)
    except OSError as error:
        with suppress(OSError):
            begun.unlink(missing_ok=True)
        raise StorageUnavailable(f"The backup {target} cannot be written: {error.strerror or error}.") from error
    return manifest


@contextmanager
def opened_backup(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Yield the archive with its manifest. Raises NotABackup for a file that is cut, foreign or of a newer Noa."""
    with ExitStack() as opened:
        with _read_from(path):
            archive = opened.enter_context(zipfile.ZipFile(path))
            manifest = _manifest(archive, path)
        yield archive, manifest


def unpack(archive: zipfile.ZipFile, manifest: Manifest, folder: Path, progress: Progress) -> None:
    """Write every member beneath a folder, each checked as it is read. Raises NotABackup, StorageUnavailable.

    A damaged cache is left out, with a line in the log.
    """
    path = Path(archive.filename or "")
    for number, member in enumerate(manifest.members):
        progress("verifying the backup (files)", number, len(manifest.members))
        target = folder / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _read_from(path), archive.open(member.name) as source, _written(target) as file:
                shutil.copyfileobj(source, file)
            if _hash_of(target) != member.sha256:
                raise NotABackup(f"{member.name} in the backup is not what was backed up: take another backup.")
        except NotABackup:
            if not member.name.startswith(CACHES):
                raise
            target.unlink(missing_ok=True)
            _log.warning("damaged_cache_not_restored", name=member.name)


def sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _private(path: str, flags: int) -> int:
    """Open a file for the account alone: a backup holds the hashes of passwords."""
    return os.open(path, flags, 0o600)


def _add(archive: zipfile.ZipFile, folder: Path, name: str) -> BackupMember:
    path = folder / name
    entry = zipfile.ZipInfo.from_file(path, name)
    entry.compress_type = zipfile.ZIP_STORED if name.startswith(_UNPRESSED) else zipfile.ZIP_DEFLATED
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as file:
        shutil.copyfileobj(source, file)
    return BackupMember(name, path.stat().st_size, _hash_of(path))


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    names = archive.namelist()
    if MANIFEST not in names or archive.getinfo(MANIFEST).file_size > MANIFEST_LIMIT_BYTES:
        raise NotABackup(f"{path} is no backup of Noa's: it has no {MANIFEST}. Give a file that `noa backup` wrote.")
    read = archive.read(MANIFEST)
    try:
        made_for = msgspec.json.decode(read, type=dict[str, object])
        if made_for.get("format") != FORMAT:
            raise NotABackup(_newer(path, f"Noa {made_for.get('noa')}", f"format {made_for.get('format')}"))
        manifest = msgspec.convert(made_for, Manifest)
    except msgspec.MsgspecError as error:
        raise NotABackup(f"{path} is no backup of Noa's: its {MANIFEST} says {error}.") from error
    if manifest.state.schema not in known_schemas():
        raise NotABackup(_newer(path, f"Noa {manifest.noa}", f"schema {manifest.state.schema}"))
    if any(not _is_inside(member.name) for member in manifest.members):
        raise NotABackup(f"{path} names a file outside of the data folder; it is no backup of Noa's.")
    if sorted(names) != sorted([MANIFEST, *(member.name for member in manifest.members)]):
        raise NotABackup(f"{path} holds other files than its {MANIFEST} names: take another backup.")
    if sum(member.name in (DATABASE, DUMP) for member in manifest.members) != 1:
        raise NotABackup(f"{path} holds no database, or two: take another backup.")
    return manifest


def _newer(path: Path, made_by: str, what: str) -> str:
    return f"{path} was made by {made_by}, a newer one than this ({what}). Install that version and restore with it."


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and str(path) == name


@contextmanager
def _read_from(path: Path) -> Iterator[None]:
    """Translate errors in reading the archive to NotABackup."""
    try:
        yield
    except OSError as error:
        raise NotABackup(f"The backup {path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise NotABackup(
            f"{path} is no whole backup of Noa's ({error}): it was cut short, damaged, or is another kind of file."
            " Nothing was changed; take another backup."
        ) from error


@contextmanager
def _written(target: Path) -> Iterator[IO[bytes]]:
    try:
        with open(target, "wb", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageUnavailable(f"{target} cannot be written: {error.strerror or error}. Free disk space.") from error


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A finished backup, with the seconds that copying and then writing took."""

    path: Path
    size: int
    manifest: Manifest
    copying_seconds: float
    writing_seconds: float


def make_backup(settings: Settings, target: Path, progress: Progress = no_progress) -> BackupMade:
    """Write a backup to a file that does not exist yet, or to one named for the moment in a folder that does.

    The service may run, and write, meanwhile. Raises NoaError that says what to do; then there is no such file.
    """
    now, start = datetime.now(UTC), perf_counter()
    path = target / now.strftime(NAME) if target.is_dir() else target
    if path.exists():
        raise NoaError(f"{path} exists already; a backup never replaces a file. Give another name, or a folder.")
    try:
        with tempfile.TemporaryDirectory(prefix=".noa-backup-", dir=path.parent) as folder:
            state, names = _copied(settings, Path(folder), progress)
            copied = perf_counter()
            manifest = Manifest(FORMAT, now.isoformat(timespec="seconds"), version("noa"), state)
            manifest = write_archive(Path(folder), names, path, manifest, progress)
    except OSError as error:
        raise StorageUnavailable(f"The backup {path} cannot be made: {error.strerror or error}.") from error
    return BackupMade(path, path.stat().st_size, manifest, copied - start, perf_counter() - copied)


def _copied(settings: Settings, folder: Path, progress: Progress) -> tuple[BaseState, list[str]]:
    """Copy the database, then the files beside it: vectors of texts that were added in between do no harm."""
    url, data_dir = make_url(settings.effective_database_url), settings.data_dir
    if url.get_backend_name() == "sqlite":
        copy_sqlite(
            Path(url.database or ""),
            folder / DATABASE,
            steps=lambda done, total: progress("copying the database (pages)", done, total),
        )
        state, names = sqlite_state(folder / DATABASE), [DATABASE]
    else:
        require_program("pg_dump")
        progress("dumping the database", 0, 0)
        state, names = dump_postgresql(url, folder / DUMP), [DUMP]
    for pattern, copy in COPIED:
        for path in filter(_is_kept, data_dir.glob(pattern)):
            name = path.relative_to(data_dir).as_posix()
            progress("copying what stands beside it (files)", len(names), 0)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                copy(path, folder / name)
            except StorageUnavailable as error:  # derived, and damaged: the service makes it anew
                _log.warning("not_backed_up", path=str(path), error=str(error))
                continue
            names.append(name)
    return state, names


def _is_kept(path: Path) -> bool:
    """Whether a file is complete: an evaluation under way lies in a hidden folder."""
    return path.is_file() and not any(part.startswith(".") for part in path.parts[-3:])
