"""The calibration: weights and thresholds learned from labelled questions, with the figures they were judged on."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from structlog import get_logger

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.thresholds import BRIEF_WORDS

BUNDLED_CALIBRATION = Path(__file__).parent / "calibration.json"
EDITION = 2  # of the figures that weights name; raised when one is renamed or gone
BUNDLED_RERANKER = "bundled"  # the verifier; calibrations that name no reranker were fitted with it
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model on named features; `usual` holds their means over the questions it was fitted on."""

    weights: Mapping[str, float]
    intercept: float
    usual: Mapping[str, float] = field(default_factory=dict)

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1. Raises KeyError for a feature that is not given."""
        total = self.intercept + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + exp(-max(-30.0, min(30.0, total))))

    def contributions(self, features: Mapping[str, float]) -> dict[str, float]:
        """Return what each feature adds to the log-odds, against a feature of its usual size."""
        return {name: weight * (features[name] - self.usual.get(name, 0.0)) for name, weight in self.weights.items()}


@dataclass(frozen=True, slots=True)
class Subject:
    """A linear model on a question's vector: above 0 it speaks of running a company, below of something else.

    Made for one embedding model only; another one has another number of dimensions, or another meaning for each.
    """

    model: str
    weights: Sequence[float]
    intercept: float

    def score(self, vector: NDArray[np.float32], fingerprint: str) -> float:
        """Return the log-odds for a vector of that model, 0 (undecided) for any other."""
        if model_of(fingerprint) != self.model or len(vector) != len(self.weights):
            return 0.0
        return float(vector @ np.asarray(self.weights, dtype=np.float32)) + self.intercept


@dataclass(frozen=True, slots=True)
class Calibration:
    """The order of matches, and how sure the first one has to be.

    `answers` gives the probability that the first match answers, by the scores alone; `verified` the same once the
    first matches were read together with the question; `knows` that the question is about something the base knows;
    `library_bears` that imported texts, which drafts quote, speak of a question.
    At `answer_from` and `verified_from` Noa answers, at `offer_from` it offers close entries; `offer_from_brief` takes
    its place for questions of up to `BRIEF_WORDS`, of which fewer are about other fields. `verified_with` is the
    fingerprint of the reranker whose readings `verified` was fitted on; it does not apply to those of another.
    `known_entries` stood in the base that it was learned on. `figures` says on what it was fitted and judged, how it
    did, and what bound it promises.
    """

    ranking: Mapping[str, float]
    subject: Subject
    answers: Logistic
    verified: Logistic
    knows: Logistic
    library_bears: Logistic
    answer_from: float
    verified_from: float
    offer_from: float
    offer_from_brief: float
    verified_with: str = BUNDLED_RERANKER
    known_entries: tuple[EntryId, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    edition: int = 1
    """`EDITION` when it was learned; files of earlier copies do not say so."""

    def deciding(self, read_with: str | None) -> tuple[Logistic, float]:
        """Return the model and the threshold for matches that this reranker has read; None for unread ones."""
        is_fitted = read_with == self.verified_with
        return (self.verified, self.verified_from) if is_fitted else (self.answers, self.answer_from)

    def offers_from(self, word_count: float) -> float:
        """Return the probability that the base knows the subject from which entries are offered, for so many words."""
        return self.offer_from_brief if word_count <= BRIEF_WORDS else self.offer_from

    @property
    def model(self) -> str:
        """The embedding model that it was learned with."""
        return str(self.figures.get("model", ""))

    def strangers(self, entry_ids: Collection[EntryId]) -> list[EntryId]:
        """Return the entries that were not in the base that this was learned on: the promised bound leaves them out."""
        known = set(self.known_entries)
        return sorted(entry_id for entry_id in entry_ids if entry_id not in known)


def read_calibration(path: Path = BUNDLED_CALIBRATION) -> Calibration:
    """Return a stored calibration. Raises NoaError when the file is missing or malformed."""
    return _decoded(path, Calibration)


class _Edition(msgspec.Struct):
    edition: int = 1


Stored = TypeVar("Stored")


def _decoded(path: Path, kind: type[Stored]) -> Stored:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise NoaError(f"The calibration {path.name} cannot be read ({error}). Run `make calibrate`.") from error


def own_calibration(data_dir: Path) -> Path:
    """Return where the calibration lies that was learned on the base of a data folder."""
    return data_dir / "calibration.json"


def learned_here(data_dir: Path) -> Calibration | None:
    """Return the calibration learned on the base of a data folder; None without one that this copy can use.

    Raises NoaError for a file that cannot be read.
    """
    path = own_calibration(data_dir)
    if not path.is_file():
        return None
    if _decoded(path, _Edition).edition != EDITION:
        _log.warning("own_calibration_of_another_copy", path=str(path), run="noa eval calibrate --own-base")
        return None
    return read_calibration(path)


def calibration_in_use(data_dir: Path, fingerprint: str) -> Calibration:
    """Return the calibration learned on this base with this embedding model, the bundled one where there is none.

    Raises NoaError for a file that cannot be read.
    """
    own = learned_here(data_dir)
    if own is not None and own.model == fingerprint:
        return own
    if own is not None:
        _log.warning("own_calibration_not_used", learned_with=own.model, embedding_model=fingerprint)
    return read_calibration()


def write_calibration(calibration: Calibration, path: Path = BUNDLED_CALIBRATION) -> None:
    """Store a calibration as readable JSON, numbers to four decimals."""
    plain = msgspec.to_builtins(calibration)
    rounded = json.loads(json.dumps(plain), parse_float=lambda text: round(float(text), 4))
    path.write_text(json.dumps(rounded, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
