"""How much two questions mean the same, seen against the texts of the base."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

# The model's vectors share a few directions that every text has; dividing by the fourth root of their spread keeps
# those from drowning the rest. Chosen, like NEAREST, on questions that no figure is reported for.
FLATTENING = 0.25
NEAREST = 10  # texts of the base that tell how crowded a subject is
TEXTS_COMPARED = 20_000  # All of pack and fiches. With a third of them the best threshold was .05 higher.
FEWEST_TEXTS = 100  # A base with fewer says nothing about directions or crowds.
USUAL_CROWD = 0.45  # The median over the shared questions, for a base too small to tell.
_AT_ONCE = 512  # questions against all texts of the base: ten megabytes


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the base's texts say of all vectors: their middle, their directions, and the texts themselves."""

    middle: Vectors
    axes: Vectors
    texts: Vectors

    @classmethod
    def over(cls, questions: Vectors, texts: Vectors) -> "Landscape":
        """Return the landscape of a base: its questions give the directions, all its texts the crowds."""
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
    """Return how alike each place is to each other, shape (places, others).

    It is the cosine, less the mean of what the ten nearest texts of the base are to either: 0 says that
    two questions are as near to each other as each is to the texts about its subject. In a mean of
    places it is the mean of all their likenesses, so that a group is compared through one row.
    """
    found = places[:, :-1] @ others[:, :-1].T - np.add.outer(places[:, -1], others[:, -1]) / 2
    return found.astype(np.float32, copy=False)


def _unit(vectors: NDArray[Any]) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit
