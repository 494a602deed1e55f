"""From retrieval figures to a calibrated probability that the first match answers, and to a decision."""

from collections.abc import Sequence

from noa_rag.domain.match import Match, Retrieved
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Question
from noa_rag.retrieval.calibration import Calibration

OFFER_LIMIT = 3
# Cosines of e5 live between .75 and .90; these bring them to a scale near -1…1.
_COSINE_MIDDLE, _COSINE_SPREAD = 0.85, 0.05
_WIDE_MARGIN = 4.0  # in units of the fused score, where 1 is about e times likelier


class CalibratedJudge:
    """Answers above one threshold, offers close entries above a lower one, abstains below it."""

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        if not retrieved.matches:
            return Judgement(0.0, answers=False)
        confidence = self._calibration.confidence.probability(features(retrieved))
        if confidence >= self._calibration.answer_from:
            return Judgement(confidence, answers=True)
        if confidence >= self._calibration.offer_from and len(retrieved.matches) > 1:
            offers = tuple(match.entry_id for match in retrieved.matches[:OFFER_LIMIT])
            return Judgement(confidence, answers=False, offers=offers)
        return Judgement(confidence, answers=False)


def features(retrieved: Retrieved) -> dict[str, float]:
    """Return what the confidence weighs, each figure roughly between -2 and 2. Needs one match at least."""
    first, rest = retrieved.matches[0], retrieved.matches[1:]
    about = retrieved.question_evidence
    return {
        **{name: first.evidence[name] for name in _TAKEN_AS_THEY_ARE},
        "dense_question": (first.evidence["dense_question"] - _COSINE_MIDDLE) / _COSINE_SPREAD,
        "dense_passage": (first.evidence["dense_passage"] - _COSINE_MIDDLE) / _COSINE_SPREAD,
        "dense_question_lead": _lead(retrieved.matches, "dense_question") / _COSINE_SPREAD,
        "dense_passage_lead": _lead(retrieved.matches, "dense_passage") / _COSINE_SPREAD,
        "whole_lead": _lead(retrieved.matches, "whole"),
        "passage_lead": _lead(retrieved.matches, "passage"),
        "margin": _margin(first, rest[:1]),
        "margin_to_third": _margin(first, rest[1:2]),
        "unknown_share": about["unknown_share"],
        "brevity": 1 / max(about["word_count"], 1.0),
        "is_english": about["is_english"],
    }


_TAKEN_AS_THEY_ARE = (
    "passage", "question", "whole", "passage_pairs", "question_pairs",
    "covered", "covered_by_entry", "covered_by_question", "question_likeness",
)  # fmt: skip


def _margin(first: Match, other: Sequence[Match]) -> float:
    return min(first.score - other[0].score, _WIDE_MARGIN) if other else _WIDE_MARGIN


def _lead(matches: Sequence[Match], name: str) -> float:
    """Return by how much the first match leads the best of the others in one figure; negative if it trails."""
    others = [match.evidence[name] for match in matches[1:]]
    return matches[0].evidence[name] - max(others, default=0.0)
