"""Groups against the labels of the shared questions, with the threshold chosen on clusters that are not reported."""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

from evals.runner.bases import SHARED
from evals.suites.cases import rows_of
from noa_rag.answering.steps.understand import normalise
from noa_rag.french.courtesies import plain_spelling
from noa_rag.review.likeness import Landscape, Vectors, gathered, likeness, near_pairs

CLUSTERS_MEASURED = 40
PHRASINGS = 10  # most phrasings taken of a cluster: otherwise the largest one decides
Place = Callable[[Vectors], Vectors]
CHOOSING_DRAWS = 6  # draws of phrasings, the first ten and random ones: the threshold is best on their mean ARI
SPLITS = 20  # other draws of forty clusters
HELD = 30  # of the forty clusters, in each draw for the range
RANGE_DRAWS = 100
TRIED = (-0.05, 0.0, 0.02, 0.05, 0.1, 0.15)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Questions as they are searched, each with its cluster."""

    texts: tuple[str, ...]
    clusters: tuple[str, ...]


def clusters() -> dict[str, list[str]]:
    """Return the questions of each cluster, in the order of the file."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(SHARED / "questions" / "in_scope.jsonl"):
        found[row["cluster"]].append(plain_spelling(normalise(row["question"])))
    return dict(found)


def split(found: dict[str, list[str]], seed: int = 0) -> tuple[list[str], list[str]]:
    """Return the forty clusters that a figure is reported for, and the others."""
    measured = random.Random(seed).sample(sorted(found), CLUSTERS_MEASURED)
    return measured, sorted(found.keys() - set(measured))


def labelled(found: dict[str, list[str]], names: Sequence[str], *, seed: int | None = None) -> Labelled:
    """Return the first phrasings of each cluster; with a seed, phrasings drawn at random."""
    chance = random.Random(seed)
    texts: list[str] = []
    labels: list[str] = []
    for name in names:
        listed = found[name] if seed is None else chance.sample(found[name], len(found[name]))
        texts += listed[:PHRASINGS]
        labels += [name] * len(listed[:PHRASINGS])
    return Labelled(tuple(texts), tuple(labels))


@dataclass(frozen=True, slots=True)
class Figures:
    """How groups and labels agree, 0 to 1."""

    ari: float
    homogeneity: float
    completeness: float
    v_measure: float
    group_count: int


def figures_of(labels: Sequence[str], groups: Sequence[int]) -> Figures:
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(labels, groups)
    return Figures(adjusted_rand_score(labels, groups), homogeneity, completeness, v_measure, len(set(groups)))


def grouped(places: Vectors, threshold: float) -> list[int]:
    """Return the number of each question's group, as Noa makes them in one batch."""
    sizes = np.ones(len(places), np.int64)
    found = gathered(places, sizes, near_pairs(places, fixed=0, floor=threshold - 0.15), fixed=0, threshold=threshold)
    numbers = np.empty(len(places), np.int64)
    for number, rows in enumerate(found):
        numbers[rows] = number
    return [int(number) for number in numbers]


def ingredients(landscape: Landscape) -> dict[str, Place]:
    """Return the ways to place a question, from the bare model to what Noa does."""
    flat = np.eye(len(landscape.middle), dtype=np.float32)

    def without_crowd(vectors: Vectors, axes: Vectors, middle: Vectors) -> Vectors:
        moved = (vectors - middle) @ axes
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        return np.hstack([moved, np.zeros((len(moved), 1), np.float32)])

    return {
        "the model's vectors": lambda vectors: without_crowd(vectors, flat, np.zeros_like(landscape.middle)),
        "less their middle": lambda vectors: without_crowd(vectors, flat, landscape.middle),
        "and flattened": lambda vectors: without_crowd(vectors, landscape.axes, landscape.middle),
        "and seen against crowds": landscape.placed,
    }


class Quality:
    """Figures over the shared clusters for one way to place a question."""

    def __init__(self, found: dict[str, list[str]], vectors: Mapping[str, Vectors], place: Place) -> None:
        self._found = found
        texts = [text for listed in found.values() for text in listed]
        placed = place(np.stack([vectors[text] for text in texts]))
        self._places = dict(zip(texts, placed, strict=True))

    def chosen_threshold(self, seed: int = 0) -> float:
        """Return the threshold with the best mean ARI on the clusters that are not reported."""
        _, others = split(self._found, seed)
        draws = [labelled(self._found, others, seed=one or None) for one in range(CHOOSING_DRAWS)]
        tried = self._tried(draws[0])
        curve = np.mean([self._curve(draw, tried) for draw in draws], axis=0)
        return tried[int(np.argmax(curve))]

    def measured(self, threshold: float, seed: int = 0) -> Figures:
        """Return the figures of the forty clusters of a draw."""
        measured, _ = split(self._found, seed)
        drawn = labelled(self._found, measured)
        return figures_of(drawn.clusters, grouped(self._placed(drawn), threshold))

    def range(self, threshold: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Return the 95 % ranges of ARI and V over draws of thirty of the forty clusters."""
        measured, _ = split(self._found)
        chance = np.random.default_rng(0)
        found = []
        for _ in range(RANGE_DRAWS):
            names = sorted(chance.choice(measured, HELD, replace=False).tolist())
            drawn = labelled(self._found, names)
            one = figures_of(drawn.clusters, grouped(self._placed(drawn), threshold))
            found.append((one.ari, one.v_measure))
        low, high = np.quantile(found, [0.025, 0.975], axis=0)
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))

    def best_ari(self) -> float:
        """Return the ARI at the threshold that is best on the forty themselves: a reference, not a result."""
        drawn = labelled(self._found, split(self._found)[0])
        return max(self._curve(drawn, self._tried(drawn)))

    def _tried(self, drawn: Labelled) -> list[float]:
        """Return 31 thresholds between the 80th and the 99.8th percentile of likeness between two questions."""
        alike = likeness(self._placed(drawn), self._placed(drawn))[np.triu_indices(len(drawn.texts), 1)]
        low, high = np.quantile(alike, [0.80, 0.998]).tolist()
        return [float(one) for one in np.linspace(low, high, 31)]

    def _curve(self, drawn: Labelled, thresholds: Sequence[float]) -> list[float]:
        """Return the ARI at each threshold: one scipy dendrogram cut at each, which gives the same groups as Noa."""
        places = self._placed(drawn)
        alike = likeness(places, places)[np.triu_indices(len(places), 1)]
        tree = linkage(alike.max() - alike, "average")
        return [
            float(adjusted_rand_score(drawn.clusters, fcluster(tree, alike.max() - one, "distance")))
            for one in thresholds
        ]

    def _placed(self, drawn: Labelled) -> Vectors:
        return np.stack([self._places[text] for text in drawn.texts])


@dataclass(frozen=True, slots=True)
class Sameness:
    """At a threshold: the share of pairs of one cluster that pass, and of pairs of two clusters."""

    threshold: float
    same: float
    different: float


def sameness(drawn: Labelled, vectors: Mapping[str, Vectors], landscape: Landscape) -> Sequence[Sameness]:
    """Return the rates at each threshold, over all pairs of distinct questions."""
    places = landscape.placed(np.stack([vectors[text] for text in drawn.texts]))
    left, right = np.triu_indices(len(places), 1)
    alike = likeness(places, places)[left, right]
    names = np.array(drawn.clusters)
    is_same = names[left] == names[right]
    return [
        Sameness(one, float((alike[is_same] >= one).mean()), float((alike[~is_same] >= one).mean())) for one in TRIED
    ]
