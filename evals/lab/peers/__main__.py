"""`python -m evals.lab.peers`: right answers and speed of Noa and of other open hybrid retrievers, in one table."""

import gc
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from rich.console import Console
from rich.table import Table

from evals.lab.peers.retrievers import (
    PACKAGES,
    HaystackPeer,
    LlamaIndexPeer,
    NoaPeer,
    Passages,
    Peer,
    ReadPeer,
    TxtaiPeer,
    passages_of,
    require_packages,
)
from evals.metrics.figure import Paired, Share, mcnemar, share
from evals.runner.bases import keep, opened, shared_is_there
from evals.runner.folders import ROOT
from evals.runner.running import new_folder
from evals.suites.cases import Case, CaseKind, shared_questions
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Progress, no_progress


def main() -> None:
    """Compare over the imported fiches; print the table and keep every question's places in evals/results."""
    console = Console(width=140)
    with reported_errors(), shown_progress() as progress:
        require_packages(PACKAGES)
        if not shared_is_there():
            sys.exit("The shared French material is needed to compare; put `shared` beside the repository.")
        cases = shared_questions(CaseKind.IN_SCOPE)
        with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
            passages = passages_of(noa.index.snapshot, noa.index.embedder)
            if noa.verifier is None:
                sys.exit("Nothing reads here, which one of the peers is given: leave NOA_RERANKER as it is.")
            others = _others(passages, progress)
            read = [ReadPeer(one, noa.retriever, noa.verifier) for one in others[:1]]
            peers: list[Peer] = [*others, *read, NoaPeer(noa.retriever)]
            *measured, own = ask_in_turn(peers, cases, progress)
            for peer in peers:
                peer.close()
            settings = _settings(passages)
    console.print(as_table(own, measured))
    path = new_folder() / "peers.json"
    keep(path, settings | as_record(own, measured, cases))
    console.print(f"Every question's places are kept in {path.relative_to(ROOT)}.")


def _others(passages: Passages, progress: Progress) -> Sequence[Peer]:
    progress("building the peers' indexes", 0, 0)
    return [LlamaIndexPeer(passages), HaystackPeer(passages), TxtaiPeer(passages)]


def _settings(passages: Passages) -> dict[str, object]:
    return {
        "model": passages.embedder.fingerprint,
        "passages": len(passages.texts),
        "passages_of_each_list": passages.depth,
        "versions": {package: version(package) for package in ("llama-index-core", "chromadb", *PACKAGES)},
    }


WARM_UP = 20  # questions asked once before the clock runs
PLACES = 10  # an entry further down counts as not found
NOTE = (
    "Same passages, same vectors, the question embedded within the time. No peer reranks by itself, which wants a model"
    " of its own; one is given our reader. haystack's store in memory looks at every passage for each question. +:"
    " questions that this system alone answers first and right; -: that the best peer alone does; p: McNemar's exact"
    " test, which takes questions as independent, though many are variants of one another."
)


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """One peer over all questions: the place of the first right entry, None when it is not among ten, and the time.

    `is_read` marks a peer whose candidates our reader reorders; it is no peer to be compared with.
    """

    name: str
    places: tuple[int | None, ...]
    milliseconds: tuple[float, ...]
    is_read: bool = False

    def hit_at(self, limit: int) -> Share:
        return share(place is not None and place <= limit for place in self.places)

    @property
    def mean_reciprocal_rank(self) -> float:
        return sum(1 / place for place in self.places if place) / len(self.places) if self.places else 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def percentile_95(self) -> float:
        return statistics.quantiles(self.milliseconds, n=20)[-1]


def ask_in_turn(peers: Sequence[Peer], cases: Sequence[Case], progress: Progress = no_progress) -> list[PeerFigures]:
    """Return what each peer does with the cases; a question goes to all peers before the next one is asked."""
    for case in cases[:WARM_UP]:
        for peer in peers:
            peer.rank(case.question)
    places: list[list[int | None]] = [[] for _ in peers]
    milliseconds: list[list[float]] = [[] for _ in peers]
    with _collector_at_rest():
        for number, case in enumerate(cases):
            progress("asking all peers in turn", number, len(cases))
            for at in _order(number, len(peers)):
                start = time.perf_counter()
                ranking = peers[at].rank(case.question)
                milliseconds[at].append((time.perf_counter() - start) * 1_000)
                places[at].append(_place(ranking, case))
    return [
        PeerFigures(peer.name, tuple(places[at]), tuple(milliseconds[at]), isinstance(peer, ReadPeer))
        for at, peer in enumerate(peers)
    ]


def compared(one: PeerFigures, other: PeerFigures) -> tuple[float, Paired]:
    """Return the ratio of right first answers, and how the two differ question by question."""
    ones, others = one.hit_at(1).part, other.hit_at(1).part
    ratio = ones / others if others else float("inf")
    return ratio, mcnemar([place == 1 for place in one.places], [place == 1 for place in other.places])


def best(outcomes: Sequence[PeerFigures]) -> PeerFigures:
    """Return the peer with most right first answers, without those that our reader reorders.

    The mean reciprocal rank decides between equals.
    """
    return max(
        (one for one in outcomes if not one.is_read), key=lambda one: (one.hit_at(1).part, one.mean_reciprocal_rank)
    )


def _order(number: int, count: int) -> list[int]:
    """Return the order in which peers are asked; each is first equally often, as the first finds caches cold."""
    return [(number + at) % count for at in range(count)]


def _place(ranking: Sequence[EntryId], case: Case) -> int | None:
    right = (place for place, entry_id in enumerate(ranking[:PLACES], start=1) if entry_id in case.expected_entries)
    return next(right, None)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Exclude existing objects from garbage collection: one peer's millions of numbers would slow another's answers."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def as_table(noa: PeerFigures, peers: Sequence[PeerFigures]) -> Table:
    """Return one row a system, Noa last, each beside the best peer."""
    first = best(peers)
    table = Table(
        f"{len(noa.places)} questions",
        "hit@1",
        "hit@5",
        f"MRR@{PLACES}",
        "median ms",
        "p95 ms",
        f"right first answers, {first.name} = 1",
        caption=NOTE,
    )
    for one in (*peers, noa):
        table.add_row(
            one.name,
            _counted(one.hit_at(1)),
            _counted(one.hit_at(5)),
            f"{one.mean_reciprocal_rank:.3f} ({one.hit_at(PLACES).part} found)",
            f"{one.median:.1f}",
            f"{one.percentile_95:.1f}",
            "1" if one is first else _beside(one, first),
        )
    return table


def as_record(noa: PeerFigures, peers: Sequence[PeerFigures], cases: Sequence[Case]) -> dict[str, object]:
    """Return all figures, and for each question where each system has the first right entry."""
    first = best(peers)
    systems = (*peers, noa)
    return {
        "best_peer": first.name,
        "systems": {one.name: _figures(one, first) for one in systems},
        "questions": [
            {
                "id": case.id,
                "question": case.question,
                "expected_entries": list(case.expected_entries),
                "actual_places": {one.name: one.places[at] for one in systems},
            }
            for at, case in enumerate(cases)
        ],
    }


def _figures(one: PeerFigures, first: PeerFigures) -> dict[str, object]:
    ratio, paired = compared(one, first)
    return {
        "hit_at_1": _counted(one.hit_at(1)),
        "hit_at_5": _counted(one.hit_at(5)),
        "found_in_ten": _counted(one.hit_at(PLACES)),
        "mean_reciprocal_rank": round(one.mean_reciprocal_rank, 4),
        "median_milliseconds": round(one.median, 2),
        "p95_milliseconds": round(one.percentile_95, 2),
        "right_first_ratio": round(ratio, 4),
        "only_this_right": paired.only_one,
        "only_best_peer_right": paired.only_other,
        "mcnemar_p": paired.p_value,
    }


def _counted(one: Share) -> str:
    return f"{one.rate:.3f} ({one.part}/{one.whole})"


def _beside(one: PeerFigures, first: PeerFigures) -> str:
    ratio, paired = compared(one, first)
    return f"{ratio:.2f} (+{paired.only_one} -{paired.only_other}; p = {paired.p_value:.2g})"


if __name__ == "__main__":
    main()
