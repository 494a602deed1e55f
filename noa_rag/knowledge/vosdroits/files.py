"""Finds the fiches at a path: a single file, a folder, or an archive read in memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.knowledge.vosdroits.archives import TAR_SUFFIXES, tar_members, zip_members
from noa_rag.knowledge.vosdroits.limits import FILE_BYTES_LIMIT, MEMBER_LIMIT, TOTAL_BYTES_LIMIT

# The official sets also hold menus (menu.xml), dossiers (N….xml) and resources (R….xml), which are no fiches.
FICHE_NAME = re.compile(r"^F[0-9]+\.(json|xml)$")
SINGLE_SUFFIXES = (".json", ".xml")


@dataclass(frozen=True, slots=True)
class FicheFile:
    """The bytes of a fiche, and the path to name in complaints."""

    path: str
    data: bytes

    @property
    def is_xml(self) -> bool:
        return self.path.lower().endswith(".xml")


def fiche_files(path: Path) -> tuple[list[FicheFile], int]:
    """Every fiche at that path, and how many other files were passed over."""
    try:
        found = list(_found(path))
    except OSError as error:
        raise _wrong(path, f"Cannot be read ({error.strerror or error}). Check its permissions.") from error
    fiches = [file for file in found if file]
    if not fiches:
        raise _wrong(path, "Holds no fiche: no file is named like F35211.json or F35211.xml. Check the path.")
    return fiches, len(found) - len(fiches)


def _found(path: Path) -> Iterator[FicheFile | None]:
    """The fiches, and None for each file that is something else."""
    if path.is_dir():
        yield from _in_folder(path)
    elif path.name.lower().endswith(SINGLE_SUFFIXES):
        yield FicheFile(str(path), _bytes_of(path))
    elif path.name.lower().endswith((".zip", *TAR_SUFFIXES)):
        members = zip_members if path.name.lower().endswith(".zip") else tar_members
        for name, data in members(path, is_wanted=_is_fiche):
            yield FicheFile(f"{path.name}/{name}", data) if data is not None else None
    elif path.exists():
        raise _wrong(path, "Neither a fiche nor an archive. Give a folder, a .json, an .xml, a .zip or a .tar.xz.")
    else:
        raise _wrong(path, "Does not exist. Check the path.")


def _in_folder(folder: Path) -> Iterator[FicheFile | None]:
    total = 0
    for count, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file()), start=1):
        if not _is_fiche(path.name):
            yield None
            continue
        data = _bytes_of(path)
        total += len(data)
        if count > MEMBER_LIMIT or total > TOTAL_BYTES_LIMIT:
            raise _wrong(folder, f"Holds over {MEMBER_LIMIT} files or {TOTAL_BYTES_LIMIT} bytes. Import it in parts.")
        yield FicheFile(str(path.relative_to(folder)), data)


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(FILE_BYTES_LIMIT + 1)
    if len(data) > FILE_BYTES_LIMIT:
        raise _wrong(path, f"Is larger than {FILE_BYTES_LIMIT} bytes, beyond any fiche. Leave it out.")
    return data


def _is_fiche(name: str) -> bool:
    return bool(FICHE_NAME.match(PurePosixPath(name).name))


def _wrong(path: Path, message: str) -> InvalidKnowledge:
    return InvalidKnowledge([Complaint(str(path), 0, message)])
