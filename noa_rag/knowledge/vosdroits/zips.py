"""Reads the members of a zip archive, the form in which the official XML is published."""

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from noa_rag.knowledge.vosdroits.archives import DISTRUST, Allowance, truncated, unsafe

DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError, NotImplementedError)
ENCRYPTED = 0x1


def zip_members(path: Path, *, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes | None]]:
    """Each file's name with its bytes, or None where it is not wanted."""
    allowance = Allowance(path)
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                allowance.admit(member.orig_filename, member.file_size)
                if member.is_dir():
                    continue
                if not _is_plain_file(member):
                    raise unsafe(path, f"Member `{member.filename}` is a link, a device or encrypted. {DISTRUST}")
                yield member.filename, _bytes_of(archive, member) if is_wanted(member.filename) else None
    except DAMAGE as error:
        raise truncated(path, error) from error


def _is_plain_file(member: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(member.external_attr >> 16)  # Zero when the archive was not made on Unix.
    return kind in (0, stat.S_IFREG) and not member.flag_bits & ENCRYPTED


def _bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        return file.read(member.file_size + 1)  # A member larger than it announced fails its checksum.
