"""Files that can be made again: made by one process at a time, whole or not at all."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from noa_rag.domain.errors import ModelUnavailable, StorageUnavailable


@contextmanager
def sole_maker(lock: Path, *, of: str, limit_seconds: float, advice: str) -> Iterator[None]:
    """Hold a lock while something is made in its folder; whoever waited for it must check again whether it exists.

    Raises ModelUnavailable when another process holds it for too long, StorageUnavailable when nothing can be written.
    """
    folder = lock.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(lock, timeout=limit_seconds):
            yield
    except Timeout as error:
        raise ModelUnavailable(
            f"Another process has been preparing {of} in {folder} for {limit_seconds:.0f} s. "
            "Stop it, or wait, and start again."
        ) from error
    except OSError as error:
        raise StorageUnavailable(
            f"{of[:1].upper()}{of[1:]} cannot be written into {folder}: {error}. {advice}"
        ) from error


def sha256_of(path: Path) -> str:
    """Return the checksum of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
