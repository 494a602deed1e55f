"""Reads the official fiches, from an archive, a folder or a single file, into entries and agencies."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from noa_rag.domain.agency import Agency
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.knowledge.vosdroits.agencies import agencies_of, theme_of
from noa_rag.knowledge.vosdroits.archives import FicheFile, fiche_files
from noa_rag.knowledge.vosdroits.fiche import content_of, entry_id_of
from noa_rag.knowledge.vosdroits.parsing import node_from_json, node_from_xml
from noa_rag.knowledge.vosdroits.report import KeptText, VosdroitsReport, kept_text, warnings_about


@dataclass(frozen=True, slots=True)
class VosdroitsReading:
    """All that an import brings, none of it stored yet."""

    entries: list[tuple[EntryId, EntryContent]]
    agencies: list[Agency]
    report: VosdroitsReport


@dataclass(frozen=True, slots=True)
class _Fiche:
    id: EntryId
    path: str
    content: EntryContent
    agencies: tuple[Agency, ...]
    kept: KeptText
    has_theme: bool
    warnings: tuple[str, ...]


def read_vosdroits(path: Path, *, progress: Callable[[int, int], None]) -> VosdroitsReading:
    """The entries of every fiche at that path, or an error that lists every file that is wrong.

    `progress` is told after each file how many are done, and of how many.
    """
    files, skipped_file_count = fiche_files(path)
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
    return _reading(sorted(fiches, key=lambda fiche: (len(fiche.id), fiche.id)), skipped_file_count)


def _read(file: FicheFile) -> _Fiche:
    tree = node_from_xml(file.data, path=file.path) if file.is_xml else node_from_json(file.data, path=file.path)
    entry_id = entry_id_of(tree, path=file.path)
    content = content_of(tree, path=file.path)
    kept = kept_text(entry_id, tree, content)
    return _Fiche(
        id=entry_id,
        path=file.path,
        content=content,
        agencies=agencies_of(tree),
        kept=kept,
        has_theme=theme_of(tree) is not None,
        warnings=tuple(warnings_about(entry_id, tree, kept)),
    )


def _repeated(fiches: list[_Fiche]) -> list[Complaint]:
    first_paths: dict[EntryId, str] = {}
    complaints = []
    for fiche in fiches:
        if fiche.id in first_paths:
            message = f"The id {fiche.id} is taken by {first_paths[fiche.id]} already. Keep one of the two files."
            complaints.append(Complaint(fiche.path, 0, message))
        first_paths.setdefault(fiche.id, fiche.path)
    return complaints


def _reading(fiches: list[_Fiche], skipped_file_count: int) -> VosdroitsReading:
    imported = {fiche.id for fiche in fiches}
    agencies = list(dict.fromkeys(agency for fiche in fiches for agency in fiche.agencies))
    return VosdroitsReading(
        entries=[(fiche.id, _with_known_relations(fiche.content, imported)) for fiche in fiches],
        agencies=agencies,
        report=VosdroitsReport(
            entry_count=len(fiches),
            section_count=sum(len(fiche.content.sections) for fiche in fiches),
            agency_count=len(agencies),
            kept=tuple(fiche.kept for fiche in fiches),
            default_theme_ids=tuple(fiche.id for fiche in fiches if not fiche.has_theme),
            skipped_file_count=skipped_file_count,
            warnings=tuple(warning for fiche in fiches for warning in fiche.warnings),
        ),
    )


def _with_known_relations(content: EntryContent, imported: set[EntryId]) -> EntryContent:
    return replace(content, related=tuple(entry_id for entry_id in content.related if entry_id in imported))
