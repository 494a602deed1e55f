"""When the token bucket of each client is full again: known to one process, or shared by all workers of a machine."""

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from noa_rag.cache import Cache

KEPT = 50_000  # 10 MB; whoever has more addresses than that is not held by counting them
# For another worker that is counting, which takes 0.1 ms as a rule: the event loop stands still meanwhile.
BUSY_SECONDS = 0.05
SWEPT_EVERY = 10_000  # counts between two removals of buckets that are full again
_LOGGER = logging.getLogger("noa.web")

Take = Callable[[float], float]
"""From the moment at which a bucket is full again, 0 for an unknown one, to that moment after a request; may raise."""


class Buckets(Protocol):
    """The moments, on the monotonic clock, at which buckets are full again."""

    def change(self, key: str, take: Take) -> None:
        """Put the moment of a key forward. What `take` raises is raised, and nothing is counted then."""


class OwnBuckets:
    """Those of this process."""

    def __init__(self) -> None:
        self._full_at: Cache[str, float] = Cache(KEPT)

    def change(self, key: str, take: Take) -> None:
        self._full_at.keep(key, take(self._full_at.get(key) or 0.0))


@dataclass(frozen=True, slots=True)
class SharedFile:
    """Where the workers of a machine count together; keys are hashed with a secret that is in their memory alone."""

    path: Path
    secret: bytes

    def clear(self) -> None:
        """Forget what was counted before; no worker may run."""
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def prepare(self) -> None:
        """Begin with an empty file: workers that turned it to write-ahead logging at once would refuse one another."""
        self.clear()
        with suppress(sqlite3.Error):  # each worker says so when it counts
            self.opened().close()

    def opened(self, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
        """Return a connection that waits so long for another one's turn."""
        connection = sqlite3.connect(self.path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # what a power cut takes was counted for minutes at most
        connection.execute("CREATE TABLE IF NOT EXISTS buckets (key BLOB PRIMARY KEY, full_at REAL NOT NULL)")
        return connection


class SharedBuckets:
    """Those of all workers of a machine, in an SQLite file that never waits for the disk.

    A worker that is killed while it counts leaves the file whole. Where the file cannot be used, on a full disk for
    instance, or another worker keeps it longer than `busy_seconds`, the worker counts for itself: nobody is refused
    for that.
    """

    def __init__(self, shared: SharedFile, busy_seconds: float = BUSY_SECONDS) -> None:
        self._shared = shared
        self._busy_seconds = busy_seconds
        self._own = OwnBuckets()
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._count = 0
        self._has_warned = False

    def change(self, key: str, take: Take) -> None:
        hashed = hashlib.blake2b(key.encode(), key=self._shared.secret, digest_size=16).digest()
        with self._turn:
            try:
                self._change(hashed, take)
            except sqlite3.Error as error:
                self._warn(error)
                self._own.change(key, take)

    def _change(self, key: bytes, take: Take) -> None:
        connection = self._connection = self._connection or self._shared.opened(self._busy_seconds)
        connection.execute("BEGIN IMMEDIATE")
        try:
            row = connection.execute("SELECT full_at FROM buckets WHERE key = ?", (key,)).fetchone()
            connection.execute("INSERT OR REPLACE INTO buckets VALUES (?, ?)", (key, take(row[0] if row else 0.0)))
            self._count += 1
            if self._count % SWEPT_EVERY == 0:
                connection.execute("DELETE FROM buckets WHERE full_at < ?", (time.monotonic(),))
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _warn(self, error: sqlite3.Error) -> None:
        if not self._has_warned:
            self._has_warned = True
            _LOGGER.warning("%s cannot be used (%s): this worker counts requests for itself", self._shared.path, error)
