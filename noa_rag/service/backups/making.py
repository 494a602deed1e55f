"""Making a backup while the service runs."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from sqlalchemy import make_url
from structlog import get_logger

from noa_rag.domain.errors import NoaError, StorageUnavailable
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.service.backups.archive import DATABASE, DUMP, FORMAT, Manifest, write_archive
from noa_rag.settings import Settings
from noa_rag.storage.copies import BaseState, copy_sqlite, dump_postgresql, require_program, sqlite_state

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
_log = get_logger()
NAME = "noa-%Y%m%d-%H%M%SZ.zip"


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
    """Copy the database first: vectors of texts that come later do no harm."""
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
    """Whether a file is whole: an evaluation under way lies in a hidden folder."""
    return path.is_file() and not any(part.startswith(".") for part in path.parts[-3:])
