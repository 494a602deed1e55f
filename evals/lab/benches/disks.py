"""Disks for measurements of full and read-only ones; making them takes root's rights."""

import shutil
import subprocess
from pathlib import Path

from noa_rag.domain.errors import NoaError

BALLAST = "ballast"
BLOCK_BYTES = 1 << 20
NEEDS_ROOT = "a small disk cannot be mounted here: run this as root"
ERRORS = Path("/sys/fs/ext4")  # where a test tells an ext4 file system that it met an error


class ImageDisk:
    """An ext4 disk in a file, which becomes read-only at the first error, as Debian mounts a root disk."""

    def __init__(self, image: Path, folder: Path, *, megabytes: int) -> None:
        """Raises NoaError where disks cannot be made."""
        self.image, self.folder = image, folder
        image.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        if not (_does("mkfs.ext4", "-q", "-F", str(image)) and self._is_mounted()):
            raise NoaError(NEEDS_ROOT)

    def break_down(self) -> None:
        """Let the disk meet an error: it can be read, and not written any more."""
        ask = ["findmnt", "--noheadings", "--output", "SOURCE", str(self.folder)]
        device = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
        (ERRORS / Path(device).name / "trigger_fs_error").write_text("an error that was asked for")

    def repair(self) -> None:
        """Check the disk and mount it anew; nobody may use it. Raises CalledProcessError."""
        subprocess.run(["umount", str(self.folder)], check=True)
        _does("e2fsck", "-f", "-y", str(self.image))  # its status tells what was mended, too
        if not self._is_mounted():
            raise NoaError(f"{self.image} cannot be mounted any more")

    def set_read_only(self, is_so: bool) -> None:
        """Forbid or allow writing; nobody may have a file open to write. Raises CalledProcessError."""
        subprocess.run(["mount", "-o", f"remount,{'ro' if is_so else 'rw'}", str(self.folder)], check=True)

    def close(self) -> None:
        """Take the disk away, and what is on it."""
        _does("umount", "--lazy", str(self.folder))
        self.image.unlink(missing_ok=True)

    def _is_mounted(self) -> bool:
        return _does("mount", "-o", "loop,errors=remount-ro", str(self.image), str(self.folder))


def fill_up(folder: Path) -> None:
    """Fill the disk of a folder to the last byte."""
    block = b"\0" * BLOCK_BYTES
    with (folder / BALLAST).open("ab", buffering=0) as file:
        while block:
            try:
                written = file.write(block)
            except OSError:
                written = 0
            if written < len(block):
                block = block[: len(block) // 2]


def make_room(folder: Path) -> None:
    """Free what `fill_up` took."""
    (folder / BALLAST).unlink()


def _does(*command: str) -> bool:
    """Return whether a command is there and succeeds."""
    return bool(shutil.which(command[0])) and subprocess.run(command, check=False, capture_output=True).returncode == 0
