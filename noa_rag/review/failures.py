"""Which recorded questions Noa failed, which of them are noise, and which are the base's business."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from math import log
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from noa_rag.answering.distress.recognise import BUCKETS, buckets, plain
from noa_rag.answering.steps.understand import normalise
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.failure import Asked, Failure, FailureKind, QuestionGroup
from noa_rag.domain.ports import Retrieved
from noa_rag.domain.question import Question
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.french.courtesies import REACHING_WORDS, SMALL_TALK_WORDS
from noa_rag.french.language import detect_language
from noa_rag.french.personal_data import kinds_masked, without_masks
from noa_rag.french.words import STOP_WORDS, fold
from noa_rag.retrieval.calibration import Logistic
from noa_rag.retrieval.confidence import features
from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.model_loading import model_of
from noa_rag.review.base_knowledge import BaseKnowledge
from noa_rag.review.grouping import BaseGrouping
from noa_rag.review.ownership import likely_owner, owner_evidence
from noa_rag.review.served_base import ServedBase
from noa_rag.review.thresholds import QUESTIONS_ASKED

REPHRASED_WITHIN = timedelta(minutes=10)  # Later, somebody who asks the same again may well have forgotten the answer.
CHOICE_OPEN_FOR = timedelta(minutes=30)  # A visitor reads an offer, is called away, and comes back to it.

IsSame = Callable[[str, str], bool]

_LISTS = tomllib.loads((Path(__file__).parent / "noise.toml").read_text(encoding="utf-8"))
_WORD = re.compile(r"[a-z]+")
_LETTER_SEVEN_TIMES = re.compile(r"([a-z])\1{6,}")
WEIGHTS = Path(__file__).parent / "scope.npz"
_SUREST = 1e-4  # a probability nearer to 0 or 1 than that says no more
Weights = NDArray[np.float32]


def failures(asked: Sequence[Asked], *, is_same: IsSame, now: datetime) -> list[Failure]:
    """Return what failed, in the order it was asked; a question fails at most one way, the surest sign first.

    What the visitor says ("not useful") counts before what Noa did (abstained), and that before what
    her next questions let guess (rephrased, choice not taken). What is too recent to tell is left for
    the next time: `asked` must hold conversations as a whole.
    """
    conversations: dict[str, list[Asked]] = defaultdict(list)
    for one in sorted(asked, key=_order):
        conversations[one.conversation_id].append(one)
    found = [
        Failure(one, kind)
        for conversation in conversations.values()
        for at, one in enumerate(conversation)
        if (kind := _kind(one, conversation[at + 1 :], is_same, now)) is not None
    ]
    return sorted(found, key=lambda failure: _order(failure.asked))


def _order(asked: Asked) -> tuple[datetime, str]:
    return asked.asked_at, asked.question_id


def _kind(asked: Asked, later: Sequence[Asked], is_same: IsSame, now: datetime) -> FailureKind | None:
    if asked.is_useful is False:
        return FailureKind.NOT_USEFUL
    if asked.status == AnswerStatus.ABSTAINED:
        return FailureKind.ABSTAINED
    if asked.is_useful:
        return None
    if asked.status == AnswerStatus.ANSWERED:
        return FailureKind.REPHRASED if _is_rephrased(asked, later, is_same) else None
    if asked.reason is Reason.AMBIGUOUS_PLACE:  # Noa has the answers; the visitor asks again with her place, or leaves
        return None
    return FailureKind.NOT_TAKEN if _is_left(asked, later, now) else None


def _is_rephrased(asked: Asked, later: Sequence[Asked], is_same: IsSame) -> bool:
    return any(
        _letters(one.normalised) != _letters(asked.normalised) and is_same(asked.normalised, one.normalised)
        for one in later
        if one.asked_at - asked.asked_at <= REPHRASED_WITHIN
    )


def _is_left(asked: Asked, later: Sequence[Asked], now: datetime) -> bool:
    """Whether a choice was offered, half an hour has passed, and neither it nor the next question helped."""
    if asked.taken or now - asked.asked_at < CHOICE_OPEN_FOR:
        return False
    return not (later and later[0].status == AnswerStatus.ANSWERED)


def _letters(text: str) -> str:
    """Return a text without case, accents and punctuation: the same words sent twice are no rephrasing."""
    return "".join(char for char in fold(text) if char.isalnum())


class Noise(StrEnum):
    """Why a question makes no draft."""

    EMPTY = "empty"
    """Nothing but numbers, signs, or what was masked and the words that bring it: "mon numéro est…"."""
    SMALL_TALK = "small_talk"
    ABUSE = "abuse"
    """Insults, threats, crude talk, plans to do harm, advertising."""
    ORDER = "order"
    """Tells the machine what to say, to forge, or to give away."""
    MASHING = "mashing"
    """No word that the base knows."""


def noise_in(text: str, *, knows: Callable[[str], bool]) -> Noise | None:
    """Return what makes a question noise, None for one that somebody may want answered.

    `knows` tells whether a folded word, or one that it may be a misspelling of, occurs in the base.
    """
    said = " ".join(fold(without_masks(text, keeps_lead=True)).replace("’", "'").split())
    for noise, patterns in _PATTERNS:
        if any(pattern.search(said) for pattern in patterns):
            return noise
    words = [word for word in _WORD.findall(said) if len(word) > 1]
    return _noise_of_words(words, knows, is_masked=bool(kinds_masked(text)))


def _noise_of_words(words: Sequence[str], knows: Callable[[str], bool], *, is_masked: bool) -> Noise | None:
    if not words:
        return Noise.EMPTY
    meant = [word for word in words if word not in STOP_WORDS and word not in SMALL_TALK_WORDS]
    if not meant:
        return Noise.SMALL_TALK
    if is_masked and all(word in REACHING_WORDS for word in meant):
        return Noise.EMPTY
    return None if any(knows(word) for word in meant) else Noise.MASHING


def _compiled(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


_PATTERNS = (
    (Noise.ORDER, _compiled(_LISTS["order"])),
    (Noise.ABUSE, _compiled(_LISTS["abuse"])),
    (Noise.SMALL_TALK, _compiled(_LISTS["small_talk"])),
    (Noise.MASHING, (_LETTER_SEVEN_TIMES,)),
)


@dataclass(frozen=True, slots=True)
class ScopeModel:
    """A linear model: above `out_from` log-odds a question is none of the base's business.

    It weighs the question's stretches of words and letters (`rarity` is what a bucket of them counts for), its vector,
    and the figures of `scope_figures`. Made for one embedding model: it says nothing of vectors of another.
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
        """Return how surely a question is out of scope; 0 is undecided."""
        found = buckets(plain(text))
        rarity = self.rarity[found]
        length = float(np.sqrt(rarity @ rarity)) or 1.0
        by_words = float(rarity @ self.stretches[found]) / length
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
        with np.load(path, allow_pickle=False) as kept:
            intercept, out_from = (float(one) for one in kept["numbers"])
            model, trained_on = (str(one) for one in kept["said"])
            figures = dict(
                zip((str(one) for one in kept["names"]), (float(one) for one in kept["figures"]), strict=True)
            )
            rarity, stretches = kept["rarity"].astype(np.float32), kept["stretches"].astype(np.float32)
            directions = kept["directions"]
        if rarity.shape != (BUCKETS,) or stretches.shape != (BUCKETS,):
            raise ValueError(f"{path} has {len(stretches)} weights, and {BUCKETS} are read. Run `make scope`.")
        return cls(model, rarity, stretches, directions, figures, intercept, out_from, trained_on)


@cache
def scope_model() -> ScopeModel:
    """Return the model that comes with Noa, read once."""
    return ScopeModel.read()


def scope_figures(retrieved: Retrieved, knows: Logistic) -> dict[str, float]:
    """Return what retrieval says of how near the base is to a question; all are 0 where nothing was found."""
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

    def sorted(self, groups: Sequence[QuestionGroup], kept: Mapping[ItemId, QueueItem]) -> list[QueueItem]:
        """Return the lines of those groups that were never judged, or have grown since."""
        return [
            self._judged(group)
            for group in groups
            if group.failures and kept.get(ItemId(group.id), QueueItem(ItemId(group.id))).judged_volume != group.volume
        ]

    def log_odds(self, questions: Sequence[str]) -> list[float]:
        """Return for each question how surely it is out of scope; 0 with another embedding model."""
        if not self._is_fitted or not questions:
            return [0.0] * len(questions)
        normalised = [normalise(one) for one in questions]
        vectors = self._grouping.embed(normalised)
        return [self._log_odds(one, text, row) for one, text, row in zip(questions, normalised, vectors, strict=True)]

    def is_out(self, questions: Sequence[str]) -> bool:
        """Whether questions that mean the same are none of the base's business, on the mean of their log-odds."""
        return self._is_fitted and float(np.mean(self.log_odds(questions))) >= self._model.out_from

    def _log_odds(self, text: str, normalised: str, vector: Vectors) -> float:
        asked = Question(text, normalised, detect_language(normalised), today_in_paris())
        retrieved = self._noa.retriever.retrieve_embedded(asked, vector)
        found = scope_figures(retrieved, self._noa.calibration.with_alternates.knows)
        return self._model.log_odds(text, vector, found) if found else 0.0

    def _judged(self, group: QuestionGroup) -> QueueItem:
        questions = list(dict.fromkeys([group.canonical, *(one.asked.text for one in group.failures)]))[
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
        evidence = owner_evidence(
            entries=around.entries,
            subjects=around.subjects,
            remits=around.remits,
            fiches=[],
            failures=group.failures,
            agencies=agencies,
            owners=owners,
        )
        owner = likely_owner(evidence, agencies, otherwise=min(owners or agencies))
        return QueueItem(
            ItemId(group.id),
            agency_id=owner.agency_id if owner.is_sure else None,
            owner_reason=owner.reason,
            judged_volume=group.volume,
        )
