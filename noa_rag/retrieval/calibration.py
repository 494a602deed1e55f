"""What was learned from labelled questions, with the figures that it was judged on."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import exp
from pathlib import Path
from typing import Any

from noa_rag.domain.errors import NoaError

BUNDLED_CALIBRATION = Path(__file__).parent / "calibration.json"


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model on named features."""

    weights: Mapping[str, float]
    intercept: float

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1. Raises KeyError for a feature that is not given."""
        total = self.intercept + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The order of matches, the confidence in the first one, and the two thresholds chosen from its curve.

    `figures` says on which questions it was fitted and judged, and how it did.
    """

    ranking: Mapping[str, float]
    confidence: Logistic
    answer_from: float
    offer_from: float
    figures: Mapping[str, Any] = field(default_factory=dict)


def read_calibration(path: Path = BUNDLED_CALIBRATION) -> Calibration:
    """Return a stored calibration. Raises NoaError when the file is missing or malformed."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(
            ranking={str(name): float(weight) for name, weight in stored["ranking"].items()},
            confidence=Logistic(
                {str(name): float(weight) for name, weight in stored["confidence"]["weights"].items()},
                float(stored["confidence"]["intercept"]),
            ),
            answer_from=float(stored["answer_from"]),
            offer_from=float(stored["offer_from"]),
            figures=stored.get("figures", {}),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoaError(f"The calibration {path.name} cannot be read ({error}). Run `make calibrate`.") from error


def write_calibration(calibration: Calibration, path: Path = BUNDLED_CALIBRATION) -> None:
    """Store a calibration as readable JSON, numbers to four decimals."""
    rounded = json.loads(json.dumps(asdict(calibration)), parse_float=lambda text: round(float(text), 4))
    path.write_text(json.dumps(rounded, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
