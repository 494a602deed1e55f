"""The fit of a conditional logit (McFadden 1974): which of several choices is the right one, or that none is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize


@dataclass(frozen=True, slots=True)
class Choices:
    """The figures of each choice by their names, those of "none of them", and the places of the right choices.

    Where `right` is empty, none of them is right.
    """

    figures: Sequence[Mapping[str, float]]
    nothing: Mapping[str, float]
    right: Sequence[int]


def fitted(lessons: Sequence[Choices], *, penalty: float) -> tuple[dict[str, float], dict[str, float]]:
    """Return the weights of a choice's figures and of those of "none of them", by their names.

    `penalty` on the squared weights, of figures of like spread, is added to the mean log-loss.
    """
    names, against = list(lessons[0].figures[0]), list(lessons[0].nothing)
    rows = [_rows(lesson, names, against) for lesson in lessons]
    spread = np.concatenate([row for row, _ in rows]).std(axis=0)
    spread[spread == 0] = 1.0

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros_like(weights)
        for row, is_right in rows:
            scaled = row / spread
            sums = scaled @ weights
            chances = np.exp(sums - sums.max())
            chances /= chances.sum()
            held = chances[is_right].sum()
            total -= float(np.log(held))
            slope += (chances - np.where(is_right, chances, 0.0) / held) @ scaled
        return total / len(rows) + penalty * float(weights @ weights), slope / len(rows) + 2 * penalty * weights

    start = np.zeros(len(names) + len(against))
    weights = (minimize(loss, start, jac=True, method="L-BFGS-B").x / spread).round(4).tolist()
    of_choices = dict(zip(names, weights[: len(names)], strict=True))
    return of_choices, dict(zip(against, weights[len(names) :], strict=True))


def _rows(
    lesson: Choices, names: Sequence[str], against: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return a row of figures for "none of them" and one for each choice, and which rows are right."""
    none = [0.0] * len(names) + [lesson.nothing[name] for name in against]
    others = [[figures[name] for name in names] + [0.0] * len(against) for figures in lesson.figures]
    is_right = np.zeros(1 + len(others), bool)
    is_right[[1 + place for place in lesson.right] or [0]] = True
    return np.asarray([none, *others]), is_right
