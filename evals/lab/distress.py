"""`make distress`: train and measure the recognition of messages of distress.

Three kinds of messages: those of distress, those that only sound alike ("tuer la concurrence"), and ordinary
questions: those of the other calibration suites and, where the shared material is there, those written over
fiches. What is printed comes from models that had not seen the message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.suites.cases import digest_of, rows_of
from evals.suites.splits import (
    FICHE_QUESTIONS,
    SENTENCES,
    is_apart,
    is_fiche_apart,
    shared_sentences,
    written_questions,
)
from noa_rag.answering.distress.recognise import BUCKETS, WEIGHTS, Model, buckets, plain, says_so, score
from noa_rag.domain.entry import EntryId

FOLDER = Path(__file__).parent.parent / "suites" / "calibration"
OWN = FOLDER.parent / "distress" / "messages.jsonl"
DISTRESS, ALIKE, ORDINARY, UNCLEAR = "distress", "sounds_alike", "ordinary", "unclear"
FOLDS, REPEATS = 5, 3  # one drawing of folds alone moves the threshold by two tenths and recall by four points
STRENGTH = 30.0  # inverse regularisation of the fit; 10 and 100 were within a point of it
DISTRESS_WEIGHT = 3.0  # a message that is missed weighs more than a false alarm
# Largest shares that may be taken for distress: a threshold is the lowest that keeps both. Ordinary questions are what
# visitors really send; the others were written to mislead. Somebody who asks for a person at the Urssaf and gets a page
# on suicide leaves; what may be distress gets a calm line above its answer, and stays out of groups and entries.
FALSE_ALARMS = {"ordinary": 1 / 1_000, "sounds_alike": 1 / 30}
POSSIBLE = {"ordinary": 1 / 100, "sounds_alike": 1 / 6}
ANSWERED_BY_HELP = ("detresse-idees-noires-aide-immediate", "dirigeant-epuise-isole-soutien")
"""Entries whose own calibration questions are no ordinary ones."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to learn from, unless it is `unclear`: sad, but perhaps not in distress."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """Messages of each kind, and how many of them are taken for distress."""

    counts: dict[str, int]
    recognised: dict[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{kind}: {self.recognised[kind]} of {count}" for kind, count in self.counts.items())


def messages() -> list[Message]:
    """Return every message once."""
    kinds = {row["question"]: row["kind"] for row in rows_of(OWN)}
    for path in _ordinary_files():
        for row in rows_of(path):
            expected = (*row.get("expected_entries", ()), row.get("tempting_entry"))
            if not set(expected) & set(ANSWERED_BY_HELP):
                kinds.setdefault(row["question"], ORDINARY)
    for row in written_questions():
        if not is_fiche_apart(EntryId(row["fiche"])):
            kinds.setdefault(row["question"], ORDINARY)
    for row in shared_sentences():
        if row["entry"] not in ANSWERED_BY_HELP and not is_apart(EntryId(row["entry"])):
            kinds.setdefault(row["q"], ORDINARY)
    return [Message(text, kind) for text, kind in kinds.items()]


def digest() -> str:
    """Return the hash of what the model is trained on."""
    return digest_of((OWN, *_ordinary_files(), FICHE_QUESTIONS, SENTENCES))[:16]


def trained(listed: Sequence[Message], *, threshold: float = 1.0, possible: float = 1.0, trained_on: str = "") -> Model:
    """Return a model of these messages."""
    from sklearn.linear_model import LogisticRegression

    known = [message for message in listed if message.kind != UNCLEAR]
    rows, rarity = weighed_letters([buckets(plain(message.text)) for message in known])
    fit = LogisticRegression(
        C=STRENGTH, class_weight={True: DISTRESS_WEIGHT, False: 1.0}, solver="liblinear", random_state=0
    )
    fit.fit(rows, np.array([message.kind == DISTRESS for message in known]))
    return Model(
        rarity.astype(np.float32),
        fit.coef_[0].astype(np.float32),
        float(fit.intercept_[0]),
        threshold,
        possible,
        trained_on,
    )


def weighed_letters(found: Sequence[NDArray[np.int64]]) -> tuple[Any, Vector]:
    """Return a sparse row of length 1 for the buckets of each text, rarer ones weighing more, and their rarity."""
    from scipy.sparse import csr_matrix, diags

    ends = np.cumsum([0, *map(len, found)])
    held = csr_matrix((np.ones(ends[-1]), np.concatenate(found), ends), shape=(len(found), BUCKETS))
    occurs = np.asarray(held.sum(0)).ravel()
    rarity = np.where(occurs > 1, np.log((1 + len(found)) / (1 + occurs)) + 1, 0.0)
    weighed = held @ diags(rarity)
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(1)).ravel())
    return diags(1 / np.maximum(lengths, 1e-9)) @ weighed, rarity


def cross_validated(listed: Sequence[Message], *, seed: int = 0) -> Vector:
    """Return the probability of each message by a model that had not seen it; 1 where the word list says so."""
    from sklearn.model_selection import StratifiedKFold

    kinds = [message.kind for message in listed]
    scores = np.zeros(len(listed))
    for known, unseen in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(kinds, kinds):
        model = trained([listed[at] for at in known])
        for at in unseen:
            scores[at] = score(listed[at].text, model)
    return scores


def lowest_threshold(scores: Vector, listed: Sequence[Message], false_alarms: Mapping[str, float]) -> float:
    """Return the lowest threshold, in steps of a hundredth, with few enough false alarms of either kind."""
    others = [(scores[[message.kind == kind for message in listed]], limit) for kind, limit in false_alarms.items()]
    return next(
        (
            at / 100
            for at in range(5, 100)
            if all((of_kind >= at / 100).sum() <= limit * len(of_kind) for of_kind, limit in others)
        ),
        0.99,
    )


def measured(scores: Vector, listed: Sequence[Message], *, threshold: float) -> Recognition:
    counts, recognised = (dict.fromkeys((DISTRESS, ALIKE, ORDINARY, UNCLEAR), 0) for _ in range(2))
    for chance, message in zip(scores, listed, strict=True):
        counts[message.kind] += 1
        recognised[message.kind] += bool(chance >= threshold)
    return Recognition(counts, recognised)


def main() -> None:
    """Train, print what unseen messages would be taken for, and write the weights."""
    listed = messages()
    repeated = [cross_validated(listed, seed=seed) for seed in range(REPEATS)]
    drawn_scores, drawn_messages = np.concatenate(repeated), listed * REPEATS
    threshold = lowest_threshold(drawn_scores, drawn_messages, FALSE_ALARMS)
    possible = lowest_threshold(drawn_scores, drawn_messages, POSSIBLE)
    scores: Vector = np.mean(repeated, axis=0)
    words_alone = np.array([float(says_so(message.text)) for message in listed])
    print(f"words alone: {measured(words_alone, listed, threshold=1.0)}")
    for seed, drawn in enumerate(repeated):
        print(f"words and model, from {threshold}, folds {seed}: {measured(drawn, listed, threshold=threshold)}")
    print(f"possibly, from {possible}: {measured(scores, listed, threshold=possible)}")
    for chance, message in zip(scores, listed, strict=True):
        if (chance >= threshold) != (message.kind == DISTRESS) and message.kind != UNCLEAR:
            print(f"  {'missed' if message.kind == DISTRESS else message.kind} ({chance:.2f}): {message.text}")
    trained(
        listed,
        threshold=threshold,
        possible=possible,
        trained_on=f"{len(listed)} messages, sha256 {digest()}",
    ).write(WEIGHTS)


def _ordinary_files() -> list[Path]:
    # What stressed people write is no sure example of a message without distress.
    return sorted(path for path in FOLDER.glob("*.jsonl") if path.stem != "vague")


if __name__ == "__main__":
    main()
