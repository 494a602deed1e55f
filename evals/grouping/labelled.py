"""The shared questions with their clusters as labels: forty are measured, the others choose what is chosen."""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evals.bases import SHARED
from noa_rag.answering.steps.understand import normalise
from noa_rag.french.phone_spelling import plain_spelling

CLUSTERS_MEASURED = 40
PHRASINGS = 10  # of a cluster, at most: otherwise the largest one decides
IN_SCOPE = SHARED / "questions" / "in_scope.jsonl"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Questions as they are searched, each with its cluster."""

    texts: tuple[str, ...]
    clusters: tuple[str, ...]


def clusters() -> dict[str, list[str]]:
    """Return the questions of each cluster, in the order of the file."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in IN_SCOPE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
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
