"""Vectors kept by content hash, so that a rebuilt index does not embed a text again."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from structlog import get_logger

from noa_rag.domain.errors import StorageUnavailable

_log = get_logger()

Vectors = NDArray[np.float32]
_CHUNK = 500  # hashes in one IN clause
_UNIT_SLACK = 1e-3  # by which the length of a vector may be off one: rounding stays below 1e-6
_EMBEDDED_AT_ONCE = 256  # texts between two commits: what is done is kept if the process is stopped


class VectorCache:
    """One SQLite file for one embedding model. Derived data: a damaged file is dropped and filled again.

    Once opened, nothing is raised for it: vectors that cannot be read are made again, those that cannot be written are
    used all the same.
    """

    def __init__(self, path: Path, dimension: int) -> None:
        self._path = path
        self._dimension = dimension
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._create()
        except sqlite3.OperationalError as error:
            raise self._unavailable(error) from error
        except sqlite3.DatabaseError as error:
            _log.warning("vectors_dropped", path=str(path), error=str(error))
            self.clear()
        except OSError as error:
            raise self._unavailable(error) from error

    def vectors(
        self,
        hashes: Sequence[str],
        embed: Callable[[Sequence[int]], Vectors],
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Vectors:
        """Return one row for each hash, shape (n, dimension); `embed` is asked for positions not kept yet."""
        kept = self._load(set(hashes))
        missing = list({one: at for at, one in enumerate(hashes) if one not in kept}.values())
        for start in range(0, len(missing), _EMBEDDED_AT_ONCE):
            progress(start, len(missing))
            positions = missing[start : start + _EMBEDDED_AT_ONCE]
            fresh = dict(zip((hashes[at] for at in positions), embed(positions), strict=True))
            self._save(fresh)
            kept |= fresh
        if missing:
            progress(len(missing), len(missing))
        if not hashes:
            return np.empty((0, self._dimension), dtype=np.float32)
        return np.stack([kept[one] for one in hashes])

    def clear(self) -> None:
        """Forget every vector."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        self._create()

    def _drop(self, error: sqlite3.DatabaseError) -> None:
        _log.warning("vectors_dropped", path=str(self._path), error=str(error))
        try:
            self.clear()
        except (OSError, sqlite3.Error) as still:
            _log.warning("vectors_not_kept", path=str(self._path), error=str(still))

    def _create(self) -> None:
        with closing(self._connect()) as connection, connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise sqlite3.DatabaseError(damage)
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (hash TEXT PRIMARY KEY, vector BLOB NOT NULL)")

    def _load(self, hashes: set[str]) -> dict[str, Vectors]:
        listed = sorted(hashes)
        found: dict[str, Vectors] = {}
        try:
            with closing(self._connect()) as connection:
                for start in range(0, len(listed), _CHUNK):
                    chunk = listed[start : start + _CHUNK]
                    marks = ",".join("?" * len(chunk))
                    query = f"SELECT hash, vector FROM vectors WHERE hash IN ({marks})"
                    for key, blob in connection.execute(query, chunk):
                        vector = np.frombuffer(blob, dtype=np.float32)
                        if vector.shape == (self._dimension,) and _is_whole(vector):
                            found[key] = vector
        except sqlite3.OperationalError as error:
            _log.warning("vectors_not_read", path=str(self._path), error=str(error))
        except sqlite3.DatabaseError as error:
            self._drop(error)
            return {}
        return found

    def _save(self, vectors: dict[str, Vectors]) -> None:
        rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in vectors.items()]
        try:
            with closing(self._connect()) as connection, connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.OperationalError as error:  # a full disk: the next start embeds them again
            _log.warning("vectors_not_kept", path=str(self._path), error=str(error))
        except sqlite3.DatabaseError as error:
            self._drop(error)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _unavailable(self, error: Exception) -> StorageUnavailable:
        return StorageUnavailable(
            f"The vectors in {self._path} cannot be kept: {error}. Check free space and rights of the data folder."
        )


def _is_whole(vector: Vectors) -> bool:
    """Whether it has length one, as embedders make them: SQLite reads zeros where a file was cut short."""
    return bool(abs(float(np.linalg.norm(vector)) - 1.0) < _UNIT_SLACK)
