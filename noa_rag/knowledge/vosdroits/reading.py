"""Reads the official fiches, from an archive, a folder or a single file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from noa_rag.domain.agency import Agency
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.knowledge.vosdroits.agencies import agencies_of
from noa_rag.knowledge.vosdroits.archives import FicheFile, fiche_files
from noa_rag.knowledge.vosdroits.fiche import content_of, entry_id_of
from noa_rag.knowledge.vosdroits.nodes import Node, node_from_json, node_from_xml


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
