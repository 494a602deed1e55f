"""Asking cases of a base, quickly: all questions embedded at once, nothing recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case, CaseKind
from noa_rag.answering.steps.screen import screen
from noa_rag.answering.steps.understand import Understand, Writing
from noa_rag.answering.turn import Turn
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.match import Retrieved
from noa_rag.domain.question import Ask, Language, Question
from noa_rag.retrieval.embedding import Embedder
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.service.noa import today_in_paris


@dataclass(frozen=True, slots=True)
class Asked:
    """A case with its question as Noa understood it, its vector, and what was retrieved for it."""

    case: Case
    question: Question
    vector: NDArray[np.float32]
    retrieved: Retrieved

    @property
    def first_is_right(self) -> bool:
        return bool(self.retrieved.matches) and self.retrieved.matches[0].entry_id in self.case.expected_entries

    def is_hit(self, limit: int) -> bool:
        return any(match.entry_id in self.case.expected_entries for match in self.retrieved.matches[:limit])


def ask_with(retriever: HybridRetriever, embedder: Embedder, cases: Sequence[Case]) -> list[Asked]:
    """Return what the retriever finds for each case; a question that the screen refuses finds nothing."""
    questions = [_understood(case.question, retriever.written) for case in cases]
    readable = [question for question in questions if question is not None]
    vectors = iter(embedder.embed_queries([question.normalised for question in readable]))
    asked = []
    for case, question in zip(cases, questions, strict=True):
        if question is None:
            asked.append(_refused(case))
            continue
        vector = next(vectors)
        asked.append(Asked(case, question, vector, retriever.retrieve_embedded(question, vector)))
    return asked


def ask_hidden(retriever: HybridRetriever, asked: Sequence[Asked]) -> list[Asked]:
    """Return the same with each case's own entries hidden: whatever comes first is a near miss."""
    return [
        replace(
            one,
            case=replace(one.case, id=f"{one.case.id}-hidden", kind=CaseKind.NEAR_MISS, expected_entries=()),
            retrieved=retriever.retrieve_embedded(one.question, one.vector, hidden=set(one.case.expected_entries)),
        )
        for one in asked
    ]


def _refused(case: Case) -> Asked:
    nothing = np.zeros(0, dtype=np.float32)
    return Asked(case, Question(case.question, "", Language.FRENCH, today_in_paris()), nothing, Retrieved(()))


def _understood(text: str, written: Writing) -> Question | None:
    try:
        return Understand(today_in_paris, written)(screen(Turn(Ask(text)))).understood
    except InvalidQuestion:
        return None
