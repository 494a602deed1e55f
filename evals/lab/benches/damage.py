"""`make damage`: nine kinds of damage and four of full or read-only disks under `noa serve`, on a disk of their own.

Questions are asked all along. Noted are the seconds until the damage is told (in `/health`, or as a warning in the
log), the seconds until it is healed (`/health` is well and every question is answered as before), and the questions
that failed. What only a person can mend, damaged records and a disk that broke, is mended as docs/operating.md tells.
Files that are read only at the start are damaged while the service is stopped; the seconds count from its start. A data
folder that cannot be written is refused at the start, in words. Takes root's rights.
"""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from evals.lab.benches.backups import QUESTIONS
from evals.lab.benches.disks import ImageDisk, fill_up, make_room
from evals.lab.benches.served import Served, meanwhile, measured_service, wait_until
from evals.runner.bases import served_base
from evals.runner.folders import WORK
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress
from noa_rag.service.backups.archive import make_backup
from noa_rag.settings import Settings

DISK_MEGABYTES = 1_200
SEEN_SECONDS = 60.0
NEVER_SEEN_SECONDS = 100.0
ENDURED_SECONDS = 10.0  # of questions asked before a person mends what only a person can
GIVE_UP_SECONDS = 240.0
ASKED_EVERY_SECONDS = 0.25
WATCH_SECONDS = 0.2
WARNINGS = ("[warning", "[error", "is damaged", "cannot be written", "chroma_texts_put_back")
LOST_PAGES = 4
EMPTY = (  # in another process: Chroma keeps one client for a folder in each
    "import sys, chromadb; [one] = chromadb.PersistentClient(sys.argv[1]).list_collections();"
    " one.delete(ids=one.get(include=[])['ids'])"
)
EXCHANGE = "UPDATE embeddings SET embedding_id = 'instead-of-' || embedding_id WHERE id % 400 = 1"


@dataclass(slots=True)
class Outcome:
    """What was seen of one kind: seconds until it was told and healed (None: never), questions asked and failed."""

    name: str
    seen_seconds: float | None = None
    healed_seconds: float | None = None
    asked: int = 0
    failed: int = 0

    def is_well(self) -> bool:
        is_seen = self.seen_seconds is not None and self.seen_seconds <= SEEN_SECONDS
        return is_seen and self.healed_seconds is not None and not self.failed


@dataclass(slots=True)
class Place:
    """A service over a disk of its own, its data folder, and the backup that was made of it."""

    disk: ImageDisk
    service: Served
    data: Path
    log: Path
    backup: Path
    expected: dict[str, str | None] = field(default_factory=dict)

    @property
    def index(self) -> Path:
        return self.data / "index"

    @property
    def chroma(self) -> Path:
        return self.index / "chroma"

    def restart(self, between: Callable[[], object]) -> None:
        """Stop the service, do something, and start it again."""
        self.service.stop()
        between()
        self.service.start()

    def restore(self) -> None:
        """Restore the backup as an operator does. Raises CalledProcessError."""
        noa = Path(sys.executable).with_name("noa")
        environment = {**os.environ, "NOA_DATA_DIR": str(self.data)}
        subprocess.run([str(noa), "restore", str(self.backup)], check=True, env=environment, capture_output=True)


@dataclass(frozen=True, slots=True)
class Harm:
    """A kind of damage: what is done, while the service runs or is stopped, and what a person must do about it."""

    name: str
    do: Callable[[Place], object]
    remedy: Callable[[Place], object] | None = None
    is_found_at_start: bool = False


def _overwrite(path: Path, at: float, *, size: int = 4_096 * LOST_PAGES) -> None:
    """Overwrite a part of a file, as a bad disk does; `at` is a share of its length."""
    with path.open("r+b") as file:
        file.seek(int(path.stat().st_size * at) // 4_096 * 4_096)
        file.write(b"\xa5" * size)


def _cut(path: Path) -> None:
    """Leave a hundredth of a file: Chroma's are half empty."""
    os.truncate(path, path.stat().st_size // 100)


def _empty_chroma(place: Place) -> None:
    command = [sys.executable, "-c", EMPTY, str(place.chroma)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NoaError(f"Chroma's folder was not changed: {done.stderr[-2_000:]}")


def _exchange_vectors(place: Place) -> None:
    with closing(sqlite3.connect(place.chroma / "chroma.sqlite3", timeout=30)) as connection, connection:
        connection.execute(EXCHANGE)


def _one(folder: Path, pattern: str) -> Path:
    """Return the largest file of a pattern in a folder."""
    return max(folder.rglob(pattern), key=lambda path: path.stat().st_size)


def _spoil_a_table(place: Place) -> None:
    """Overwrite the first page of a table of the records, after their write-ahead log was taken in."""
    path = place.data / "noa.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'audit'").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


HARMS = (
    Harm("pages of Chroma's database overwritten", lambda place: _overwrite(place.chroma / "chroma.sqlite3", 1 / 3)),
    Harm("Chroma's folder deleted", lambda place: shutil.rmtree(place.chroma)),
    Harm("all vectors deleted from Chroma", _empty_chroma),
    Harm("one vector in 400 of Chroma exchanged", _exchange_vectors),
    Harm(
        "a page of the records overwritten",
        _spoil_a_table,
        lambda place: place.restart(place.restore),
    ),
    Harm("Chroma's vector file cut", lambda place: _cut(_one(place.chroma, "data_level0.bin")), is_found_at_start=True),
    Harm(
        "the kept vectors overwritten",
        lambda place: _overwrite(_one(place.index, "vectors-*.db"), 0),
        is_found_at_start=True,
    ),
    Harm(
        "what was read of entries overwritten",
        lambda place: _overwrite(_one(place.index, "tokens-*.db"), 0),
        is_found_at_start=True,
    ),
    Harm(
        "the embedding model's file cut",
        lambda place: _cut(_one(place.data / "models", "model.onnx_data")),
        is_found_at_start=True,
    ),
    Harm("disk full", lambda place: fill_up(place.disk.folder), lambda place: make_room(place.disk.folder)),
    Harm(
        "disk full at the start",
        lambda place: fill_up(place.disk.folder),
        lambda place: make_room(place.disk.folder),
        is_found_at_start=True,
    ),
    Harm(
        "disk breaks and is read-only",
        lambda place: place.disk.break_down(),
        lambda place: place.restart(place.disk.repair),
    ),
    Harm(
        "disk read-only at the start",
        lambda place: place.disk.set_read_only(True),
        lambda place: place.restart(lambda: place.disk.set_read_only(False)),
        is_found_at_start=True,
    ),
)


def measure(place: Place, harm: Harm) -> Outcome:
    """Do some harm to a service that is well, and return what was seen.

    Raises NoaError when it does not start again without a remedy.
    """
    outcome, logged = Outcome(harm.name), place.log.stat().st_size
    if harm.is_found_at_start:
        place.service.stop()
        harm.do(place)
    start = time.monotonic()

    def is_healed() -> bool:
        return _is_well(place) and _answers(place) == place.expected

    with meanwhile(_telling(place, logged, outcome), every=WATCH_SECONDS):
        if harm.is_found_at_start:
            _start(place, harm)
        questions = iter(()) if place.service.has_ended() else _asking(place, outcome)
        with meanwhile(questions, every=ASKED_EVERY_SECONDS):
            if not harm.is_found_at_start:
                harm.do(place)
            wait_until(lambda: outcome.seen_seconds is not None, NEVER_SEEN_SECONDS, every=0.2)
            if harm.remedy is not None:
                time.sleep(ENDURED_SECONDS)
            elif wait_until(is_healed, GIVE_UP_SECONDS, every=0.2):
                outcome.healed_seconds = time.monotonic() - start
    if harm.remedy is not None:
        start = time.monotonic()
        harm.remedy(place)
        if wait_until(is_healed, GIVE_UP_SECONDS, every=0.2):
            outcome.healed_seconds = time.monotonic() - start
    return outcome


def _start(place: Place, harm: Harm) -> None:
    try:
        place.service.start()
    except NoaError:
        if harm.remedy is None:
            raise


def _telling(place: Place, logged: int, outcome: Outcome) -> Iterator[None]:
    """Note after how many seconds the log warns for the first time, or `/health` is not well while it answers."""
    start = time.monotonic()
    while not (_is_warned(place.log, logged) or _says_unwell(place)):
        yield
    outcome.seen_seconds = time.monotonic() - start


def _says_unwell(place: Place) -> bool:
    try:
        return bool(place.service.health()["status"] != "ok")
    except (httpx.HTTPError, ValueError):
        return False


def _is_well(place: Place) -> bool:
    try:
        told = place.service.health()
    except (httpx.HTTPError, ValueError):
        return False
    return bool(told["status"] == "ok" and told["vectors"] == "chroma")


def _is_warned(log: Path, start: int) -> bool:
    with log.open("rb") as file:
        file.seek(start)
        return any(one in line for line in file.read().decode(errors="replace").splitlines() for one in WARNINGS)


def _answers(place: Place) -> dict[str, str | None]:
    """Return the entry that each question is answered with. Raises HTTPError."""
    answers = ((question, place.service.ask(question)["entry"]) for question in QUESTIONS)
    return {question: entry and entry["id"] for question, entry in answers}


def _asking(place: Place, outcome: Outcome) -> Iterator[None]:
    """Ask question after question, and compare the answers with those that are expected."""
    for question in itertools.cycle(QUESTIONS):
        outcome.asked += 1
        try:
            entry = place.service.ask(question)["entry"]
        except httpx.HTTPError:
            outcome.failed += 1
        else:
            outcome.failed += (entry and entry["id"]) != place.expected[question]
        yield


@contextmanager
def prepared(settings: Settings, folder: Path) -> Iterator[Place]:
    """Yield a service that is well over a copy of a base, on a disk of its own. Raises NoaError."""
    shutil.rmtree(folder, ignore_errors=True)
    disk = ImageDisk(folder / "disk.img", folder / "disk", megabytes=DISK_MEGABYTES)
    try:
        data, log = disk.folder / "data", folder / "log"
        shutil.copytree(settings.data_dir, data)  # with the model: a link would leave it on another disk
        backup = make_backup(replace(settings, data_dir=data), folder).path
        variables = measured_service(data) | {"NOA_KNOWLEDGE": settings.knowledge}
        with Served(variables, log=log) as service:
            service.wait_until_read_ahead()
            place = Place(disk, service, data, log, backup)
            if not wait_until(lambda: _is_well(place), GIVE_UP_SECONDS):
                raise NoaError("the service is not well before any harm was done")
            place.expected = _answers(place)
            yield place
    finally:
        disk.close()


def measure_all(settings: Settings, folder: Path, progress: Progress) -> list[Outcome]:
    """Return what was seen of each kind, one after the other on one service."""
    outcomes = []
    with prepared(settings, folder) as place:
        for number, harm in enumerate(HARMS):
            progress(f"damaging: {harm.name}", number, len(HARMS))
            outcomes.append(measure(place, harm))
            if outcomes[-1].healed_seconds is None:
                break  # what comes next would be measured on a broken service
    return outcomes


def main() -> None:
    """Print the table; exit with 1 where something was told late, not healed, or cost an answer."""
    with shown_progress() as progress:
        outcomes = measure_all(served_base(progress), WORK / "damage", progress)
    table = Table("harm", "told after", "healed after", "asked", "failed or other")
    for one in outcomes:
        seconds = ("never" if value is None else f"{value:.1f} s" for value in (one.seen_seconds, one.healed_seconds))
        table.add_row(one.name, *seconds, str(one.asked), str(one.failed))
    Console(width=120).print(table)
    if len(outcomes) < len(HARMS) or not all(one.is_well() for one in outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    with reported_errors():
        main()
