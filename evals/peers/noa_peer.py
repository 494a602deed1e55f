"""Noa's own retriever, with what it does before: cleaning and understanding the question."""

from importlib.metadata import version

from noa_rag.answering.steps.screen import screen
from noa_rag.answering.steps.understand import Understand
from noa_rag.answering.turn import Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.question import Ask
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.service.noa import today_in_paris


class NoaPeer:
    """What the answer path finds for a question, as it would be asked on the page."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self.name = f"Noa {version('noa')}"
        self._retriever = retriever
        self._understand = Understand(today_in_paris, retriever.written)

    def rank(self, question: str) -> list[EntryId]:
        try:
            understood = self._understand(screen(Turn(Ask(question)))).understood
        except InvalidQuestion:
            return []
        return [match.entry_id for match in self._retriever.retrieve(understood).matches]

    def close(self) -> None:
        """Nothing is its own: who opened the base closes it."""
