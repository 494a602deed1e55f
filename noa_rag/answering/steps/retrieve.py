"""Find the entries that may answer."""

from dataclasses import dataclass, field, replace

from noa_rag.answering.turn import Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Retriever


@dataclass(frozen=True, slots=True)
class Retrieve:
    """`hidden` entries are left out, which evaluations use to make near misses."""

    retriever: Retriever
    hidden: frozenset[EntryId] = field(default_factory=frozenset)

    def __call__(self, turn: Turn) -> Turn:
        return replace(turn, retrieved=self.retriever.retrieve(turn.understood, hidden=self.hidden))
