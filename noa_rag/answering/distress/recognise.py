"""Recognises a message of somebody in distress by words and a small model, and says what is read and recorded of it.

The words are read clause by clause, so that they are found in the middle of a question about VAT; the model weighs the
whole. `make distress` trains the model and measures both together.
"""

import re
import tomllib
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.question import Question
from noa_rag.french.courtesies import plain_spelling
from noa_rag.french.personal_data import MASKS
from noa_rag.french.reaching import asks_for_person
from noa_rag.french.words import plain as as_words

_FOLDER = Path(__file__).parent
WEIGHTS = _FOLDER / "weights.npz"
FEWEST_WORDS = 4  # for the model to weigh a message: "ça va ?" tells it too little; the word list has short cries
EXHAUSTED_FROM = 0.6  # the probability from which words of exhaustion decide; `make distress` says what it changes
READ_LIMIT = 4_000  # characters; the longest question has 1,000, but a message is also read before that is checked

NOT_KEPT = MASKS["message"]

BUCKETS = 1 << 15
LETTERS = range(2, 7)  # a stretch may span words: "peux plus" is another thing than "peux" and "plus"
WORDS = range(1, 4)
_PRIME = 1_000_003
_URGING = {"besoin", "need", "vite", "qui"}  # "j'ai besoin de parler à quelqu'un", "personne à qui parler"
_CLAUSE = re.compile(
    r"[.!?;:,()\n…]+|\s[-–—]+\s|\b(?:et|mais|car|parce que|puis|alors|and|but|because|so)\b", re.IGNORECASE
)
# Where `plain_spelling` leaves what is no question word: "jcraque", "jen peu plu", "g envie".
_ON_A_PHONE = (
    (
        re.compile(r"\bj(?=(?:ve|vx|vai|dor|pleur|crak|craq|tien|peu|pe|arri|arret|ariv|pens|souff|coul|sombr)\w*)"),
        "je ",
    ),
    (re.compile(r"\bj(?=(?:en|y)\b)"), "j "),
    (re.compile(r"\bv[eé]\b|\bveu\b|\bvx\b"), "veux"),
    (re.compile(r"\bpeu?\b(?= plu)"), "peux"),
    (re.compile(r"\bplu\b"), "plus"),
    (re.compile(r"\bg\b"), "j ai"),
    (re.compile(r"\bsa\b$"), "ca"),
    (re.compile(r"\benvi\b"), "envie"),
    (re.compile(r"\bcrak(?=[ea])"), "craqu"),
    (re.compile(r"\ba bou\b"), "a bout"),
    (re.compile(r"\bcreuver\b"), "crever"),
    (re.compile(r"\bve(?:ux|ut)? (?=mourir|crever|en finir)"), "veux "),
)

Buckets = NDArray[np.int64]


class Distress(IntEnum):
    """How sure it is that the writer is in distress, or fears for somebody's life."""

    NONE = 0
    POSSIBLE = 1
    """A calm line stands above the ordinary answer; the message is neither grouped, drafted nor made a question."""
    CERTAIN = 2
    """Help comes before any answer."""


def distress_in(text: str) -> Distress:
    """Return how sure it is that a message is one of distress."""
    read = text[:READ_LIMIT]
    probability = score(read, model())
    if probability >= model().threshold:
        return Distress.CERTAIN
    return Distress.POSSIBLE if probability >= model().possible or says_so(read) else Distress.NONE


def is_in_distress(text: str) -> bool:
    """Return whether a message is surely one of distress; in half the time of `distress_in`."""
    return score(text[:READ_LIMIT], model()) >= model().threshold


def may_be_in_distress(text: str) -> bool:
    """Return whether a message is perhaps one of distress, or surely."""
    return distress_in(text) is not Distress.NONE


def score(text: str, model: "Model") -> float:
    """Return how likely a message is one of distress, 1 where words from the list say so.

    Words of exhaustion alone do not decide where the model finds the whole message harmless: "je craque, trop de
    paperasse".
    """
    danger, exhaustion = _says(text)
    read = _without_business(text)
    words = plain(read).split()
    # The model takes "parler à quelqu'un" for a cry: such words alone ask for a telephone number.
    is_for_contact = asks_for_person(text) and _URGING.isdisjoint(words)
    if len(words) < FEWEST_WORDS or is_for_contact:
        return float(danger or exhaustion)
    probability = model.probability(read)
    return 1.0 if danger or (exhaustion and probability >= EXHAUSTED_FROM) else probability


def says_so(text: str) -> bool:
    """Return whether a clause holds words of distress from the list, and none that make it a matter of business."""
    return any(_says(text))


def _says(text: str) -> tuple[bool, bool]:
    """Return whether a clause holds words of danger, and whether one holds words of exhaustion."""
    danger, exhaustion, business = _words()
    read = [clause for clause in dict.fromkeys(map(plain, (*clauses(text), text))) if not business.search(clause)]
    return any(map(danger.search, read)), any(map(exhaustion.search, read))


def _without_business(text: str) -> str:
    """Return a message without the clauses that speak of a matter of business in such words."""
    _, _, business = _words()
    if not business.search(plain(text)):
        return text
    return ", ".join(clause for clause in clauses(text) if not business.search(plain(clause)))


def without_cries(text: str) -> str:
    """Return the clauses of a message without those of distress, joined by commas: what else it asks."""
    rest = [stripped for clause in clauses(text) if (stripped := clause.strip()) and not _cries(plain(stripped))]
    return ", ".join(rest)


def _cries(clause: str) -> bool:
    return any(_says(clause))


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model over hashed n-grams; `weights` has each bucket's coefficient, `rarity` its feature value."""

    rarity: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float
    threshold: float
    """The probability from which a message is taken for one of distress."""
    possible: float
    """The probability from which it may be one."""
    trained_on: str
    """How many messages, and the hash of their files."""

    def probability(self, text: str) -> float:
        read = plain(text)
        if not read:  # "????"
            return 0.0
        hashes = buckets(read)
        rarity = self.rarity[hashes]
        length = float(np.sqrt(rarity @ rarity)) or 1.0
        return float(1 / (1 + np.exp(-(rarity @ self.weights[hashes] / length + self.bias))))

    def write(self, path: Path = WEIGHTS) -> None:
        np.savez_compressed(
            path,
            rarity=self.rarity.astype(np.float16),
            weights=self.weights.astype(np.float16),
            numbers=np.array([self.bias, self.threshold, self.possible]),
            trained_on=np.array(self.trained_on),
        )

    @classmethod
    def read(cls, path: Path = WEIGHTS) -> Self:
        with np.load(path, allow_pickle=False) as file:
            rarity, weights = file["rarity"].astype(np.float32), file["weights"].astype(np.float32)
            bias, threshold, possible = map(float, file["numbers"])
            trained_on = str(file["trained_on"])
        if rarity.shape != (BUCKETS,) or weights.shape != (BUCKETS,):
            raise ValueError(f"{path} has {len(weights)} weights, and {BUCKETS} are read. Run `make distress`.")
        return cls(rarity, weights, bias, threshold, possible, trained_on)


@cache
def model() -> Model:
    """Return the model that comes with Noa, read once."""
    return Model.read()


@cache
def _words() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lists = tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))
    danger, exhaustion, business = (
        re.compile("|".join(f"(?:{pattern})" for pattern in lists[name]))
        for name in ("danger", "exhaustion", "business")
    )
    return danger, exhaustion, business


def recordable(question: Question, answer: Answer) -> tuple[Question, Answer]:
    """Return a question and its answer as they may be written down.

    A message of distress tells of somebody's health, and no referent needs it: its text is not kept, and its record
    gets a new conversation id, so that no other question leads to it.
    """
    if answer.reason is not Reason.DISTRESS:
        return question, answer
    return (
        replace(question, text=NOT_KEPT, normalised=NOT_KEPT),
        replace(answer, conversation_id=uuid.uuid4().hex, understood_as=None),
    )


def plain(text: str) -> str:
    """Return the text in plain letters: no case, accents or punctuation, phone spellings written out."""
    words = as_words(plain_spelling(text.replace("’", "'")))
    for pattern, written_out in _ON_A_PHONE:
        words = pattern.sub(written_out, words)
    return words


def clauses(text: str) -> list[str]:
    """Return the clauses of a text, as they are typed."""
    return _CLAUSE.split(text)


def buckets(plain_text: str) -> Buckets:
    """Return the distinct buckets of a plain text's n-grams of letters and of words."""
    letters = np.frombuffer(f" {plain_text} ".encode("ascii", "ignore"), np.uint8).astype(np.int64)
    word_hashes = [np.fromiter(_word_hashes(plain_text.split()), np.int64)]
    hashes = np.zeros(len(letters), np.int64)
    for length in range(1, LETTERS.stop):
        if len(letters) < length:
            break
        hashes = (hashes[: len(letters) - length + 1] * _PRIME + letters[length - 1 :] + length) & 0x7FFFFFFF
        if length in LETTERS:
            word_hashes.append(hashes % BUCKETS)
    return np.unique(np.concatenate(word_hashes))


def _word_hashes(words: list[str]) -> Iterator[int]:
    for count in WORDS:
        for at in range(len(words) - count + 1):
            yield zlib.crc32(" ".join(words[at : at + count]).encode()) % BUCKETS
