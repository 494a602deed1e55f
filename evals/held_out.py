"""Questions for free: some alternate questions are taken out of a base, and asked of what remains."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.asking import Asked, ask_with
from evals.cases import Case, CaseKind
from noa_rag.domain.entry import EntryVersion
from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.index import Snapshot
from noa_rag.retrieval.retriever import HybridRetriever
from noa_rag.service.noa import Noa

FOLDS = 4  # each alternate question is asked once, of a base that holds the other three quarters


def ask_held_out(noa: Noa, *, seed: int, limit: int) -> list[Asked]:
    """Return what each alternate question finds in a base that lacks its fold of them."""
    asked: list[Asked] = []
    for retriever, _, cases in held_out_bases(noa, seed=seed, limit=limit):
        asked += ask_with(retriever, noa.index.embedder, cases)
    return asked


def held_out_bases(noa: Noa, *, seed: int, limit: int) -> Iterator[tuple[HybridRetriever, Snapshot, list[Case]]]:
    """Yield a retriever over each base that lacks a fold of the alternates, its snapshot, and those as cases."""
    _, versions = noa.records.changed_since(-1)
    for fold in range(FOLDS):
        split = [_without_fold(version, fold, seed) for version in versions]
        with _retriever(noa, [version for version, _ in split], limit) as (retriever, snapshot):
            yield retriever, snapshot, [case for _, held in split for case in held]


def _without_fold(version: EntryVersion, fold: int, seed: int) -> tuple[EntryVersion, list[Case]]:
    alternates = list(version.content.alternate_questions)
    random.Random(f"{seed}-{version.id}").shuffle(alternates)
    held = alternates[fold::FOLDS]
    kept = tuple(one for one in version.content.alternate_questions if one not in held)
    cases = [
        Case(f"{version.id}-{fold}-{number}", one.text, CaseKind.IN_SCOPE, (version.id,), one.language, "alternate")
        for number, one in enumerate(held)
    ]
    return replace(version, content=replace(version.content, alternate_questions=kept)), cases


@contextmanager
def _retriever(noa: Noa, versions: Sequence[EntryVersion], limit: int) -> Iterator[tuple[HybridRetriever, Snapshot]]:
    with TemporaryDirectory() as folder:
        store = ChromaStore(Path(folder) / "chroma")
        index = noa.index.beside(store)
        index.refresh(lambda revision: (revision + 1, versions))
        yield HybridRetriever(index, noa.retriever.ranking, noa.retriever.subject, limit=limit), index.snapshot
        index.close()
