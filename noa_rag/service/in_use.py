"""Who works in a data folder: many at once, or one that replaces what lies there."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from noa_rag.domain.errors import NoaError, StorageUnavailable

LOCK = "in-use.lock"


class FolderUse:
    """A lock on a data folder, held until it is closed; the system lets it go when the process dies."""

    def __init__(self, data_dir: Path, *, alone: bool = False) -> None:
        """Raises StorageUnavailable where the folder is being restored, NoaError where it is used and wanted `alone`.

        Where no lock can be made (a full disk, a file system that is read only) nothing is held.
        """
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(data_dir / LOCK, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
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
