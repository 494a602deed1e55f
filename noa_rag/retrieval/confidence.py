"""From retrieval figures to a calibrated probability that the first match answers, and to a decision."""

from collections.abc import Mapping, Sequence

from noa_rag.domain.entry import EntryId
from noa_rag.domain.match import Match, Retrieved
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Question
from noa_rag.retrieval.calibration import Calibration, Profile

OFFER_LIMIT = 3
OFFERED_WITHIN = 4.0  # of the first one's score, where 1 is about e times likelier
# A question whose words all stand in one of the entry's own is answered. With their entry hidden, 3 of 4,696 questions
# were taken for a restatement of another one; of those on the calibration suites, none was wrong (15 of 15).
ALL_WORDS = 0.99
LIKE_WORDS = 0.7  # Dice coefficient of the words that carry meaning
LIKE_MEANING = 0.93  # cosine: keeps apart questions that differ in small words only, such as "with" and "without"
NEAR_SHARE = 0.65  # of the threshold for offers: above it a refusal names the closest questions
# Cosines of e5 live between .75 and .90; these bring them to a scale near -1…1.
_COSINE_MIDDLE, _COSINE_SPREAD = 0.85, 0.05
_WIDE_MARGIN = 4.0  # in units of the fused score, where 1 is about e times likelier


class CalibratedJudge:
    """Answers above one threshold, offers close entries above another, abstains otherwise."""

    def __init__(self, calibration: Calibration) -> None:
        self._calibration = calibration

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        if not retrieved.matches:
            return Judgement(0.0, answers=False)
        profile = self._profile(retrieved.matches[0])
        seen = features(retrieved)
        confidence, knows = profile.answers.probability(seen), profile.knows.probability(seen)
        if restates(retrieved):
            return Judgement(max(confidence, profile.answer_from), answers=True, is_near=True)
        if confidence >= profile.answer_from and not is_barred(seen):
            return Judgement(confidence, answers=True, is_near=True)
        is_near = knows >= profile.offer_from * NEAR_SHARE
        offers = close_entries(retrieved) if knows >= profile.offer_from else ()
        return Judgement(confidence, answers=False, offers=offers, is_near=is_near)

    def _profile(self, first: Match) -> Profile:
        has_alternates = first.evidence["question_count"] > 1
        return self._calibration.with_alternates if has_alternates else self._calibration.bare


def is_barred(seen: Mapping[str, float]) -> bool:
    """Whether the question insists on what the entry cannot be about, however alike the words.

    A year that the entry does not name; or an employee's side of what is written for employers.
    """
    return bool(seen["misses_year"] or seen["asks_as_employee"])


def restates(retrieved: Retrieved) -> bool:
    """Whether the question says no more than one that the first entry was given."""
    first = retrieved.matches[0].evidence
    return (
        first["covered_by_question"] >= ALL_WORDS
        and first["question_likeness"] >= LIKE_WORDS
        and first["dense_question"] >= LIKE_MEANING
    )


def close_entries(retrieved: Retrieved) -> tuple[EntryId, ...]:
    """Return two or three entries to choose from, none when there is only one."""
    first = retrieved.matches[0]
    near = [match for match in retrieved.matches[:OFFER_LIMIT] if first.score - match.score <= OFFERED_WITHIN]
    offered = near if len(near) > 1 else retrieved.matches[:2]
    return tuple(match.entry_id for match in offered) if len(offered) > 1 else ()


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
        "subject": about["subject"],
        "is_english": about["is_english"],
        "asks_as_employee": about["asks_as_employee"],
        "asks_figure": about["asks_figure"],
        "figure_missing": about["asks_figure"] * (1 - first.evidence["has_figure"]),
    }


_TAKEN_AS_THEY_ARE = (
    "passage", "question", "whole", "passage_pairs", "question_pairs",
    "covered", "covered_by_entry", "covered_by_question", "question_likeness", "neighbour_share", "rarest_missing",
    "misses_year",
)  # fmt: skip


def _margin(first: Match, other: Sequence[Match]) -> float:
    return min(first.score - other[0].score, _WIDE_MARGIN) if other else _WIDE_MARGIN


def _lead(matches: Sequence[Match], name: str) -> float:
    """Return by how much the first match leads the best of the others in one figure; negative if it trails."""
    others = [match.evidence[name] for match in matches[1:]]
    return matches[0].evidence[name] - max(others, default=0.0)
