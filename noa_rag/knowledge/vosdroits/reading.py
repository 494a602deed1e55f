"""Reads the official fiches, from an archive, a folder or a single file, and reports how much of their text was kept.

Counted are the words of every text in the fiche, each as often as it occurs, and how many of these occurrences the
entry has too, in its question, answer, sections, legal references, online services and contacts.

Left out of the count is what is not the fiche's own content: the Dublin Core and audience metadata, breadcrumbs and
tables of contents, the titles of other fiches (kept as `related` where they are imported), and, of people to ask, the
directory code and the provider of the address. A service, contact or reference listed twice in the same words at the
end of a fiche counts once.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from noa_rag.domain.agency import Agency
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.knowledge.vosdroits.addresses import web_url
from noa_rag.knowledge.vosdroits.agencies import DEFAULT_THEME, agencies_of, theme_of
from noa_rag.knowledge.vosdroits.archives import FicheFile, fiche_files
from noa_rag.knowledge.vosdroits.fiche import content_of, entry_id_of, modified_on
from noa_rag.knowledge.vosdroits.nodes import Node, node_from_json, node_from_xml, one_line, text_of

KEPT_SHARE_WANTED = 0.93  # Below it, a chapter or a table is missing; the official fiches of 2020 keep more than .99.
LINKING = frozenset({"LienExterne", "Reference", "PourEnSavoirPlus", "RessourceWeb", "NoticeLiee", "LienWeb"})
METADATA = frozenset({"SurTitre", "Audience", "Canal", "Cible", "PivotLocal"})
NAVIGATION = frozenset({"FilDAriane", "Theme", "SousThemePere", "DossierPere", "SousDossierPere"})
OTHER_FICHES = frozenset({"VoirAussi", "QuestionReponse", "CommentFaireSi", "RechercheGuidee"})
NOT_COUNTED = METADATA | NAVIGATION | OTHER_FICHES

# Digits and letters apart, so that `1er`, stored as `1` and a superscript `er`, is the same two words on both sides.
WORD = re.compile(r"\d+|[^\W\d_]+")
LINK_ADDRESS = re.compile(r"\]\([^()\s]*\)")


@dataclass(frozen=True, slots=True)
class KeptText:
    """The words of one fiche, and how many of them its entry has."""

    entry_id: EntryId
    word_count: int
    kept_word_count: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 1 for a fiche without words."""
        return self.kept_word_count / self.word_count if self.word_count else 1.0


@dataclass(frozen=True, slots=True)
class VosdroitsReport:
    """Counts and warnings; `kept` has one measure for each fiche, in the order of the entries."""

    entry_count: int
    section_count: int
    agency_count: int
    kept: tuple[KeptText, ...]
    default_theme_ids: tuple[EntryId, ...]
    skipped_file_count: int
    warnings: tuple[str, ...]

    @property
    def least_kept_share(self) -> float:
        return min(kept.share for kept in self.kept)

    @property
    def mean_kept_share(self) -> float:
        return fmean(kept.share for kept in self.kept)


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


def kept_text(entry_id: EntryId, fiche: Node, content: EntryContent) -> KeptText:
    """The measure of one fiche against the entry made from it."""
    written = Counter(word for text in _texts_of_fiche(fiche) for word in _words(text))
    kept = Counter(word for text in _texts_of_entry(content) for word in _words(LINK_ADDRESS.sub("] ", text)))
    return KeptText(entry_id, written.total(), (written & kept).total())


def _texts_of_fiche(fiche: Node) -> Iterator[str]:
    yield text_of(fiche.first("dc:title"))
    seen: set[tuple[str, str, str]] = set()
    for node in fiche.elements:
        resource = (node.name, node.get("ID"), text_of(node))
        if node.name.startswith("dc:") or (node.get("ID") and resource in seen):
            continue
        seen.add(resource)
        yield from _counted_texts(node)


def _counted_texts(node: Node) -> Iterator[str]:
    if node.name in NOT_COUNTED:
        return
    for child in node.children:
        if isinstance(child, str):
            yield one_line(child)
        elif not (node.name == "OuSAdresser" and child.name == "Source"):
            yield from _counted_texts(child)


def _texts_of_entry(content: EntryContent) -> Iterator[str]:
    yield content.question
    yield content.answer
    for section in content.sections:
        yield section.heading
        yield section.text
    for source in (*content.legal_references, *content.online_services):
        yield source.title
    for contact in content.contacts:
        yield contact.name


def _words(text: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def warnings_about(entry_id: EntryId, fiche: Node, kept: KeptText) -> Iterator[str]:
    """What an operator should know of one fiche that was imported all the same."""
    if modified_on(fiche) is None:
        yield f"{entry_id}: no readable date in `dc:date`; the day of the import will be shown instead."
    if theme_of(fiche) is None:
        yield f"{entry_id}: filed under no dossier known here; its theme is `{DEFAULT_THEME}`."
    if kept.share < KEPT_SHARE_WANTED:
        yield f"{entry_id}: only {kept.share:.0%} of its text was kept; compare the entry with the official page."
    for node in fiche.walk():
        if node.name in LINKING and web_url(node.get("URL")) is None and node.get("URL"):
            yield f"{entry_id}: `{node.get('URL')[:80]}` is no web address; its text was kept without the link."
