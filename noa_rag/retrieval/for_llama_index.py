"""Noa's search as a LlamaIndex retriever, for query engines and agents of others; Noa itself does not need it."""

from collections.abc import Callable
from datetime import date

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from noa_rag.domain.entry import EntryVersion, official_text
from noa_rag.domain.ports import EntryReader
from noa_rag.domain.question import Question
from noa_rag.domain.regions import covers
from noa_rag.french.language import detect_language
from noa_rag.retrieval.retriever import HybridRetriever


class EntryRetriever(BaseRetriever):  # type: ignore[misc]
    """Returns the entries nearest to a question, each as one node with its approved text, byte for byte.

    A node's score is the entry's score in Noa's own order, in log-odds. The database is asked which entries are in
    force and hold in `region`; nothing is judged or recorded.
    """

    def __init__(
        self, retriever: HybridRetriever, entries: EntryReader, *, today: Callable[[], date], region: str | None = None
    ) -> None:
        super().__init__()
        self._retriever = retriever
        self._entries = entries
        self._today = today
        self._region = region

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        text, day = query_bundle.query_str, self._today()
        question = Question(
            text=text,
            normalised=self._retriever.written(text),
            language=detect_language(text),
            as_of=day,
            region=self._region,
        )
        matches = self._retriever.retrieve(question).matches
        versions = self._entries.in_force([match.entry_id for match in matches], day)
        return [
            NodeWithScore(node=_node(version), score=match.score)
            for match in matches
            if (version := versions.get(match.entry_id)) is not None
            and version.is_servable_on(day)
            and covers(version.content.regions, self._region)
        ]


def _node(version: EntryVersion) -> TextNode:
    content = version.content
    return TextNode(
        id_=f"{version.id}:{version.version}",
        text=official_text(content),
        metadata={
            "entry_id": str(version.id),
            "version": version.version,
            "question": content.question,
            "agency": str(content.agency_id),
            "source": content.sources[0].url if content.sources else "",
        },
    )
