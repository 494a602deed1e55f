"""Reads the members of a tar archive in one pass, through a stream that stops at the limit."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from noa_rag.knowledge.vosdroits.archives import DISTRUST, Allowance, truncated, unsafe
from noa_rag.knowledge.vosdroits.limits import MEMBER_LIMIT, TOTAL_BYTES_LIMIT

TAR_SUFFIXES = (".tar", ".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar.bz2")

# Headers and padding count too: a header may announce a gigabyte of comment, which tarfile would read whole.
STREAM_LIMIT = TOTAL_BYTES_LIMIT + MEMBER_LIMIT * 2 * tarfile.BLOCKSIZE
DAMAGE = (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError)


def tar_members(path: Path, *, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
    """Each file's name with its bytes, or None where it is not wanted."""
    allowance = Allowance(path)
    try:
        with _unpacked(path) as unpacked:
            stream = _Measured(unpacked, path)
            with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|") as archive:
                for member in archive:
                    allowance.admit(member.name, member.size)
                    if member.isdir():
                        continue
                    if not member.isreg() or member.issparse():
                        raise unsafe(path, f"Member `{member.name}` is a link or a device. {DISTRUST}")
                    yield member.name, _bytes_of(archive, member) if is_wanted(member.name) else None
            stream.finish()
    except DAMAGE as error:
        raise truncated(path, error) from error
    except OSError as error:
        if error.errno is None:  # A decompressor's own complaint; what the system refuses has a number.
            raise truncated(path, error) from error
        raise


def _unpacked(path: Path) -> IO[bytes]:
    name = path.name.lower()
    if name.endswith(("xz",)):
        return cast(IO[bytes], lzma.open(path))
    if name.endswith(("gz",)):
        return cast(IO[bytes], gzip.open(path))
    if name.endswith("bz2"):
        return cast(IO[bytes], bz2.open(path))
    return path.open("rb")


def _bytes_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    data = file.read() if file else b""
    if len(data) != member.size:
        raise EOFError(f"`{member.name}` has {len(data)} of {member.size} bytes")
    return data


class _Measured:
    """A stream that refuses to give more than the limit, and remembers how it ended."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream = stream
        self._path = path
        self._given = 0
        self._last = b""

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._given += len(data)
        self._last = data[-tarfile.BLOCKSIZE :] or self._last
        if self._given > STREAM_LIMIT:
            raise unsafe(self._path, f"Unpacks to more than {STREAM_LIMIT} bytes. {DISTRUST}")
        return data

    def finish(self) -> None:
        """Read what follows the last member: a cut archive lacks its closing zeros or its checksum."""
        while self.read(tarfile.RECORDSIZE):
            pass
        if self._last.strip(b"\0"):
            raise EOFError("no end mark")
