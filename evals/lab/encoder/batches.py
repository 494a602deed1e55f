"""Batches whose texts are each other's neighbours, and the loss over them: the others of a batch are wrong."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from evals.lab.encoder.pairs import TrainingPair

BATCH = 32
CLUSTER = 8  # neighbours together; four such in a batch
SAME_TEXT = 0.965  # cosine of two texts by the model as it came, from which on one may answer the other's question


def neighbour_batches(pairs: Sequence[TrainingPair], *, seed: int) -> list[list[int]]:
    """Return the places of all pairs in batches of `BATCH`, pairs of one kind together; a rest is left out.

    No batch holds two pairs of one group, nor two texts that say the same: either might answer the other's question.
    """
    drawn_by = random.Random(seed)
    vectors = np.stack([pair.vector for pair in pairs])
    batches = []
    for kind in sorted({pair.kind for pair in pairs}):
        places = [place for place, pair in enumerate(pairs) if pair.kind == kind]
        batches += _of_one_kind(pairs, vectors, places, drawn_by)
    drawn_by.shuffle(batches)
    return batches


def _of_one_kind(
    pairs: Sequence[TrainingPair], vectors: NDArray[np.float32], places: Sequence[int], drawn_by: random.Random
) -> list[list[int]]:
    left = set(places)
    order = list(places)
    drawn_by.shuffle(order)
    batches: list[list[int]] = []
    batch: list[int] = []
    for first in order:
        if first not in left or not _fits(first, batch, pairs, vectors):
            continue
        near = np.asarray(sorted(left))
        near = near[np.argsort(-(vectors[near] @ vectors[first]), kind="stable")]
        chosen = 0
        for place in [first, *(int(one) for one in near)]:
            if chosen == CLUSTER or len(batch) == BATCH:
                break
            if place in left and _fits(place, batch, pairs, vectors):
                batch.append(place)
                left.discard(place)
                chosen += 1
        if len(batch) == BATCH:
            batches.append(batch)
            batch = []
    return batches


def _fits(place: int, batch: Sequence[int], pairs: Sequence[TrainingPair], vectors: NDArray[np.float32]) -> bool:
    if not batch:
        return True
    group = pairs[place].group
    return all(pairs[one].group != group for one in batch) and bool(
        (vectors[list(batch)] @ vectors[place]).max() < SAME_TEXT
    )


TEMPERATURE = 0.02  # e5 was trained at 0.01; a higher one spreads cosines wider


class NearestByBothReadings(nn.Module):
    """Contrastive loss within a batch, over sentence vectors and over token vectors, added up.

    The first is InfoNCE (van den Oord et al. 2018) with cosines, the second the same over MaxSim, the mean over the
    question's tokens of the largest cosine with a token of the text (Khattab and Zaharia 2020, ColBERT).
    """

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, sentence_features: Iterable[dict[str, Tensor]], labels: Any = None) -> Tensor:
        """Return the loss of a batch of questions and as many texts, where each question's text has its number."""
        asked, texts = (self.model(dict(features)) for features in sentence_features)
        right = torch.arange(len(asked["sentence_embedding"]))
        meaning = _unit(asked["sentence_embedding"]) @ _unit(texts["sentence_embedding"]).T
        whole = nn.functional.cross_entropy(meaning / TEMPERATURE, right.to(meaning.device))
        words = nn.functional.cross_entropy(late_interaction(asked, texts) / TEMPERATURE, right.to(meaning.device))
        return whole + words


def late_interaction(asked: Mapping[str, Tensor], texts: Mapping[str, Tensor]) -> Tensor:
    """Return MaxSim of every question with every text, shape (questions, texts)."""
    is_word, is_given = asked["attention_mask"].bool(), texts["attention_mask"].bool()
    alike = torch.einsum("qwd,tgd->qtwg", _unit(asked["token_embeddings"]), _unit(texts["token_embeddings"]))
    best = alike.masked_fill(~is_given[None, :, None, :], -1.0).amax(-1).masked_fill(~is_word[:, None, :], 0.0)
    mean: Tensor = best.sum(-1) / is_word.sum(-1)[:, None]
    return mean


def _unit(vectors: Tensor) -> Tensor:
    return nn.functional.normalize(vectors, dim=-1)
