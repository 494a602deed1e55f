"""Opens Chroma: one owner for each folder, after a check in a child process."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from structlog import get_logger

from noa_rag.domain.errors import NoaError, StaleIndex, StorageUnavailable

PROBE_SECONDS = 60
VECTORS_PROBED = 10_000  # spread over all of them; looking for 200,000 would take longer than that
CALL_SECONDS = 5.0  # of a server; the longest calls take half a second, and a visitor may wait for one of a hung server
_MANIFEST = "manifest.json"
_DATABASE = "chroma.sqlite3"
_VECTOR_SUFFIXES = {".bin", ".pickle"}
_log = get_logger()

FileStates = dict[str, list[int]]


class ChromaStore:
    """A Chroma client: a server's when an address is given, else this process's own folder.

    Two processes that write one folder lose entries silently, and a reader goes on returning what another
    process deleted. So a lock file names one owner; a second process keeps its vectors in memory instead.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self._folder = folder
        self._url = url
        self._lock = None if url else _owned(folder)
        self.where = url or (str(folder) if self._lock else "memory")
        self._client: Any = None
        self._opening = threading.Lock()
        self._files: FileStates = {}
        self.is_unknown = False
        """Whether nobody has looked yet if every text of the folder finds itself."""

    @property
    def client(self) -> Any:
        """Return the client, opened at its first use. Raises StaleIndex when it cannot be."""
        with self._opening, told_as_stale(self.where):
            if self._client is None:
                self._client = self._server() if self._url else self._own()
            return self._client

    def mark_sound(self) -> None:
        """Record that the files, as they were opened, hold every text, so that the next start skips the check.

        What Chroma wrote since is not covered.
        """
        if self.is_unknown:
            self.is_unknown = False
            with suppress(OSError):  # on a full disk: the next start looks again
                (self._folder / _MANIFEST).write_text(json.dumps(self._files), encoding="utf-8")

    def has_damaged_database(self) -> bool:
        """Whether the database of our own folder, once opened, is gone, or SQLite finds damage in it."""
        is_open = self._lock is not None and self._client is not None
        return is_open and not _has_sound_database(self._folder)

    def reopen(self) -> None:
        """Close the client; the next use opens another one, and drops the folder if it is damaged."""
        with self._opening:
            client, self._client = self._client, None
            if client is not None:
                with suppress(Exception):  # of a server that is gone, of a folder that was damaged
                    client.close()

    def close(self) -> None:
        self.reopen()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _own(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        if self._lock is None:
            return chromadb.EphemeralClient(settings)
        self._files = _file_states(self._folder)
        self.is_unknown = self._files != _noted(self._folder)
        if drop_if_damaged(self._folder, is_known=not self.is_unknown):
            self.is_unknown = False
        return chromadb.PersistentClient(str(self._folder), settings)

    def _server(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        host, _, port = self._url.rstrip("/").partition("://")[2].partition(":")
        is_secure = self._url.startswith("https")
        _check_heartbeat(host, int(port or 8000), is_secure=is_secure)
        settings = Settings(anonymized_telemetry=False)
        client = chromadb.HttpClient(host, int(port or 8000), ssl=is_secure, settings=settings)
        server: Any = client
        server._server._session.timeout = CALL_SECONDS  # chromadb sets none, and offers no way to set one
        return client


def drop_if_damaged(folder: Path, *, is_known: bool = False) -> bool:
    """Delete a damaged Chroma folder, which nobody may have open, and return whether it was: all its data is derived.

    A child process tries to open it, unless `is_known` says that its vector files are sound.
    """
    if not folder.exists() or (_has_sound_database(folder) and (is_known or _opens_in_a_child(folder))):
        return False
    _log.warning("vectors_dropped", folder=str(folder))
    shutil.rmtree(folder)
    return True


@contextmanager
def told_as_stale(where: str) -> Iterator[None]:
    """Raise StaleIndex for any error of Chroma: its own, bare exceptions, its HTTP client's, panics of Rust."""
    try:
        yield
    except NoaError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__module__ != "pyo3_runtime":
            raise
        remedy = " Start it, or unset NOA_CHROMA_URL." if where.startswith("http") else ""
        raise StaleIndex(f"Chroma in {where} does not answer: {type(error).__name__}: {error}.{remedy}") from error


def _owned(folder: Path) -> FileLock | None:
    """Return the lock of the folder, None when another process has it."""
    lock = FileLock(f"{folder}.lock")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        return None
    except OSError as error:
        raise StorageUnavailable(
            f"The folder {folder.parent} cannot be written: {error.strerror}. Free space or grant rights there."
        ) from error
    return lock


def _check_heartbeat(host: str, port: int, *, is_secure: bool) -> None:
    """Raise where the server does not answer in time: the constructor of chromadb's client would wait for ever."""
    connection = (HTTPSConnection if is_secure else HTTPConnection)(host, port, timeout=CALL_SECONDS)
    with closing(connection):
        connection.request("GET", "/api/v2/heartbeat")
        connection.getresponse().read()


def _has_sound_database(folder: Path) -> bool:
    """Whether SQLite finds no damage in Chroma's own database, whose size changes too often to be noted."""
    try:
        with closing(sqlite3.connect(f"{(folder / _DATABASE).absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _file_states(folder: Path) -> FileStates:
    """Return sizes and times of the vector files: a truncated one makes Chroma crash the whole process."""
    states = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _VECTOR_SUFFIXES):
        state = path.stat()
        states[str(path.relative_to(folder))] = [state.st_size, state.st_mtime_ns]
    return states


def _noted(folder: Path) -> FileStates:
    try:
        noted: FileStates = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted


def _opens_in_a_child(folder: Path) -> bool:
    """Whether a child process can open the folder and look for vectors spread over it; it may die of a damaged file."""
    program = (
        "import sys, chromadb; from chromadb.config import Settings\n"
        "client = chromadb.PersistentClient(sys.argv[1], Settings(anonymized_telemetry=False))\n"
        "for collection in client.list_collections():\n"
        "    vectors = collection.get(include=['embeddings'])['embeddings']\n"
        f"    vectors = vectors[:: max(1, len(vectors) // {VECTORS_PROBED})]\n"
        "    for start in range(0, len(vectors), 100):\n"
        "        collection.query(query_embeddings=vectors[start : start + 100], n_results=10, include=[])\n"
    )
    try:
        outcome = subprocess.run(
            [sys.executable, "-c", program, str(folder)],
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
            env=os.environ | {"ANONYMIZED_TELEMETRY": "False"},
        )
    except subprocess.TimeoutExpired:
        return False
    return outcome.returncode == 0
