"""Locks on a data folder, shared, or exclusive to replace it; whose its files are; the address of its service."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from noa_rag.domain.errors import NoaError, StorageUnavailable

LOCK = "in-use.lock"
ADDRESS = "service-address"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # listened on, and asked from this machine
LOCK_TRIES = 20  # a reader holds the lock for some microseconds


@contextmanager
def left_to_owner(data_dir: Path) -> Iterator[None]:
    """Give what root writes in a data folder during the block to the account that owns the folder."""
    if os.geteuid() != 0:
        yield
        return
    before = {path for path, *_ in _of_root(data_dir)}
    try:
        yield
    finally:
        for path, name, parent in _of_root(data_dir):
            if path not in before:
                with suppress(FileNotFoundError):
                    owner = data_dir.stat()
                    os.chown(name, owner.st_uid, owner.st_gid, dir_fd=parent, follow_symlinks=False)


def _of_root(data_dir: Path) -> Iterator[tuple[str, str, int]]:
    """Yield the path of each file that root owns, its name, and a descriptor of its folder."""
    for parent, folders, files, descriptor in os.fwalk(data_dir) if data_dir.is_dir() else ():
        for name in (*folders, *files):
            with suppress(FileNotFoundError):
                if os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_uid == 0:
                    yield os.path.join(parent, name), name, descriptor


class FolderUse:
    """A lock on a data folder, held until it is closed; the system releases it when the process dies."""

    def __init__(self, data_dir: Path, *, alone: bool = False, creates: bool = True) -> None:
        """Raises StorageUnavailable while the folder is being restored, NoaError when it is wanted `alone` but in use.

        When no lock can be made (a full disk, a read-only file system, `creates` is off), none is held.
        """
        self._descriptor: int | None = None
        with suppress(OSError):
            created = os.O_CREAT if creates else 0
            self._descriptor = os.open(data_dir / LOCK, os.O_RDONLY | created | os.O_CLOEXEC, 0o600)
        if self._descriptor is None:
            return
        try:
            fcntl.flock(self._descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            if alone:
                raise NoaError(
                    f"The data folder {data_dir.absolute()} is in use: stop the service and every other `noa` there,"
                    " then try again. Nothing was changed."
                ) from error
            raise StorageUnavailable(
                f"The data folder {data_dir.absolute()} is being restored; start again when that is over."
            ) from error

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class AnnouncedAddress:
    """The address of a running service, written in its data folder; valid while the service holds a lock on it.

    The system releases the lock when the process dies, so that no stale address is believed. When another service on
    the same folder has written its own, that one is kept.
    """

    def __init__(self, data_dir: Path, *, host: str, port: int) -> None:
        """Announces nothing when nothing can be written (a full disk, a read-only folder)."""
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(data_dir / ADDRESS, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if self._descriptor is None:
            return
        host = EVERYWHERE.get(host, host)
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        for _ in range(LOCK_TRIES):
            with suppress(OSError):
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(self._descriptor, 0)
                os.write(self._descriptor, address.encode())
                return
            time.sleep(0.01)
        self.close()

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def announced_address(data_dir: Path) -> str | None:
    """Return the address of the service that runs over a data folder on this machine; None where none does."""
    try:
        descriptor = os.open(data_dir / ADDRESS, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, 1_000).decode() or None
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None  # whoever wrote it has ended
