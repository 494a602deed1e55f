"""At which likeness two questions of one conversation ask the same: rates on clusters that no group figure uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evals.lab.grouping.labelled import Labelled
from noa_rag.review.likeness import Landscape, Vectors, likeness

TRIED = (-0.05, 0.0, 0.02, 0.05, 0.1, 0.15)


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
