"""Asking cases of a base, quickly: all questions embedded at once, nothing recorded."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evals.suites.cases import Case, CaseKind
from noa_rag.answering.steps.understand import Screen, Understand
from noa_rag.answering.turn import Turn
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.ports import Retrieved
from noa_rag.domain.question import Ask, Language, Question
from noa_rag.retrieval.embedding import Embedder
from noa_rag.retrieval.index import Snapshot
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.service.noa import Noa

FOLDS = 4  # each alternate question is asked once, of a base that holds the other three quarters


@dataclass(frozen=True, slots=True)
class AskedCase:
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


def ask_with(retriever: HybridRetriever, embedder: Embedder, cases: Sequence[Case]) -> list[AskedCase]:
    """Return what the retriever finds for each case; a question that the screen refuses finds nothing."""
    questions = [_understood(case.question, retriever) for case in cases]
    readable = [question for question in questions if question is not None]
    vectors = iter(embedder.embed_queries([question.normalised for question in readable]))
    asked_cases = []
    for case, question in zip(cases, questions, strict=True):
        if question is None:
            asked_cases.append(_refused(case))
            continue
        vector = next(vectors)
        retrieved = retriever.retrieve_embedded(question, vector)
        asked_cases.append(AskedCase(_with_family(case, retrieved), question, vector, retrieved))
    return asked_cases


def ask_hidden(retriever: HybridRetriever, asked: Sequence[AskedCase]) -> list[AskedCase]:
    """Ask the cases again with their own entries hidden, so that every first match is a near miss."""
    return [
        replace(
            asked_case,
            case=replace(
                asked_case.case, id=f"{asked_case.case.id}-hidden", kind=CaseKind.NEAR_MISS, expected_entries=()
            ),
            retrieved=retriever.retrieve_embedded(
                asked_case.question, asked_case.vector, hidden=set(asked_case.case.expected_entries)
            ),
        )
        for asked_case in asked
    ]


def _with_family(case: Case, retrieved: Retrieved) -> Case:
    """Return the case with the members of a family of which one is right: the visitor's own is chosen afterwards."""
    right = set(case.expected_entries)
    found = (match.entry_id for match in retrieved.matches if right.intersection(match.family))
    return replace(case, expected_entries=tuple(dict.fromkeys((*case.expected_entries, *found))))


def _refused(case: Case) -> AskedCase:
    nothing = np.zeros(0, dtype=np.float32)
    return AskedCase(case, Question(case.question, "", Language.FRENCH, today_in_paris()), nothing, Retrieved(()))


def _understood(text: str, retriever: HybridRetriever) -> Question | None:
    try:
        understand = Understand(today_in_paris, retriever.written, retriever.is_borrowed)
        return understand(Screen()(Turn(Ask(text)))).understood
    except InvalidQuestion:
        return None


def ask_held_out(noa: Noa, *, seed: int, limit: int) -> list[AskedCase]:
    """Ask each alternate question of a base from which its fold of alternates was left out."""
    asked_cases: list[AskedCase] = []
    for retriever, _, cases in held_out_bases(noa, seed=seed, limit=limit):
        asked_cases += ask_with(retriever, noa.index.embedder, cases)
    return asked_cases


def held_out_bases(noa: Noa, *, seed: int, limit: int) -> Iterator[tuple[HybridRetriever, Snapshot, list[Case]]]:
    """Yield, for each fold of alternates, a retriever over the base without it, its snapshot, and the fold as cases."""
    _, versions = noa.records.changed_since(-1)
    for fold in range(FOLDS):
        split = [_without_fold(version, fold, seed) for version in versions]
        with _retriever(noa, [version for version, _ in split], limit) as (retriever, snapshot):
            yield retriever, snapshot, [case for _, held in split for case in held]


def _without_fold(version: EntryVersion, fold: int, seed: int) -> tuple[EntryVersion, list[Case]]:
    alternates = list(version.content.alternate_questions)
    random.Random(f"{seed}-{version.id}").shuffle(alternates)
    held = alternates[fold::FOLDS]
    kept_alternates = tuple(question for question in version.content.alternate_questions if question not in held)
    cases = [
        Case(
            f"{version.id}-{fold}-{number}",
            alternate.text,
            CaseKind.IN_SCOPE,
            (version.id,),
            alternate.language,
            "alternate",
        )
        for number, alternate in enumerate(held)
    ]
    return replace(version, content=replace(version.content, alternate_questions=kept_alternates)), cases


@contextmanager
def _retriever(noa: Noa, versions: Sequence[EntryVersion], limit: int) -> Iterator[tuple[HybridRetriever, Snapshot]]:
    index = noa.index.beside()
    index.refresh(lambda revision: (revision + 1, versions))
    yield HybridRetriever(index, noa.retriever.ranking, noa.retriever.subject, limit=limit), index.snapshot
