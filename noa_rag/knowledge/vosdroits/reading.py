"""Reads the official fiches, from an archive, a folder or a single file."""

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, cast

from noa_rag.domain.agency import Agency
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import NOT_A_FILE, Complaint, InvalidKnowledge, UnsafeArchive, wrong
from noa_rag.knowledge.vosdroits.fiche import agencies_of, content_of, entry_id_of
from noa_rag.knowledge.vosdroits.nodes import Node, node_from_json, node_from_xml

# Enough for every official publication, too little to fill a machine.
MEMBER_LIMIT = 20_000  # The archive for professionals has 706; the sets for all publics stay well below.
FILE_BYTES_LIMIT = 16 * 1024 * 1024  # The longest fiche of 2020 takes 1.1 MB.
TOTAL_BYTES_LIMIT = 384 * 1024 * 1024  # The 706 fiches for professionals take 60 MB; all of it is held at once.
DRIVE = re.compile(r"^[A-Za-z]:")
DISTRUST = "Do not trust this archive; fetch the official one."

TAR_SUFFIXES = (".tar", ".tar.xz", ".txz", ".tar.gz", ".tgz", ".tar.bz2")

# Headers and padding count too: a header may announce a gigabyte of comment, which tarfile would read whole.
STREAM_LIMIT = TOTAL_BYTES_LIMIT + MEMBER_LIMIT * 2 * tarfile.BLOCKSIZE
DAMAGE = (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError)

ZIP_DAMAGE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError, NotImplementedError)
ENCRYPTED = 0x1

# The official sets also hold menus (menu.xml), dossiers (N….xml) and resources (R….xml), which are no fiches.
FICHE_NAME = re.compile(r"^F[0-9]+\.(json|xml)$")
SINGLE_SUFFIXES = (".json", ".xml")


@dataclass(slots=True)
class Allowance:
    """What an archive has used of the limits so far; refuses the member that goes beyond."""

    archive: Path
    member_count: int = field(default=0, init=False)
    total_bytes: int = field(default=0, init=False)

    def admit(self, name: str, size: int) -> None:
        """Count a member by its announced size, before any of it is read."""
        self.member_count += 1
        self.total_bytes += size
        if climbs_out(name):
            raise unsafe(self.archive, f"Member `{name}` would leave the archive's folder. {DISTRUST}")
        if self.member_count > MEMBER_LIMIT:
            raise unsafe(self.archive, f"Holds more than {MEMBER_LIMIT} members. {DISTRUST}")
        if not 0 <= size <= FILE_BYTES_LIMIT:
            raise unsafe(self.archive, f"Member `{name}` takes {size} bytes of {FILE_BYTES_LIMIT} allowed. {DISTRUST}")
        if self.total_bytes > TOTAL_BYTES_LIMIT:
            raise unsafe(self.archive, f"Unpacks to more than {TOTAL_BYTES_LIMIT} bytes. {DISTRUST}")


def climbs_out(name: str) -> bool:
    """Whether a member's name leads out of the folder it would be unpacked in."""
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(DRIVE.match(name)) or "\0" in name


def unsafe(archive: Path, message: str) -> UnsafeArchive:
    return UnsafeArchive(f"{archive.name}: {message}")


def truncated(archive: Path, seen: object) -> UnsafeArchive:
    return unsafe(archive, f"Ends too early or is damaged ({seen}). Fetch it again.")


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
                yield member.filename, _bytes_of_member(archive, member) if is_wanted(member.filename) else None
    except ZIP_DAMAGE as error:
        raise truncated(path, error) from error


def _is_plain_file(member: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(member.external_attr >> 16)  # Zero when the archive was not made on Unix.
    return kind in (0, stat.S_IFREG) and not member.flag_bits & ENCRYPTED


def _bytes_of_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        return file.read(member.file_size + 1)  # A member larger than it announced fails its checksum.


@dataclass(frozen=True, slots=True)
class FicheFile:
    """The bytes of a fiche, and the path to name in complaints."""

    path: str
    data: bytes

    @property
    def is_xml(self) -> bool:
        return self.path.lower().endswith(".xml")


def fiche_files(path: Path) -> list[FicheFile]:
    """Return every fiche at that path; other files are passed over. Raises InvalidKnowledge where there is none."""
    try:
        fiches = list(_found(path))
    except OSError as error:
        raise wrong(path, f"Cannot be read ({error.strerror or error}). Check its permissions.") from error
    if not fiches:
        raise wrong(path, "Holds no fiche: no file is named like F35211.json or F35211.xml. Check the path.")
    return fiches


def _found(path: Path) -> Iterator[FicheFile]:
    if not path.exists():
        raise wrong(path, "Does not exist. Check the path.")
    if path.is_dir():
        yield from _in_folder(path)
    elif not path.is_file():
        raise wrong(path, NOT_A_FILE)
    elif path.name.lower().endswith(SINGLE_SUFFIXES):
        yield FicheFile(str(path), _bytes_at(path))
    elif path.name.lower().endswith((".zip", *TAR_SUFFIXES)):
        members = zip_members if path.name.lower().endswith(".zip") else tar_members
        for name, data in members(path, is_wanted=_is_fiche):
            if data is not None:
                yield FicheFile(f"{path.name}/{name}", data)
    else:
        raise wrong(path, "Neither a fiche nor an archive. Give a folder, a .json, an .xml, a .zip or a .tar.xz.")


def _in_folder(folder: Path) -> Iterator[FicheFile]:
    total = 0
    for count, path in enumerate(sorted(path for path in folder.rglob("*") if not path.is_dir()), start=1):
        if not _is_fiche(path.name):
            continue
        data = _bytes_at(path)
        total += len(data)
        if count > MEMBER_LIMIT or total > TOTAL_BYTES_LIMIT:
            raise wrong(folder, f"Holds over {MEMBER_LIMIT} files or {TOTAL_BYTES_LIMIT} bytes. Import it in parts.")
        yield FicheFile(str(path.relative_to(folder)), data)


def _bytes_at(path: Path) -> bytes:
    if not path.is_file():
        raise wrong(path, NOT_A_FILE)
    with path.open("rb") as file:
        data = file.read(FILE_BYTES_LIMIT + 1)
    if len(data) > FILE_BYTES_LIMIT:
        raise wrong(path, f"Is larger than {FILE_BYTES_LIMIT} bytes, beyond any fiche. Leave it out.")
    return data


def _is_fiche(name: str) -> bool:
    return bool(FICHE_NAME.match(PurePosixPath(name).name))


@dataclass(frozen=True, slots=True)
class VosdroitsReading:
    """All that an import brings, none of it stored yet."""

    entries: list[tuple[EntryId, EntryContent]]
    agencies: list[Agency]


@dataclass(frozen=True, slots=True)
class _Fiche:
    id: EntryId
    path: str
    content: EntryContent
    agencies: tuple[Agency, ...]


def read_vosdroits(path: Path, *, progress: Callable[[int, int], None]) -> VosdroitsReading:
    """The entries of every fiche at that path, or an error that lists every file that is wrong.

    `progress` is told after each file how many are done, and of how many.
    """
    files = fiche_files(path)
    fiches: list[_Fiche] = []
    complaints: list[Complaint] = []
    for done, file in enumerate(files, start=1):
        try:
            fiches.append(_read(file))
        except InvalidKnowledge as error:
            complaints.extend(error.complaints)
        progress(done, len(files))
    complaints.extend(_repeated(fiches))
    if complaints:
        raise InvalidKnowledge(complaints)
    return _reading(sorted(fiches, key=lambda fiche: (len(fiche.id), fiche.id)))


def _read(file: FicheFile) -> _Fiche:
    tree = tree_of(file)
    return _Fiche(entry_id_of(tree, path=file.path), file.path, content_of(tree, path=file.path), agencies_of(tree))


def tree_of(file: FicheFile) -> Node:
    """Return the elements of a fiche. Raises InvalidKnowledge for what is neither XML nor JSON of one."""
    return node_from_xml(file.data, path=file.path) if file.is_xml else node_from_json(file.data, path=file.path)


def _repeated(fiches: list[_Fiche]) -> list[Complaint]:
    first_paths: dict[EntryId, str] = {}
    complaints = []
    for fiche in fiches:
        if fiche.id in first_paths:
            message = f"The id {fiche.id} is taken by {first_paths[fiche.id]} already. Keep one of the two files."
            complaints.append(Complaint(fiche.path, 0, message))
        first_paths.setdefault(fiche.id, fiche.path)
    return complaints


def _reading(fiches: list[_Fiche]) -> VosdroitsReading:
    imported = {fiche.id for fiche in fiches}
    return VosdroitsReading(
        entries=[(fiche.id, _with_known_relations(fiche.content, imported)) for fiche in fiches],
        agencies=list(dict.fromkeys(agency for fiche in fiches for agency in fiche.agencies)),
    )


def _with_known_relations(content: EntryContent, imported: set[EntryId]) -> EntryContent:
    return replace(content, related=tuple(entry_id for entry_id in content.related if entry_id in imported))
