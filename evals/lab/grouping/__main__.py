"""`make grouping`: quality with ranges, stability, cost and noise; writes them under evals/results/.

Groups made day by day stand beside groups made all at once, with what they cost as questions grow.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_rand_score

from evals.lab.grouping.quality import (
    SPLITS,
    Figures,
    Labelled,
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
from noa_rag.domain.failure import Asked, Failure, FailureKind, QuestionGroup
from noa_rag.domain.question import Language
from noa_rag.retrieval.passages import Kind
from noa_rag.review.failures import noise_in
from noa_rag.review.grouping import BaseGrouping, Grouper, grown
from noa_rag.review.likeness import COMPARED_IN_ALL, Landscape, Vectors, near_pairs
from noa_rag.review.thresholds import ALIKE_ENOUGH

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
ORDERS = 10
DAYS = 20
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000)
PER_TOPIC = 5
A_DAY = 200
SHAKE = 0.25  # length of the noise on a topic's unit vector: about the distance between phrasings of a topic
GOAL = "goal: ARI .58, V .86; reference: .49, .83"
NOISY = ("abuse", "chit-chat", "injection")
IN_SCOPE_SUITES = ("retrieval", "answering", "noisy", "multilingual")


@dataclass(frozen=True, slots=True)
class Stability:
    """Means over random orders of the questions: agreement of day-by-day groups with labels, and with one batch."""

    ari_day_by_day: float
    ari_at_once: float
    agreement: float
    split_count: int


def failure(text: str, number: int) -> Failure:
    """Return a recorded question that was refused, one a minute."""
    at = START + timedelta(minutes=number)
    return Failure(
        Asked(f"{number:032}", f"c{number}", at, text, text, Language.FRENCH, "abstained"), FailureKind.ABSTAINED
    )


def stability(drawn: Labelled, vectors: Mapping[str, Vectors], landscape: Landscape) -> Stability:
    """Return how steady groups are when the questions come on twenty days, in ten random orders."""
    grouper = Grouper(lambda texts: np.stack([vectors[text] for text in texts]), landscape)
    found = []
    split_count = 0
    for seed in range(ORDERS):
        order = random.Random(seed).sample(range(len(drawn.texts)), len(drawn.texts))
        new = [failure(drawn.texts[at], number) for number, at in enumerate(order)]
        labels = [drawn.clusters[at] for at in order]
        at_once = _numbers(grouper.assign([], new, now=START).new_groups, len(new))
        groups: list[QuestionGroup] = []
        for day in np.array_split(np.arange(len(new)), DAYS):
            before = [{one.asked.question_id for one in group.failures} for group in groups]
            groups = day_after(grouper, groups, [new[at] for at in day])
            now = [{one.asked.question_id for one in group.failures} for group in groups]
            split_count += sum(not any(members <= other for other in now) for members in before)
        day_by_day = _numbers(groups, len(new))
        found.append(
            [
                adjusted_rand_score(labels, day_by_day),
                adjusted_rand_score(labels, at_once),
                adjusted_rand_score(at_once, day_by_day),
            ]
        )
    means = np.mean(found, axis=0)
    return Stability(float(means[0]), float(means[1]), float(means[2]), split_count)


def day_after(grouper: Grouper, groups: Sequence[QuestionGroup], new: Sequence[Failure]) -> list[QuestionGroup]:
    """Return the groups as they are once a day's failures have joined them."""
    found = grouper.assign(groups, new, now=START)
    joined = {one.group.id: grown(one.group, one) for one in found.joins}
    return [joined.get(group.id, group) for group in groups] + list(found.new_groups)


def _numbers(groups: Sequence[QuestionGroup], count: int) -> list[int]:
    numbers = [-1] * count
    for number, group in enumerate(groups):
        for one in group.failures:
            numbers[int(one.asked.question_id)] = number
    return numbers


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of `assign`, embedding left out.

    `recall` is the share of near pairs that are looked at, `ari` how the groups agree with the topics.
    """

    question_count: int
    group_count: int
    batch_seconds: float
    day_seconds: float
    recall: float
    ari: float


def made_up(vectors: Vectors, count: int) -> Vectors:
    """Return vectors of made-up questions: topics halfway between two real ones, with five noisy phrasings each."""
    chance = np.random.default_rng(count)
    topics = -(-count // PER_TOPIC)
    ends = vectors[chance.integers(len(vectors), size=(2, topics))]
    mixed = np.repeat(_unit(ends.sum(axis=0)), PER_TOPIC, axis=0)[:count]
    # The noise follows the directions in which real questions differ.
    start = chance.integers(len(vectors), size=count)
    moves = vectors[start] - vectors[(start + chance.integers(1, len(vectors), size=count)) % len(vectors)]
    return _unit(mixed + SHAKE * _unit(moves + 1e-6))


def costs(vectors: Vectors, landscape: Landscape, sizes: Sequence[int] = SIZES) -> list[Cost]:
    """Return the cost at each size."""
    found = []
    for count in sizes:
        every = made_up(vectors, count + A_DAY)
        rows = {f"question {number}": row for number, row in enumerate(every)}
        new = [failure(text, number) for number, text in enumerate(rows)]
        grouper = Grouper(lambda texts, rows=rows: np.stack([rows[text] for text in texts]), landscape)  # type: ignore[misc]
        groups, batch_seconds = _timed(grouper, [], new[:count])
        _, day_seconds = _timed(grouper, groups, new[count:])
        numbers = [number for number, group in enumerate(groups) for _ in group.failures]
        topics = [int(one.asked.question_id) // PER_TOPIC for group in groups for one in group.failures]
        ari = float(adjusted_rand_score(topics, numbers))
        recall = _recall(landscape.placed(every[:count]))
        found.append(Cost(count, len(groups), batch_seconds, day_seconds, recall, ari))
    return found


def exponent(counts: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the slope of the log-log regression line: 1 is linear, 2 quadratic."""
    return float(np.polyfit(np.log(counts), np.log(seconds), 1)[0])


def n_log_n_exponent(counts: Sequence[int]) -> float:
    """Return the slope that n log n itself has over these sizes."""
    return exponent(counts, [count * float(np.log(count)) for count in counts])


def _timed(
    grouper: Grouper, groups: Sequence[QuestionGroup], new: Sequence[Failure]
) -> tuple[Sequence[QuestionGroup], float]:
    start = time.process_time()
    found = grouper.assign(groups, new, now=START)
    return found.new_groups, time.process_time() - start


def _recall(places: Vectors) -> float:
    """Return the share of near pairs that are found where not all pairs are compared; 1 where all are."""
    if len(places) ** 2 <= COMPARED_IN_ALL:
        return 1.0
    found = {tuple(pair) for pair in near_pairs(places, fixed=0, floor=ALIKE_ENOUGH).tolist()}
    chance = np.random.default_rng(0)
    asked = np.sort(chance.choice(len(places), 500, replace=False))
    alike = places[asked, :-1] @ places[:, :-1].T - (places[asked, -1][:, None] + places[:, -1][None]) / 2
    alike[np.arange(len(asked)), asked] = -1
    pairs = [(min(int(asked[row]), int(other)), max(int(asked[row]), int(other)))
             for row in range(len(asked)) for other in np.argsort(-alike[row])[:PER_TOPIC - 1]
             if alike[row, other] >= ALIKE_ENOUGH]  # fmt: skip
    return sum(pair in found for pair in pairs) / len(pairs)


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


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
