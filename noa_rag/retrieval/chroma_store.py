"""Opening Chroma with one owner a folder, after a look from a child process."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from noa_rag.domain.errors import StaleIndex

PROBE_SECONDS = 60
_MANIFEST = "manifest.json"
_DATABASE = "chroma.sqlite3"
_VECTOR_SUFFIXES = {".bin", ".pickle"}


class ChromaStore:
    """A Chroma client: a server's when an address is given, else this process's own folder.

    Two processes that write one folder lose entries silently, and a reader goes on returning what another
    process deleted. So a lock file names one owner; a second process keeps its vectors in memory instead.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self._folder = folder
        self._lock: FileLock | None = None
        self.where = url or "memory"
        self.client = self._server(url) if url else self._own()

    def mark_sound(self) -> None:
        """Note the files as they are, so that the next start need not look at them from a child process."""
        if self._lock is not None:
            (self._folder / _MANIFEST).write_text(json.dumps(_file_sizes(self._folder)), encoding="utf-8")

    def close(self) -> None:
        self.client.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _own(self) -> Any:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{self._folder}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return chromadb.EphemeralClient(settings)
        self._lock = lock
        self.where = str(self._folder)
        if self._folder.exists() and not _is_sound(self._folder):
            shutil.rmtree(self._folder)
        return chromadb.PersistentClient(str(self._folder), settings)

    def _server(self, url: str) -> Any:
        import chromadb
        from chromadb.config import Settings

        host, _, port = url.rstrip("/").partition("://")[2].partition(":")
        try:
            settings = Settings(anonymized_telemetry=False)
            return chromadb.HttpClient(host, int(port or 8000), ssl=url.startswith("https"), settings=settings)
        except Exception as error:  # chromadb raises a bare ValueError, or what its HTTP client raises
            raise StaleIndex(
                f"The Chroma server {url} does not answer: {error}. Start it, or unset NOA_CHROMA_URL."
            ) from error


def _is_sound(folder: Path) -> bool:
    return _has_sound_database(folder) and (_is_as_noted(folder) or _opens_in_a_child(folder))


def _has_sound_database(folder: Path) -> bool:
    """Whether SQLite finds no damage in Chroma's own database, whose size changes too often to be noted."""
    try:
        with closing(sqlite3.connect(f"{(folder / _DATABASE).absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _file_sizes(folder: Path) -> dict[str, int]:
    """Sizes of the vector files: a truncated one makes Chroma crash the whole process."""
    vector_files = sorted(path for path in folder.rglob("*") if path.suffix in _VECTOR_SUFFIXES)
    return {str(path.relative_to(folder)): path.stat().st_size for path in vector_files}


def _is_as_noted(folder: Path) -> bool:
    try:
        noted = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(noted == _file_sizes(folder))


def _opens_in_a_child(folder: Path) -> bool:
    """Whether a child process can open the folder and query each collection; it may die of a damaged file."""
    program = (
        "import sys, chromadb; from chromadb.config import Settings\n"
        "client = chromadb.PersistentClient(sys.argv[1], Settings(anonymized_telemetry=False))\n"
        "for collection in client.list_collections():\n"
        "    found = collection.get(limit=3, include=['embeddings'])\n"
        "    if len(found['ids']):\n"
        "        collection.query(query_embeddings=found['embeddings'], n_results=3)\n"
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
