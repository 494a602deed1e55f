"""Which groups are the base's business, learned from labelled questions, and whose they probably are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from noa_rag.answering.distress.recognise import BUCKETS, buckets, plain
from noa_rag.answering.steps.understand import normalise
from noa_rag.domain.failure import QuestionGroup
from noa_rag.domain.ports import Retrieved
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.retrieval.calibration import Logistic
from noa_rag.retrieval.confidence import features
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.model_loading import model_of
from noa_rag.review.base_knowledge import BaseKnowledge, asked_today
from noa_rag.review.drafting import QUESTIONS_ASKED
from noa_rag.review.grouping import BaseGrouping
from noa_rag.review.ownership import likely_owner
from noa_rag.review.served_base import ServedBase

WEIGHTS = Path(__file__).parent / "scope.npz"
_SUREST = 1e-4  # probabilities are clipped to this distance from 0 and 1
Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ScopeModel:
    """A linear model: above `out_from` log-odds a question is none of the base's business.

    It weighs the question's n-grams of words and letters, hashed into buckets (`rarity` is the weight of a bucket), its
    vector, and the figures of `scope_figures`. It is only valid for the embedding model that it was made for.
    """

    model: str
    rarity: Weights
    stretches: Weights
    directions: Weights
    figures: Mapping[str, float]
    intercept: float
    out_from: float
    trained_on: str = ""

    def log_odds(self, text: str, vector: Vectors, figures: Mapping[str, float]) -> float:
        """Return the log-odds that a question is out of scope; 0 is undecided."""
        hashes = buckets(plain(text))
        rarity = self.rarity[hashes]
        length = float(np.sqrt(rarity @ rarity)) or 1.0
        by_words = float(rarity @ self.stretches[hashes]) / length
        by_figures = sum(weight * figures[name] for name, weight in self.figures.items())
        return self.intercept + by_words + float(vector @ self.directions) + by_figures

    def write(self, path: Path = WEIGHTS) -> None:
        np.savez_compressed(
            path,
            rarity=self.rarity.astype(np.float16),
            stretches=self.stretches.astype(np.float16),
            directions=self.directions.astype(np.float32),
            names=np.array(list(self.figures)),
            figures=np.array(list(self.figures.values()), np.float32),
            numbers=np.array([self.intercept, self.out_from]),
            said=np.array([self.model, self.trained_on]),
        )

    @classmethod
    def read(cls, path: Path = WEIGHTS) -> Self:
        with np.load(path, allow_pickle=False) as file:
            intercept, out_from = (float(number) for number in file["numbers"])
            model, trained_on = (str(sentence) for sentence in file["said"])
            figures = dict(
                zip((str(name) for name in file["names"]), (float(figure) for figure in file["figures"]), strict=True)
            )
            rarity, stretches = file["rarity"].astype(np.float32), file["stretches"].astype(np.float32)
            directions = file["directions"]
        if rarity.shape != (BUCKETS,) or stretches.shape != (BUCKETS,):
            raise ValueError(f"{path} has {len(stretches)} weights, and {BUCKETS} are read. Run `make scope`.")
        return cls(model, rarity, stretches, directions, figures, intercept, out_from, trained_on)


@cache
def scope_model() -> ScopeModel:
    """Return the model that comes with Noa, read once."""
    return ScopeModel.read()


def scope_figures(retrieved: Retrieved, knows: Logistic) -> dict[str, float]:
    """Return retrieval's figures of how near the base is to a question; empty when nothing was found."""
    if not retrieved.matches:
        return {}
    seen = features(retrieved)
    sure = min(max(knows.probability(seen), _SUREST), 1 - _SUREST)
    return {**seen, "knows": log(sure / (1 - sure))}


class GroupSorter:
    """Judges groups without a draft with the service's own model and entries; make one for each run."""

    def __init__(self, noa: ServedBase, grouping: BaseGrouping, model: ScopeModel | None = None) -> None:
        self._noa = noa
        self._grouping = grouping
        self._model = model or scope_model()
        self._is_fitted = model_of(noa.index.embedder.fingerprint) == self._model.model
        self._knowledge: BaseKnowledge | None = None

    def log_odds(self, questions: Sequence[str]) -> list[float]:
        """Return the log-odds that each question is out of scope; 0 with another embedding model."""
        if not self._is_fitted or not questions:
            return [0.0] * len(questions)
        normalised = [normalise(question) for question in questions]
        vectors = self._grouping.embed(normalised)
        return [self._log_odds(text, vector) for text, vector in zip(questions, vectors, strict=True)]

    def is_out(self, questions: Sequence[str]) -> bool:
        """Whether questions that mean the same are out of scope, by the mean of their log-odds."""
        return self._is_fitted and float(np.mean(self.log_odds(questions))) >= self._model.out_from

    def _log_odds(self, text: str, vector: Vectors) -> float:
        retrieved = self._noa.retriever.retrieve_embedded(asked_today(text, self._noa.index), vector)
        figures = scope_figures(retrieved, self._noa.calibration.knows)
        return self._model.log_odds(text, vector, figures) if figures else 0.0

    def judged(self, group: QuestionGroup) -> QueueItem:
        """Return the group's line in the queue: its pile, and its likely owner where that is sure."""
        questions = list(dict.fromkeys([group.canonical, *(failure.asked.text for failure in group.failures)]))[
            :QUESTIONS_ASKED
        ]
        if self.is_out(questions):
            return QueueItem(ItemId(group.id), pile=Pile.OUT_OF_SCOPE, judged_volume=group.volume)
        if self._knowledge is None:
            self._knowledge = BaseKnowledge(self._noa)
        agencies, owners = self._knowledge.agencies(), self._knowledge.owners()
        if not agencies:
            return QueueItem(ItemId(group.id), judged_volume=group.volume)
        around = self._knowledge.around(questions)
        owner = likely_owner(around, failures=group.failures, agencies=agencies, owners=owners)
        return QueueItem(
            ItemId(group.id),
            agency_id=owner.agency_id if owner.is_sure else None,
            owner_reason=owner.reason,
            judged_volume=group.volume,
            likely=owner.likely,
        )
