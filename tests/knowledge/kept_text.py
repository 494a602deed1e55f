"""How much of a fiche's text its entry has.

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
from pathlib import Path

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.knowledge.vosdroits.fiche import entry_id_of
from noa_rag.knowledge.vosdroits.nodes import Node, one_line, text_of
from noa_rag.knowledge.vosdroits.reading import fiche_files, read_vosdroits, tree_of

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

    word_count: int
    kept_word_count: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 1 for a fiche without words."""
        return self.kept_word_count / self.word_count if self.word_count else 1.0


def kept_of(path: Path) -> dict[EntryId, KeptText]:
    """Return the measure of each fiche at that path."""
    contents = dict(read_vosdroits(path, progress=lambda done, total: None).entries)
    trees = [(tree_of(file), file.path) for file in fiche_files(path)]
    ids = [entry_id_of(tree, path=name) for tree, name in trees]
    return {entry_id: kept_text(tree, contents[entry_id]) for entry_id, (tree, _) in zip(ids, trees, strict=True)}


def kept_text(fiche: Node, content: EntryContent) -> KeptText:
    """Return the measure of one fiche against the entry made from it."""
    written = Counter(word for text in _texts_of_fiche(fiche) for word in _words(text))
    words = Counter(word for text in _texts_of_entry(content) for word in _words(LINK_ADDRESS.sub("] ", text)))
    return KeptText(written.total(), (written & words).total())


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
