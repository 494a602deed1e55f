"""Restoring a backup: verified and proven beside what is there, then put in its place."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from sqlalchemy import URL, make_url

from noa_rag.domain.errors import NoaError, StorageUnavailable
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.service.backup import DATABASE, DUMP, Manifest, opened_backup, sync, unpack
from noa_rag.service.data_folder import FolderUse
from noa_rag.service.noa import Noa, open_noa
from noa_rag.service.records import Records, check_data_dir, open_records
from noa_rag.settings import Settings
from noa_rag.storage.copies import load_postgresql, refuse_filled, require_program, write_back

BESIDE = ("-wal", "-shm")  # what SQLite keeps beside a file until it is closed cleanly
OF_THE_BASE = {"index", "calibration.json", "evaluations"}  # set aside even where the backup has none
_STAGING = ".restoring-"


class NotProven(NoaError):
    """The content of the backup fails its checks; what was there before is untouched."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, with the seconds of each stage; `aside` is the folder of what was there before, if any."""

    manifest: Manifest
    asked: str
    aside: Path | None
    verifying_seconds: float
    proving_seconds: float
    placing_seconds: float


def restore_backup(settings: Settings, backup: Path, progress: Progress = no_progress) -> Restored:
    """Replace the content of a data folder with a backup, once that has proven to be complete and to answer.

    Raises NoaError that says what to do; then what was there is untouched. A PostgreSQL database must be empty.
    """
    check_data_dir(settings.data_dir)
    url, start = make_url(settings.effective_database_url), perf_counter()
    with closing(FolderUse(settings.data_dir, alone=True)), opened_backup(backup) as (archive, manifest):
        _check_target(url, manifest)
        with _staging(settings) as staging:
            unpack(archive, manifest, staging, progress)
            verified = perf_counter()
            question = _proven(_staged_settings(settings, url, staging), manifest, staging, progress)
            proven = perf_counter()
            aside = _put_in_place(staging, settings, manifest)
    placed = perf_counter()
    return Restored(manifest, question, aside, verified - start, proven - verified, placed - proven)


def _check_target(url: URL, manifest: Manifest) -> None:
    if manifest.is_sqlite != (url.get_backend_name() == "sqlite"):
        held, wanted = ("SQLite", "leave it empty") if manifest.is_sqlite else ("PostgreSQL", "name an empty one there")
        raise NoaError(f"The backup holds a database of {held}, NOA_DATABASE_URL names another kind: {wanted}.")
    if not manifest.is_sqlite:
        require_program("pg_restore")
        refuse_filled(url)


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    """Yield a temporary folder on the data's disk, linked to its models; leftovers of an earlier try are deleted."""
    for left in settings.data_dir.glob(f"{_STAGING}*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        settings.models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=settings.data_dir) as folder:
            (Path(folder) / "models").symlink_to(settings.models_dir.resolve(), target_is_directory=True)
            yield Path(folder)
    except OSError as error:
        raise StorageUnavailable(f"{settings.data_dir.absolute()} cannot be written: {error}.") from error


def _staged_settings(settings: Settings, url: URL, staging: Path) -> Settings:
    """Return settings for the unpacked data, without a Chroma server, which other nodes may be using."""
    is_sqlite = url.get_backend_name() == "sqlite"
    address = f"sqlite:///{staging / DATABASE}" if is_sqlite else settings.database_url
    return replace(settings, data_dir=staging, database_url=address, chroma_url="", llm="")


def _proven(settings: Settings, manifest: Manifest, staging: Path, progress: Progress) -> str:
    """Return a question for which the restored base found the right entry; empty when no entry may be shown today."""
    if not manifest.is_sqlite:
        progress("loading the database", 0, 0)
        load_postgresql(make_url(settings.database_url), staging / DUMP)
        (staging / DUMP).unlink()
    progress("proving the records", 0, 0)
    records = open_records(settings)  # brings an older base to the tables of this version
    try:
        _prove_records(records, manifest)
        if not manifest.state.entry_count:
            records.close()
            return ""
        noa = open_noa(settings, progress, records=records)
    except BaseException:
        records.close()
        raise
    try:
        return _prove_answer(noa)
    finally:
        noa.close()


def _prove_records(records: Records, manifest: Manifest) -> None:
    records.database.check()
    problems = records.audit.verify(head=manifest.state.head or None)
    count = len(records.entries.ids())
    if count != manifest.state.entry_count:
        problems.append(f"{count} entries, where {manifest.state.entry_count} were backed up")
    if problems:
        raise NotProven(f"The backup was not restored: {'; '.join(problems[:5])}. Take another backup.")


def _prove_answer(noa: Noa) -> str:
    """Ask for an entry with its own question, through the model, the index and the database."""
    for version in noa.servable():
        content = version.content
        if content.variant_of is None and not content.regions:
            results = noa.search(content.question, region=None, language=None)
            if version.id not in {hit.version.id for hit in results.hits}:
                raise NotProven(f"The backup was not restored: its base does not find `{version.id}` by its question.")
            return content.question
    return ""


def _put_in_place(staging: Path, settings: Settings, manifest: Manifest) -> Path | None:
    """Move what was there aside and the restored data into its place; return the folder of the former, if any.

    There is a complete database at every moment: the new one replaces the old one last, in one step.
    """
    data_dir = settings.data_dir
    aside = data_dir / datetime.now(UTC).strftime("before-restore-%Y%m%d-%H%M%SZ")
    aside.mkdir()
    names = {member.name.partition("/")[0] for member in manifest.members} - {DATABASE, DUMP} | OF_THE_BASE
    for name in sorted(names):
        if (data_dir / name).exists():
            (data_dir / name).rename(aside / name)
        if (staging / name).exists():
            (staging / name).rename(data_dir / name)
    if manifest.is_sqlite:
        _replace_database(staging / DATABASE, Path(make_url(settings.effective_database_url).database or ""), aside)
    sync(data_dir)
    if any(aside.iterdir()):
        return aside
    aside.rmdir()
    return None


def _replace_database(new: Path, old: Path, aside: Path) -> None:
    """Put one SQLite file in the place of another, which stays aside; nothing of the old one may lie beside the new."""
    if old.exists():
        with suppress(StorageUnavailable):  # it may be the damaged one that is replaced
            write_back(old)
        _keep(old, aside / DATABASE)
        for suffix in BESIDE:
            with suppress(FileNotFoundError):
                shutil.move(f"{old}{suffix}", aside / f"{DATABASE}{suffix}")
    beside = old.with_name(f".{old.name}.restored")
    shutil.move(new, beside)  # another disk, where NOA_DATABASE_URL names one
    sync(beside)
    beside.replace(old)
    sync(old.parent)


def _keep(old: Path, aside: Path) -> None:
    """Keep a file under a second name: as a hard link, or as a copy when that is on another disk."""
    try:
        os.link(old, aside)
    except OSError:
        shutil.copyfile(old, aside)
    sync(aside)
    sync(aside.parent)
