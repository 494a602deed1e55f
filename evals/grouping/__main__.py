"""`make grouping`: quality with ranges, stability, cost and noise; writes them under evals/results/."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from rich.console import Console
from rich.table import Table

from evals.bases import opened, shared_is_there
from evals.grouping.cost import costs, exponent, n_log_n_exponent
from evals.grouping.labelled import clusters, labelled, split
from evals.grouping.noise import noise_shares
from evals.grouping.quality import SPLITS, Figures, Quality, ingredients
from evals.grouping.sameness import sameness
from evals.grouping.stability import stability
from evals.running import new_folder
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.retrieval.passages import Kind
from noa_rag.review.grouping import ALIKE_ENOUGH
from noa_rag.review.likeness import Landscape, Vectors
from noa_rag.service.drafts import BaseGrouping

GOAL = "goal: ARI .58, V .86; reference: .49, .83"


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
    for share in shares:
        console.print(f"called noise: {share.name}: {share.count} of {share.total}")
    figures |= {
        "stability": asdict(steady),
        "sameness": [asdict(one) for one in pairs],
        "cost": [asdict(one) for one in spent],
        "exponents": slopes,
        "noise": [asdict(one) for one in shares],
    }
    folder = new_folder()
    folder.mkdir(parents=True)
    (folder / "grouping.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    console.print(f"kept in {folder / 'grouping.json'}")
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


if __name__ == "__main__":
    sys.exit(main())
