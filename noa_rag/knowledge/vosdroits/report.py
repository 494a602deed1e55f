"""What an import of fiches brought, how much of their text was kept, and what deserves a look."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from noa_rag.domain.entry import EntryId
from noa_rag.knowledge.vosdroits.addresses import web_url
from noa_rag.knowledge.vosdroits.fiche import modified_on
from noa_rag.knowledge.vosdroits.kept import KeptText
from noa_rag.knowledge.vosdroits.nodes import Node
from noa_rag.knowledge.vosdroits.themes import DEFAULT_THEME, theme_of

KEPT_SHARE_WANTED = 0.93  # Below it, a chapter or a table is missing; the official fiches of 2020 keep more than .99.
LINKING = frozenset({"LienExterne", "Reference", "PourEnSavoirPlus", "RessourceWeb", "NoticeLiee", "LienWeb"})


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
