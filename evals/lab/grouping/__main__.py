"""`make grouping`: quality with ranges, stability, cost and noise; writes them under evals/results/."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.lab.grouping.over_time import costs, exponent, n_log_n_exponent, stability
from evals.lab.grouping.quality import (
    SPLITS,
    Figures,
    Quality,
    clusters,
    ingredients,
    labelled,
    sameness,
    split,
)
from evals.metrics.figure import Share, share
from evals.runner.bases import keep, opened, shared_is_there
from evals.runner.running import new_folder
from evals.suites.cases import SUITES, CaseKind, read_suite, shared_questions
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.retrieval.passages import Kind
from noa_rag.review.failures import noise_in
from noa_rag.review.grouping import BaseGrouping
from noa_rag.review.likeness import Landscape, Vectors
from noa_rag.review.thresholds import ALIKE_ENOUGH

GOAL = "goal: ARI .58, V .86; reference: .49, .83"
NOISY = ("abuse", "chit-chat", "injection")
IN_SCOPE_SUITES = ("retrieval", "answering", "noisy", "multilingual")


def main() -> int:
    """Print the tables and keep the figures; return 3 when the shared material is absent."""
    console = Console(width=150)
    if not shared_is_there():
        console.print("The shared French material is absent: nothing was measured.")
        return 3
    found = clusters()
    texts = [text for listed in found.values() for text in listed]
    bases: dict[str, tuple[Vectors, Vectors]] = {}
    with reported_errors(), shown_progress() as progress:
        with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
            bases["fiches"] = _of_base(noa.index.snapshot.vectors, [one.kind for one in noa.index.snapshot.texts])
        with opened("pack", pack=True, fiches=False, progress=progress) as noa:
            bases["pack"] = _of_base(noa.index.snapshot.vectors, [one.kind for one in noa.index.snapshot.texts])
            grouping = BaseGrouping(noa)
            vectors = dict(zip(texts, grouping.embed(texts), strict=True))
            shares = noise_shares(grouping.knows)
        both = zip(bases["pack"], bases["fiches"], strict=True)
        bases = {"pack and fiches": _joined(*both), **bases}
        landscapes = {name: Landscape.over(*base) for name, base in bases.items()}
        landscape = landscapes["pack and fiches"]
        progress("measuring quality", 0, 0)
        figures: dict[str, object] = {"quality": _quality(console, found, vectors, landscapes)}
        progress("measuring stability", 0, 0)
        steady = stability(labelled(found, split(found)[0]), vectors, landscape)
        pairs = sameness(labelled(found, split(found)[1]), vectors, landscape)
        progress("measuring cost", 0, 0)
        spent = costs(bases["pack"][0], landscape)
    console.print(steady)
    console.print(*pairs, sep="\n")
    console.print(*spent, sep="\n")
    counts = [one.question_count for one in spent]
    slopes = {
        "all at once": exponent(counts, [one.batch_seconds for one in spent]),
        "one day more": exponent(counts, [one.day_seconds for one in spent]),
        "n log n itself": n_log_n_exponent(counts),
    }
    console.print("exponents", slopes)
    for name, noise in shares.items():
        console.print(f"called noise: {name}: {noise.part} of {noise.whole}")
    figures |= {
        "stability": asdict(steady),
        "sameness": [asdict(one) for one in pairs],
        "cost": [asdict(one) for one in spent],
        "exponents": slopes,
        "noise": [{"name": name, "count": one.part, "total": one.whole} for name, one in shares.items()],
    }
    path = new_folder() / "grouping.json"
    keep(path, figures)
    console.print(f"kept in {path}")
    return 0


def _quality(
    console: Console, found: dict[str, list[str]], vectors: dict[str, Vectors], landscapes: dict[str, Landscape]
) -> list[dict[str, object]]:
    table = Table("base", "placed by", "threshold", "ARI", "V", "homog.", "compl.", "groups", "ARI best", title=GOAL)
    rows: list[dict[str, object]] = []
    for base, landscape in landscapes.items():
        for name, place in ingredients(landscape).items():
            quality = Quality(found, vectors, place)
            threshold = quality.chosen_threshold()
            one, best = quality.measured(threshold), quality.best_ari()
            rows.append({"base": base, "placed": name, "threshold": threshold, **asdict(one), "best_ari": best})
            table.add_row(base, name, f"{threshold:.2f}", *_shown(one), f"{best:.3f}")
        one, (ari, v_measure) = quality.measured(ALIKE_ENOUGH), quality.range(ALIKE_ENOUGH)
        rows.append({"base": base, "placed": "as shipped", "threshold": ALIKE_ENOUGH, **asdict(one), "ari_range": ari})
        table.add_row(base, "as shipped", f"{ALIKE_ENOUGH:.2f}", *_shown(one), "")
        table.add_row("", "95 % of draws of 30", "", *(f"{low:.2f}–{high:.2f}" for low, high in (ari, v_measure)))
    others = _other_draws(found, vectors, landscapes["pack and fiches"])
    console.print(table)
    for name, (mean, spread) in others.items():
        console.print(f"other draws of forty, {name}: ARI {mean:.3f}, standard deviation {spread:.3f}, over {SPLITS}")
    return [*rows, {"other_draws": others}]


def _other_draws(
    found: dict[str, list[str]], vectors: dict[str, Vectors], landscape: Landscape
) -> dict[str, tuple[float, float]]:
    """Return mean and deviation of the ARI over other draws of forty, each with a threshold from the rest."""
    means = {}
    for name, place in ingredients(landscape).items():
        quality = Quality(found, vectors, place)
        aris = [quality.measured(quality.chosen_threshold(seed), seed).ari for seed in range(1, SPLITS + 1)]
        means[name] = float(np.mean(aris)), float(np.std(aris))
    return means


def _of_base(vectors: Vectors, kinds: Sequence[Kind]) -> tuple[Vectors, Vectors]:
    return vectors[np.array([kind is Kind.QUESTION for kind in kinds])], vectors


def _joined(questions: tuple[Vectors, Vectors], texts: tuple[Vectors, Vectors]) -> tuple[Vectors, Vectors]:
    return np.vstack(questions), np.vstack(texts)


def _shown(one: Figures) -> list[str]:
    """Return ARI and V first, then homogeneity, completeness and the number of groups."""
    return [
        *(f"{value:.3f}" for value in (one.ari, one.v_measure, one.homogeneity, one.completeness)),
        str(one.group_count),
    ]


def noise_shares(knows: Callable[[str], bool]) -> dict[str, Share]:
    """Return the share called noise of each sort of refusal, then of questions in scope, which are none."""
    refusals = read_suite(SUITES / "out_of_scope.jsonl")
    totals = Counter(case.contrast for case in refusals)
    counts = Counter(case.contrast for case in refusals if noise_in(case.question, knows=knows))
    shares = {f"{sort}, to be recognised": Share(counts[sort], totals[sort]) for sort in NOISY}
    shares |= {f"{sort}, not noise": Share(counts[sort], totals[sort]) for sort in sorted(totals.keys() - set(NOISY))}
    in_scope = {name: read_suite(SUITES / f"{name}.jsonl") for name in IN_SCOPE_SUITES}
    in_scope["shared in scope"] = shared_questions(CaseKind.IN_SCOPE)
    for name, cases in in_scope.items():
        asked = [case.question for case in cases if case.kind is CaseKind.IN_SCOPE]
        shares[f"{name}, in scope"] = share(noise_in(text, knows=knows) is not None for text in asked)
    return shares


if __name__ == "__main__":
    sys.exit(main())
