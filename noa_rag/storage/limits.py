"""Buckets of limits that processes share: those of one machine in an SQLite file, those of many in PostgreSQL."""

import hmac
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.limits import taken
from noa_rag.storage.database import VISITOR_TIMEOUT_MILLISECONDS, Database
from noa_rag.storage.tables import limit_buckets

# How long to wait for another worker's count, which usually takes 0.1 ms: the event loop is blocked meanwhile.
BUSY_SECONDS = 0.05
SWEPT_EVERY = 10_000  # counts between two removals of buckets that are full again
SWEEP_SECONDS = 60.0  # between two removals on a server, whose rows others may read: addresses do not stay there
FOR_EVER = 1e12  # seconds: the most room that may be asked for, a number that the server can still compute with
THREADS = 4  # that ask the server; further requests wait for one of them
_NOW = func.extract("epoch", func.clock_timestamp())  # the server's clock: those of two machines differ


def hashed(key: str, secret: bytes) -> bytes:
    """Return the keyed hash under which a key is kept, so that no address is written."""
    return hmac.digest(secret, key.encode(), "sha256")[:16]


@dataclass(frozen=True, slots=True)
class SharedFile:
    """The file in which a machine's workers count together; the secret that keys are hashed with is in memory only."""

    path: Path
    secret: bytes

    def clear(self) -> None:
        """Forget what was counted before; no worker may run."""
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def prepare(self) -> None:
        """Create an empty file: workers that all switched it to a write-ahead log would lock one another out."""
        self.clear()
        with suppress(sqlite3.Error):  # each worker reports it when it counts
            self.opened().close()

    def opened(self, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
        """Return a connection that waits up to `busy_seconds` for the lock of another one."""
        connection = sqlite3.connect(self.path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # a power cut loses only counts of the last minutes
        connection.execute("CREATE TABLE IF NOT EXISTS buckets (key BLOB PRIMARY KEY, full_at REAL NOT NULL)")
        return connection


class FileBuckets:
    """The buckets of all workers of a machine, in an SQLite file that never waits for the disk.

    A worker that is killed while it counts leaves the file intact. `take` raises StorageUnavailable when the file
    cannot be used, on a full disk for instance, or another worker locks it for longer than `busy_seconds`.
    """

    store, waits, is_failing = "machine", False, False

    def __init__(
        self, shared: SharedFile, *, busy_seconds: float = BUSY_SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._shared = shared
        self._busy_seconds = busy_seconds
        self._now = now  # the monotonic clock is the same for all processes of a machine
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._count = 0

    def take(self, key: str, seconds: float, *, room: float) -> float:
        with self._turn:
            try:
                return self._take(hashed(key, self._shared.secret), seconds, room)
            except sqlite3.Error as error:
                raise StorageUnavailable(f"{self._shared.path} cannot be used: {error}.") from error

    def _take(self, key: bytes, seconds: float, room: float) -> float:
        connection = self._connection = self._connection or self._shared.opened(self._busy_seconds)
        connection.execute("BEGIN IMMEDIATE")
        try:
            row, now = connection.execute("SELECT full_at FROM buckets WHERE key = ?", (key,)).fetchone(), self._now()
            full_at, wait = taken(row[0] if row else 0.0, now, seconds, room=room)
            if not wait:
                connection.execute("INSERT OR REPLACE INTO buckets VALUES (?, ?)", (key, full_at))
                self._count += 1
                if self._count % SWEPT_EVERY == 0:
                    connection.execute("DELETE FROM buckets WHERE full_at < ?", (now,))
            connection.execute("COMMIT")
            return wait
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


class ServerBuckets:
    """The buckets of all machines on one PostgreSQL, by its clock: one statement per request, in an unlogged table.

    `take` raises StorageUnavailable when the server does not answer within `wait_seconds`, for any reason. Keys are
    hashed with a secret that all machines share (NOA_SECRETS_KEY; without one, whoever reads the table can guess
    addresses).
    """

    store, waits, is_failing = "postgresql", True, False

    def __init__(
        self, database: Database, secret: bytes, *, wait_seconds: float = VISITOR_TIMEOUT_MILLISECONDS / 1000
    ) -> None:
        self._database = database
        self._secret = secret
        self._wait_seconds = wait_seconds
        # A server that hangs blocks its caller for half a minute: a thread waits for it, so that the visitor need not.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="noa-limits")
        self._swept_at = time.monotonic()

    def take(self, key: str, seconds: float, *, room: float) -> float:
        future = self._threads.submit(self._take, hashed(key, self._secret), seconds, room)
        try:
            return future.result(self._wait_seconds)
        except TimeoutError as error:
            future.cancel()
            raise StorageUnavailable(f"PostgreSQL did not answer within {self._wait_seconds:g} s.") from error

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _take(self, key: bytes, seconds: float, room: float) -> float:
        full_at, room = limit_buckets.c.full_at, min(max(room, seconds), FOR_EVER)
        after = func.greatest(full_at, _NOW) + seconds
        counted = insert(limit_buckets).values(key=key, full_at=_NOW + seconds)
        # A statement that waited for a row's lock reads the row and the clock again: no two take the same room.
        counted = counted.on_conflict_do_update(
            index_elements=[limit_buckets.c.key], set_={"full_at": after}, where=after - _NOW <= room
        )
        with self._database.each_by_itself() as connection:
            if connection.execute(counted.returning(limit_buckets.c.key)).first() is not None:
                self._sweep()
                return 0.0
            left = connection.execute(select(full_at - _NOW).where(limit_buckets.c.key == key)).scalar()
        return max(float(left or 0.0) + seconds - room, 0.001)

    def _sweep(self) -> None:
        now = time.monotonic()
        if now - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = now
            with self._database.each_by_itself() as connection:
                connection.execute(delete(limit_buckets).where(limit_buckets.c.full_at < _NOW))
