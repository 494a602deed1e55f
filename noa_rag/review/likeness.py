"""How alike two questions are, and clusters of many by average linkage."""

import heapq
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from noa_rag.review.thresholds import FEWEST_TEXTS, FLATTENING, NEAREST, TEXTS_COMPARED, USUAL_CROWD

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
_AT_ONCE = 512  # questions against all texts of the base: ten megabytes
Pairs = NDArray[np.int64]
NEIGHBOURS = 12  # of each question; with six, or with all, the groups of the measured questions are the same
COMPARED_IN_ALL = 20_000_000  # pairs: a thousand questions against 20,000; up to here each is compared with each
COMPARED_AT_ONCE = 4_000_000  # pairs: 16 megabytes
TREES = 40  # Each halves the questions again and again; forty find nine in ten near pairs among 20,000.
LEAF = 192  # questions left together at the end of a tree
_SEED = 20_261_124  # any number; the same questions must always give the same pairs


@dataclass(frozen=True, slots=True)
class Landscape:
    """The vector space of a base: the mean question, the scaled principal axes, and the texts projected on them."""

    middle: Vectors
    axes: Vectors
    texts: Vectors

    @classmethod
    def over(cls, questions: Vectors, texts: Vectors) -> "Landscape":
        """Return the landscape of a base: its questions determine the axes, all its texts how crowded a place is."""
        dimension = texts.shape[1] if texts.ndim == 2 else questions.shape[1]
        if len(questions) < FEWEST_TEXTS:
            plain = np.zeros(dimension, np.float32)
            return cls(plain, np.eye(dimension, dtype=np.float32), np.empty((0, dimension), np.float32))
        middle: Vectors = questions.mean(axis=0)
        spread, axes = np.linalg.eigh(np.cov(questions - middle, rowvar=False))
        spread = np.maximum(spread, spread[-1] * 1e-4)  # a small base leaves directions without any spread
        axes = (axes / spread ** (FLATTENING / 2)).astype(np.float32)
        step = max(1, -(-len(texts) // TEXTS_COMPARED))
        return cls(middle, axes, _unit((texts[::step] - middle) @ axes))

    def placed(self, vectors: Vectors) -> Vectors:
        """Return one row for each vector: its direction, then how crowded it is there."""
        directions = _unit((vectors - self.middle) @ self.axes)
        return np.hstack([directions, self._crowds(directions)[:, None]]).astype(np.float32)

    def _crowds(self, directions: Vectors) -> Vectors:
        if len(self.texts) < NEAREST:
            return np.full(len(directions), USUAL_CROWD, np.float32)
        crowds = np.empty(len(directions), np.float32)
        for start in range(0, len(directions), _AT_ONCE):
            found: Vectors = directions[start : start + _AT_ONCE] @ self.texts.T
            crowds[start : start + len(found)] = np.partition(found, -NEAREST, axis=1)[:, -NEAREST:].mean(axis=1)
        return crowds


def likeness(places: Vectors, others: Vectors) -> Vectors:
    """Return the likeness of each place to each of the others, shape (places, others).

    It is the cosine, minus the mean of both sides' cosines with their ten nearest texts of the base: 0 means that two
    questions are as near to each other as each is to the texts about its subject. For a mean of places it is the mean
    of their likenesses, so that a group is compared through one row.
    """
    found = places[:, :-1] @ others[:, :-1].T - np.add.outer(places[:, -1], others[:, -1]) / 2
    return found.astype(np.float32, copy=False)


def _unit(vectors: NDArray[Any]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def gathered(
    places: Vectors, sizes: NDArray[np.int64], pairs: Pairs, *, fixed: int, threshold: float
) -> list[list[int]]:
    """Return the clusters of rows, as sorted lists in order; rows before `fixed` are never merged with one another.

    A row is the mean of the places of `sizes` questions, and so is a cluster: the likeness of two means is the mean of
    all likenesses between them.
    """
    return _Gathering(places, sizes, pairs, fixed, threshold).run()


class _Gathering:
    """Merges clusters: each merge gets a new number, and the numbers of its two parts are dropped."""

    def __init__(self, places: Vectors, sizes: NDArray[np.int64], pairs: Pairs, fixed: int, threshold: float) -> None:
        count = len(places)
        self._threshold = threshold
        self._places = np.empty((2 * count, places.shape[1]), np.float32)
        self._places[:count] = places
        self._sizes = np.concatenate([sizes, np.zeros(count, np.int64)])
        self._rows: dict[int, list[int]] = {at: [at] for at in range(count)}
        self._is_fixed = {at: at < fixed for at in range(count)}
        self._near: dict[int, set[int]] = {at: set() for at in range(count)}
        for left, right in pairs.tolist():
            self._near[left].add(right)
            self._near[right].add(left)
        self._heap: list[tuple[float, int, int]] = []
        self._next = count

    def run(self) -> list[list[int]]:
        for at in range(self._next):
            self._push(at, (other for other in self._near[at] if other > at))
        while self._heap:
            _, left, right = heapq.heappop(self._heap)
            if left in self._rows and right in self._rows:
                self._put_together(left, right)
        return sorted(sorted(rows) for rows in self._rows.values())

    def _put_together(self, left: int, right: int) -> None:
        made, self._next = self._next, self._next + 1
        sizes = self._sizes[left], self._sizes[right]
        self._sizes[made] = sum(sizes)
        self._places[made] = (self._places[left] * sizes[0] + self._places[right] * sizes[1]) / sum(sizes)
        self._rows[made] = self._rows.pop(left) + self._rows.pop(right)
        self._is_fixed[made] = self._is_fixed[left] or self._is_fixed[right]
        near = (self._near.pop(left) | self._near.pop(right)) - {left, right}
        for other in near:
            self._near[other] -= {left, right}
        if self._is_fixed[made]:
            near = {other for other in near if not self._is_fixed[other]}
        for other in near:
            self._near[other].add(made)
        self._near[made] = near
        self._push(made, near)

    def _push(self, at: int, others: Iterable[int]) -> None:
        listed = sorted(others)
        if not listed:
            return
        found = likeness(self._places[at : at + 1], self._places[listed])[0]
        for other, alike in zip(listed, found.tolist(), strict=True):
            if alike >= self._threshold:
                heapq.heappush(self._heap, (-alike, min(at, other), max(at, other)))


def near_pairs(places: Vectors, *, fixed: int, floor: float) -> Pairs:
    """Return sorted pairs (smaller, larger) at least as alike as `floor`, none of them between two before `fixed`.

    Time grows as n log n beyond COMPARED_IN_ALL, and then a few pairs are missed.
    """
    new = len(places) - fixed
    if new <= 0 or len(places) < 2:
        return np.empty((0, 2), np.int64)
    found = _all_pairs(places, fixed, floor) if new * len(places) <= COMPARED_IN_ALL else _tree_pairs(places, floor)
    codes = np.unique(np.minimum(found[:, 0], found[:, 1]) * len(places) + np.maximum(found[:, 0], found[:, 1]))
    pairs = np.stack([codes // len(places), codes % len(places)], axis=1)
    return _nearest_pairs(places, pairs[pairs[:, 1] >= fixed])


def _nearest_pairs(places: Vectors, pairs: Pairs) -> Pairs:
    """Return the pairs in which one is among the nearest few of the other: a fixed number for each question."""
    alike = np.concatenate(
        [_likeness_within(places, block) for block in np.array_split(pairs, len(pairs) // 50_000 + 1)]
    )
    ends = np.concatenate([pairs[:, 0], pairs[:, 1]])
    order = np.lexsort((-np.tile(alike, 2), ends))
    first = np.searchsorted(ends[order], np.arange(len(places)))
    is_near = np.zeros(len(ends), dtype=bool)
    is_near[order] = np.arange(len(ends)) - first[ends[order]] < NEIGHBOURS
    kept: Pairs = pairs[is_near[: len(pairs)] | is_near[len(pairs) :]]
    return kept


def _likeness_within(places: Vectors, pairs: Pairs) -> Vectors:
    left, right = places[pairs[:, 0]], places[pairs[:, 1]]
    alike: Vectors = np.einsum("ij,ij->i", left[:, :-1], right[:, :-1]) - (left[:, -1] + right[:, -1]) / 2
    return alike


def _all_pairs(places: Vectors, fixed: int, floor: float) -> Pairs:
    rows = max(1, COMPARED_AT_ONCE // len(places))
    new = np.arange(fixed, len(places))
    blocks = [new[start : start + rows] for start in range(0, len(new), rows)]
    return np.concatenate([_nearest(places, block, np.arange(len(places)), floor) for block in blocks])


def _tree_pairs(places: Vectors, floor: float) -> Pairs:
    chance = np.random.default_rng(_SEED)
    depth = max(1, int(np.ceil(np.log2(len(places) / LEAF))))
    found = []
    for _ in range(TREES):
        ends = places[chance.integers(len(places), size=(2, depth)), :-1]
        sides = places[:, :-1] @ (ends[0] - ends[1]).T  # two questions tell more of how questions differ than chance
        order = np.arange(len(places))
        for level in range(depth):
            part = np.searchsorted(_cuts(len(places), level)[1:], np.arange(len(places)), side="right")
            order = order[np.lexsort((sides[order, level], part))]
        cuts = _cuts(len(places), depth)
        found += [
            _nearest(places, order[start:end], order[start:end], floor)
            for start, end in itertools.pairwise(cuts.tolist())
        ]
    return np.concatenate(found)


def _cuts(count: int, level: int) -> NDArray[np.int64]:
    return np.linspace(0, count, 2**level + 1).astype(np.int64)


def _nearest(places: Vectors, rows: NDArray[np.int64], columns: NDArray[np.int64], floor: float) -> Pairs:
    """Return the nearest few columns of each row that are no less alike than `floor`."""
    found = likeness(places[rows], places[columns])
    found[rows[:, None] == columns[None]] = -np.inf
    is_near = found >= floor
    if is_near.sum() <= NEIGHBOURS * len(rows):  # nearly always, and four times as quick as looking for the nearest
        row, column = np.nonzero(is_near)
        return np.stack([rows[row], columns[column]], axis=1)
    limit = min(NEIGHBOURS, len(columns))
    best = np.argpartition(-found, limit - 1, axis=1)[:, :limit]
    row, rank = np.nonzero(np.take_along_axis(is_near, best, axis=1))
    return np.stack([rows[row], columns[best[row, rank]]], axis=1)
