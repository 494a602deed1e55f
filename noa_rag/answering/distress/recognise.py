"""Whether a message comes from somebody in distress, by words and a small model, and what is written down of it.

The words are read clause by clause, so that they are found in the middle of a question about VAT; the model weighs the
whole. `make distress` trains the model and measures both together.
"""

import re
import tomllib
import uuid
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from noa_rag.answering.distress.features import BUCKETS, buckets, clauses, plain
from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.question import Question
from noa_rag.french.personal_data import MASKS

_FOLDER = Path(__file__).parent
WEIGHTS = _FOLDER / "weights.npz"
FEWEST_WORDS = 4  # weighed by the model: of "ça va ?" or "poule" it knows too little, and the list has the short cries
READ_LIMIT = 4_000  # characters; the longest question has 1,000, but a message is also read before that is checked

NOT_KEPT = MASKS["message"]


def is_in_distress(text: str) -> bool:
    """Return whether whoever writes this cannot go on, or fears for the life of somebody."""
    read = text[:READ_LIMIT]
    if says_so(read):
        return True
    return len(plain(read).split()) >= FEWEST_WORDS and model().probability(read) >= model().threshold


def says_so(text: str) -> bool:
    """Return whether a clause of the text holds words of the list, other than as a matter of business."""
    return any(_cries(one) for one in dict.fromkeys(map(plain, (*clauses(text), text))))


def without_cries(text: str) -> str:
    """Return what a message asks beside its distress: its clauses without those that hold words of the list."""
    rest = [one for found in clauses(text) if (one := found.strip()) and not _cries(plain(one))]
    return ", ".join(rest)


def _cries(clause: str) -> bool:
    cries, business = _words()
    return bool(cries.search(clause)) and not business.search(clause)


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over hashed stretches; `weights` are per bucket, `rarity` is what a bucket counts for."""

    rarity: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float
    threshold: float
    """The probability from which a message is taken for one of distress."""
    trained_on: str
    """How many messages, and the hash of their files."""

    def probability(self, text: str) -> float:
        read = plain(text)
        if not read:  # "????"
            return 0.0
        found = buckets(read)
        rarity = self.rarity[found]
        length = float(np.sqrt(rarity @ rarity)) or 1.0
        return float(1 / (1 + np.exp(-(rarity @ self.weights[found] / length + self.bias))))

    def write(self, path: Path = WEIGHTS) -> None:
        np.savez_compressed(
            path,
            rarity=self.rarity.astype(np.float16),
            weights=self.weights.astype(np.float16),
            numbers=np.array([self.bias, self.threshold]),
            trained_on=np.array(self.trained_on),
        )

    @classmethod
    def read(cls, path: Path = WEIGHTS) -> Self:
        with np.load(path, allow_pickle=False) as kept:
            rarity, weights = kept["rarity"].astype(np.float32), kept["weights"].astype(np.float32)
            bias, threshold = (float(one) for one in kept["numbers"])
            trained_on = str(kept["trained_on"])
        if rarity.shape != (BUCKETS,) or weights.shape != (BUCKETS,):
            raise ValueError(f"{path} has {len(weights)} weights, and {BUCKETS} are read. Run `make distress`.")
        return cls(rarity, weights, bias, threshold, trained_on)


@cache
def model() -> Model:
    """Return the model that comes with Noa, read once."""
    return Model.read()


@cache
def _words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    lists = tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))
    cries, business = (
        re.compile("|".join(f"(?:{one})" for one in patterns))
        for patterns in ((*lists["danger"], *lists["exhaustion"]), lists["business"])
    )
    return cries, business


def recordable(question: Question, answer: Answer) -> tuple[Question, Answer]:
    """Return a question and its answer as they may be written down.

    What somebody in distress wrote tells of their health, and no work of the referents needs it: it is not kept, and
    the record bears a conversation of its own, so that nothing else that was asked leads to it.
    """
    if answer.reason is not Reason.DISTRESS:
        return question, answer
    return (
        replace(question, text=NOT_KEPT, normalised=NOT_KEPT),
        replace(answer, conversation_id=uuid.uuid4().hex, understood_as=None),
    )
