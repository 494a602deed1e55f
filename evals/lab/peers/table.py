"""The comparison as one table for people and one file for programs."""

from collections.abc import Sequence

from rich.table import Table

from evals.lab.peers.measure import PLACES, Outcome, best, compared
from evals.metrics import Share
from evals.suites.cases import Case

NOTE = (
    "Same passages, same vectors, the question embedded within the time. No peer reranks: their rerankers want a model"
    " of their own. haystack's store in memory looks at every passage for each question. +: questions that this system"
    " alone answers first and right; -: that the best peer alone does; p: McNemar's exact test, which takes questions"
    " as independent, though many are variants of one another."
)


def as_table(noa: Outcome, peers: Sequence[Outcome]) -> Table:
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


def as_record(noa: Outcome, peers: Sequence[Outcome], cases: Sequence[Case]) -> dict[str, object]:
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


def _figures(one: Outcome, first: Outcome) -> dict[str, object]:
    comparison = compared(one, first)
    return {
        "hit_at_1": _counted(one.hit_at(1)),
        "hit_at_5": _counted(one.hit_at(5)),
        "found_in_ten": _counted(one.hit_at(PLACES)),
        "mean_reciprocal_rank": round(one.mean_reciprocal_rank, 4),
        "median_milliseconds": round(one.median, 2),
        "p95_milliseconds": round(one.percentile_95, 2),
        "right_first_ratio": round(comparison.ratio, 4),
        "only_this_right": comparison.only_one,
        "only_best_peer_right": comparison.only_other,
        "mcnemar_p": comparison.p_value,
    }


def _counted(one: Share) -> str:
    return f"{one.rate:.3f} ({one.part}/{one.whole})"


def _beside(one: Outcome, first: Outcome) -> str:
    comparison = compared(one, first)
    gained, lost = comparison.only_one, comparison.only_other
    return f"{comparison.ratio:.2f} (+{gained} -{lost}; p = {comparison.p_value:.2g})"
