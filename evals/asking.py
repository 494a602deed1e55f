"""Asking cases of a base, quickly: all questions embedded at once, nothing recorded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evals.cases import Case
from noa_rag.answering.steps.screen import screen
from noa_rag.answering.steps.understand import Understand
from noa_rag.answering.turn import Turn
from noa_rag.assembly.service import Noa, today_in_paris
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.match import Retrieved
from noa_rag.domain.question import Ask, Language, Question


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


def ask_all(noa: Noa, cases: Sequence[Case]) -> list[Asked]:
    """Return what the retriever finds for each case; a question that the screen refuses finds nothing."""
    questions = [_understood(case.question) for case in cases]
    readable = [question for question in questions if question is not None]
    vectors = iter(noa.index.embedder.embed_queries([question.normalised for question in readable]))
    return [
        _refused(case) if question is None else _asked(noa, case, question, next(vectors))
        for case, question in zip(cases, questions, strict=True)
    ]


def _asked(noa: Noa, case: Case, question: Question, vector: NDArray[np.float32]) -> Asked:
    return Asked(case, question, vector, noa.retriever.retrieve_embedded(question, vector))


def _refused(case: Case) -> Asked:
    nothing = np.zeros(0, dtype=np.float32)
    return Asked(case, Question(case.question, "", Language.FRENCH, today_in_paris()), nothing, Retrieved(()))


def ask_hidden(noa: Noa, asked: Sequence[Asked], hidden: Collection[EntryId] = ()) -> list[Asked]:
    """Return the same with each case's own entries hidden: whatever comes first is a near miss."""
    return [
        replace(
            one,
            case=replace(one.case, id=f"{one.case.id}-hidden", expected_entries=()),
            retrieved=noa.retriever.retrieve_embedded(
                one.question, one.vector, hidden={*one.case.expected_entries, *hidden}
            ),
        )
        for one in asked
    ]


def _understood(text: str) -> Question | None:
    try:
        return Understand(today_in_paris)(screen(Turn(Ask(text)))).understood
    except InvalidQuestion:
        return None
