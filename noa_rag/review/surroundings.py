"""What the base holds around some questions: the entries near them, and the agencies they may belong to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.draft import NearEntry
from noa_rag.domain.entry import EntryId, EntryVersion


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry near the questions; one whose `score` is higher by 1 is about e times likelier."""

    version: EntryVersion
    score: float


@dataclass(frozen=True, slots=True)
class Around:
    """Entries, best first; how like the questions each owner's entries are on the whole, and its remit, -1 to 1."""

    entries: tuple[FoundEntry, ...]
    subjects: Mapping[AgencyId, float]
    remits: Mapping[AgencyId, float]


class Knowledge(Protocol):
    """The base, as the making of drafts asks it."""

    def around(self, questions: Sequence[str], *, hidden: Collection[EntryId] = ()) -> Around:
        """Return what is near the questions; the first one stands for all."""

    def near(self, question: str, *, hidden: Collection[EntryId] = ()) -> Sequence[NearEntry]:
        """Return the entries that Noa would think of first, with its calibrated confidence in each."""

    def likeness(self, question: str, others: Sequence[str]) -> Sequence[float]:
        """Return how much each of the others means the same as the question, 0 to 1."""

    def spelt(self, word: str) -> str:
        """Return the word as the base writes it where it is surely misspelt, else the word."""

    def agencies(self) -> Mapping[AgencyId, Agency]: ...

    def owners(self) -> frozenset[AgencyId]:
        """Return the agencies that may own an entry today."""

    def themes(self) -> tuple[Theme, ...]: ...

    def entry_ids(self) -> Collection[EntryId]:
        """Return the ids of all entries, withdrawn ones included."""
