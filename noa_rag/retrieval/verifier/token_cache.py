"""Token vectors of texts: those read lately in memory, and those of entries on disk as well, for the next start."""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from structlog import get_logger

from noa_rag.cache import Cache
from noa_rag.retrieval.verifier.aligner import Tokens

# In memory: a base of 360 entries is read for 82 MB. What does not fit is taken from the store, where there is one.
BYTES_KEPT = 100_000_000
_LARGEST = 127
BUSY_SECONDS = 5
_log = get_logger()
Key = tuple[str, bool]  # the text, and whether it is read as a question


class TokenReader(Protocol):
    """A model that gives one vector for each token of a text."""

    def token_vectors(self, text: str, *, is_query: bool) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Compressed:
    """Unit vectors as whole numbers, shape (tokens, dimension), each row with its scale, shape (tokens, 1)."""

    rows: NDArray[np.int8]
    scales: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + self.scales.nbytes

    def tokens(self) -> Tokens:
        return (self.rows * self.scales).astype(np.float16)


class TokenStore:
    """One SQLite file for one embedding model. Derived data: where it cannot be used, texts are read again.

    A damaged file is dropped and filled again; one that cannot be opened or written is left alone until the next
    start. Nothing is ever raised. Processes may share the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_given_up = False

    def get(self, key: Key) -> Compressed | None:
        """Return the stored vectors of a text; None where there are none, or they are damaged."""
        query = "SELECT rows, scales FROM tokens WHERE hash = ?"
        row = self._guarded(lambda: self._execute(query, (_hash(key),)).fetchone())
        if row is None or len(row[1]) % np.dtype(np.float32).itemsize:
            return None
        rows, scales = np.frombuffer(row[0], np.int8), np.frombuffer(row[1], np.float32)
        if not scales.size or rows.size % scales.size or not np.isfinite(scales).all():
            return None
        return Compressed(rows.reshape(scales.size, -1), scales.reshape(-1, 1))

    def keep(self, key: Key, kept: Compressed) -> None:
        values = (_hash(key), kept.rows.tobytes(), kept.scales.tobytes())
        self._guarded(lambda: self._execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?)", values))

    def keep_only(self, keys: Iterable[Key]) -> None:
        """Forget every other text: those of versions that are no longer served."""
        wanted = {_hash(key) for key in keys}

        def forget() -> None:
            known = [hash_ for (hash_,) in self._execute("SELECT hash FROM tokens")]
            self._execute("BEGIN IMMEDIATE")
            for hash_ in known:
                if hash_ not in wanted:
                    self._execute("DELETE FROM tokens WHERE hash = ?", (hash_,))
            self._execute("COMMIT")

        self._guarded(forget)

    def close(self) -> None:
        with self._turn:
            self._disconnect()

    def _execute(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        assert self._connection is not None
        return self._connection.execute(statement, values)

    def _guarded(self, work: Callable[[], object]) -> "tuple[bytes, bytes] | None":
        """Return what `work` returns; None where the file cannot be used. A damaged file is dropped."""
        with self._turn:
            if self._is_given_up:
                return None
            try:
                if self._connection is None:
                    self._open()
                return work()  # type: ignore[return-value]
            except (sqlite3.OperationalError, OSError) as error:  # full, locked, read-only: texts are read again
                _log.warning("token_vectors_not_kept", path=str(self._path), error=str(error))
                self._is_given_up = True  # otherwise each of thousands of texts would wait, and log it
                self._disconnect()  # which rolls back an open transaction
            except sqlite3.DatabaseError as error:
                _log.warning("token_vectors_dropped", path=str(self._path), error=str(error))
                self._drop()
            return None

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, rows BLOB NOT NULL, scales BLOB NOT NULL)"
        )
        self._connection = connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    def _drop(self) -> None:
        self._disconnect()
        with suppress(OSError):
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)


class TokenCache:
    """Returns unit token vectors, computed once for each text; the texts read longest ago are forgotten.

    With a store, what is kept outlives the process. What is not to be kept is never written.
    """

    def __init__(self, model: TokenReader, *, limit: int = BYTES_KEPT, store: TokenStore | None = None) -> None:
        self._model = model
        self._store = store
        self._kept: Cache[Key, Compressed] = Cache(limit, size_of=_bytes_of)

    def tokens(self, text: str, *, is_query: bool, is_kept: bool = True) -> Tokens:
        """Return the token vectors of a text, each of length one, shape (tokens, dimension)."""
        key = (text, is_query)
        packed = self._kept.get(key)
        if packed is None and is_kept:
            packed = self._kept.keep(key, (self._store and self._store.get(key)) or self._read_to_keep(key))
        return (packed or self._read(key)).tokens()

    def allow(self, limit: int) -> None:
        """Keep so many bytes from now on; what was kept is forgotten."""
        self._kept = Cache(limit, size_of=_bytes_of)

    def keep_only(self, keys: Iterable[Key]) -> None:
        """Forget every other text in the store; memory forgets by itself."""
        if self._store is not None:
            self._store.keep_only(keys)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _read(self, key: Key) -> Compressed:
        text, is_query = key
        return compressed(self._model.token_vectors(text, is_query=is_query))

    def _read_to_keep(self, key: Key) -> Compressed:
        packed = self._read(key)
        if self._store is not None:
            self._store.keep(key, packed)
        return packed


def compressed(vectors: NDArray[np.float32]) -> Compressed:
    """Return vectors brought to length one and compressed."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    scales = np.maximum(np.abs(unit).max(axis=1, keepdims=True), 1e-9) / _LARGEST
    return Compressed(np.rint(unit / scales).astype(np.int8), scales.astype(np.float32))


def _hash(key: Key) -> str:
    text, is_query = key
    return hashlib.sha256(f"{'question' if is_query else 'passage'}|{text}".encode()).hexdigest()


def _bytes_of(kept: Compressed) -> int:
    return kept.nbytes
