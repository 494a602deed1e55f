"""Long work in the background, one of a kind at a time, whose progress every worker can show.

A job is a small file that is replaced as a whole; whoever runs it holds a lock, which the system lets go when the
process dies. So a job that says it is under way while nobody holds its lock was interrupted.
"""

import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from structlog import get_logger

from noa_rag.domain.errors import NoaError, NotAllowedNow, NotFound, StorageUnavailable
from noa_rag.domain.ports import Progress
from noa_rag.service.background import kind_of

JOBS_KEPT = 20  # of a kind
NOTED_EVERY_SECONDS = 0.2  # a page asks once a second
LOOK_SECONDS = 0.5  # somebody who only looks whether a job lives holds its lock for a moment
_log = get_logger()

JobResult = Mapping[str, str | int | float | None]
Work = Callable[[Progress], JobResult]


class JobState(StrEnum):
    """The state of a job."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Job:
    """Work under way or over; `total` is 0 while nobody knows it. `result` is what the work returned."""

    id: str
    kind: str
    started_at: datetime
    state: JobState = JobState.RUNNING
    doing: str = ""
    done: int = 0
    total: int = 0
    result: dict[str, str | int | float | None] = field(default_factory=dict)
    error: str = ""
    started_by: str = ""
    ended_at: datetime | None = None


class Jobs:
    """The jobs of one data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unwritten: dict[str, Job] = {}

    def start(self, kind: str, work: Work, *, started_by: str = "") -> str:
        """Begin work in a thread of its own and return its number.

        Raises NotAllowedNow `under_way` while another job of this kind runs, in whatever process, and
        StorageUnavailable where the job cannot be noted.
        """
        lock = self._lock(kind)
        job = Job(f"{kind}-{uuid.uuid4().hex[:12]}", kind, datetime.now(UTC), started_by=started_by)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=LOOK_SECONDS)
            self._note(job)
            self._forget_old(kind)
            threading.Thread(target=self._run, args=(job, work, lock), name=job.id, daemon=True).start()
        except Timeout:
            raise NotAllowedNow(f"A job of the kind {kind} runs already; wait for it.", reason="under_way") from None
        except (OSError, RuntimeError) as error:  # a full disk; no more threads
            lock.release()
            raise StorageUnavailable(
                f"No job can be begun in {self._folder}: {error}. Free disk space there."
            ) from error
        return job.id

    def job(self, job_id: str) -> Job:
        """Return a job as it stands. Raises NotFound."""
        path = self._folder / f"{job_id}.json"
        if not _is_name(job_id):
            raise NotFound(f"No job has the number `{job_id}`.")
        if job_id in self._unwritten:
            return self._unwritten[job_id]
        try:
            job = msgspec.json.decode(path.read_bytes(), type=Job)
        except (OSError, msgspec.MsgspecError):
            raise NotFound(f"No job has the number `{job_id}`.") from None
        if job.state is JobState.RUNNING and not self._is_alive(job.kind):
            if job_id in self._unwritten:  # it ended on a full disk in between
                return self._unwritten[job_id]
            job = msgspec.json.decode(path.read_bytes(), type=Job)  # it may have ended in between
            return replace(job, state=JobState.INTERRUPTED) if job.state is JobState.RUNNING else job
        return job

    def latest(self, kind: str) -> Job | None:
        """Return the job of this kind that was begun last."""
        paths = self._of_kind(kind)
        return self.job(paths[-1].stem) if paths else None

    def _run(self, job: Job, work: Work, lock: FileLock) -> None:
        noted_at = 0.0

        def progress(doing: str, done: int, total: int) -> None:
            nonlocal job, noted_at
            job = replace(job, doing=doing, done=done, total=total)
            if time.monotonic() - noted_at >= NOTED_EVERY_SECONDS:
                noted_at = time.monotonic()
                with suppress(OSError):  # on a full disk the work goes on, only nobody sees how far it is
                    self._note(job)

        try:
            result = dict(work(progress))
            job = replace(job, state=JobState.DONE, result=result)
        except NoaError as error:
            job = replace(job, state=JobState.FAILED, error=str(error))
        except Exception as error:  # a thread has nobody else to tell
            _log.exception("job_failed", job=job.id)
            job = replace(job, state=JobState.FAILED, error=f"{type(error).__name__}: {error}")
        finally:
            self._end(replace(job, ended_at=datetime.now(UTC)))
            lock.release()

    def _end(self, job: Job) -> None:
        """Note how a job ended; when that cannot be written, only this process knows, and others see it interrupted."""
        try:
            self._note(job)
        except OSError as error:
            _log.warning("job_not_noted", job=job.id, state=job.state, error=kind_of(error))
            self._unwritten[job.id] = job

    def _is_alive(self, kind: str) -> bool:
        lock = self._lock(kind)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        return False

    def _note(self, job: Job) -> None:
        """Replace the file as a whole, so that nobody reads half of it."""
        unfinished = self._folder / f".{job.id}-{os.getpid()}"
        try:
            unfinished.write_bytes(msgspec.json.encode(job))
            unfinished.replace(self._folder / f"{job.id}.json")
        finally:
            unfinished.unlink(missing_ok=True)

    def _forget_old(self, kind: str) -> None:
        for path in self._of_kind(kind)[:-JOBS_KEPT]:
            path.unlink(missing_ok=True)

    def _of_kind(self, kind: str) -> list[Path]:
        dated = []
        for path in self._folder.glob(f"{kind}-*.json"):
            try:
                dated.append((msgspec.json.decode(path.read_bytes(), type=Job).started_at, path))
            except (OSError, msgspec.MsgspecError):
                continue  # deleted in between, or not ours
        return [path for _, path in sorted(dated)]

    def _lock(self, kind: str) -> FileLock:
        if not _is_name(kind):
            raise ValueError(f"{kind!r} cannot name a kind of job")
        return FileLock(self._folder / f"{kind}.lock", thread_local=False)


def _is_name(text: str) -> bool:
    return bool(text) and all(char.isascii() and (char.isalnum() or char == "-") for char in text)
