"""What an import of fiches brought, what deserves a look, and how much of their text was kept (recall of words).

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
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.knowledge.vosdroits.addresses import web_url
from noa_rag.knowledge.vosdroits.agencies import DEFAULT_THEME, theme_of
from noa_rag.knowledge.vosdroits.fiche import modified_on
from noa_rag.knowledge.vosdroits.nodes import Node, one_line, text_of

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
