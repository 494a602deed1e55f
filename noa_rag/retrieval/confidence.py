"""The judge: a calibrated probability that the first match answers, and the decision to answer, offer or abstain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, log1p

from structlog import get_logger

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import ModelUnavailable
from noa_rag.domain.ports import Judgement, Match, Retrieved
from noa_rag.domain.question import Question
from noa_rag.retrieval.calibration import Calibration, Logistic
from noa_rag.retrieval.reranker import Reranker
from noa_rag.retrieval.thresholds import (
    ALL_WORDS,
    BRIEF_WORDS,
    LEADS_FROM,
    LIKE_WORDS,
    MIDDLE,
    NEAR_SHARE,
    OFFER_LIMIT,
    OFFERED_WITHIN,
    READ_SHARE,
    SAME_QUESTION,
    SPREAD,
    USUAL_LENGTH,
    WIDE_MARGIN,
    WIDE_READING,
)

_log = get_logger(__name__)
REASONS_NAMED = 6


class CalibratedJudge:
    """Answers above one threshold, offers close entries above another, abstains otherwise.

    Where the scores leave doubt, a reranker, if there is one, reads the first matches with the question. A reranker
    that the calibration was not fitted with only orders them, and the scores decide.
    """

    def __init__(self, calibration: Calibration, reranker: Reranker | None = None) -> None:
        self._calibration = calibration
        self._reranker = reranker

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement:
        if not retrieved.matches:
            return Judgement(0.0, answers=False)
        calibration, seen = self._calibration, features(retrieved)
        knows = calibration.knows.probability(seen)
        offers_from = calibration.offers_from(retrieved.question_evidence["word_count"])
        if restates(retrieved):
            confidence = max(calibration.answers.probability(seen), calibration.verified_from)
            because = {"says no more than one of its questions": 1.0}
            return Judgement(confidence, answers=True, is_near=True, is_restated=True, because=because)
        if knows < offers_from * READ_SHARE:
            because = _reasons(calibration.knows, seen)
            return Judgement(calibration.answers.probability(seen), answers=False, because=because)
        read = self._read(question, retrieved)
        # `read` is missing without a working reranker, or when the index has just lost all that was to be read.
        is_read = "read" in read.matches[0].evidence
        read_with = self._reranker.fingerprint if self._reranker and is_read else None
        if is_read and read_with != calibration.verified_with:
            read = _by_scores(read, retrieved)
        is_near = knows >= offers_from * NEAR_SHARE
        return self._decided(read, read_with=read_with, is_known=knows >= offers_from, is_near=is_near)

    def read(self, question: Question, matches: Sequence[Match]) -> Mapping[EntryId, float]:
        """Return the log-odds that each entry answers; none without a reranker that the calibration was fitted with."""
        if self._reranker is None or self._reranker.fingerprint != self._calibration.verified_with:
            return {}
        try:
            return self._reranker.log_odds(question, matches)
        except ModelUnavailable as error:
            _log.error("reranker_failed", error=str(error))
            return {}

    def _read(self, question: Question, retrieved: Retrieved) -> Retrieved:
        """Return the matches as the reranker read them; unchanged without one, or when it fails: the scores suffice."""
        if self._reranker is None:
            return retrieved
        try:
            return self._reranker.read(question, retrieved)
        except ModelUnavailable as error:
            _log.error("reranker_failed", error=str(error))
            return retrieved

    def _decided(self, retrieved: Retrieved, *, read_with: str | None, is_known: bool, is_near: bool) -> Judgement:
        model, answer_from = self._calibration.deciding(read_with)
        is_fitted = read_with == self._calibration.verified_with
        seen = all_features(retrieved) if is_fitted else _features_unread(retrieved)
        confidence = model.probability(seen)
        order = tuple(match.entry_id for match in retrieved.matches) if read_with else ()
        because = _reasons(model, seen)
        if confidence >= answer_from and not is_barred(seen):
            return Judgement(confidence, answers=True, is_near=True, order=order, because=because)
        offers = close_entries(retrieved) if is_known else ()
        leads = bool(offers) and confidence >= LEADS_FROM and not is_barred(seen)
        return Judgement(confidence, False, offers, leads, is_near, order=order, because=because)


def _by_scores(read: Retrieved, retrieved: Retrieved) -> Retrieved:
    """Return the matches in the reranker's order, each with its score from retrieval.

    The scale of a reranker that nothing was fitted on is unknown: it must not widen a margin.
    """
    scores = {match.entry_id: match.score for match in retrieved.matches}
    return replace(read, matches=tuple(replace(match, score=scores[match.entry_id]) for match in read.matches))


def _features_unread(retrieved: Retrieved) -> dict[str, float]:
    """Return `features` and `elsewhere`, which bars an answer; it is 0 where nothing was read."""
    return {**features(retrieved), "elsewhere": retrieved.matches[0].evidence.get("elsewhere", 0.0)}


def _reasons(model: Logistic, seen: Mapping[str, float]) -> dict[str, float]:
    weighed = model.contributions(seen)
    strongest = sorted(weighed, key=lambda name: (-abs(weighed[name]), name))[:REASONS_NAMED]
    return {name: weighed[name] for name in strongest}


def is_barred(seen: Mapping[str, float]) -> bool:
    """Whether the entry must not answer, however alike the words.

    The question names a year that the entry does not, or a place where the entry does not hold, or asks as an employee
    what is written for employers.
    """
    return bool(seen["misses_year"] or seen["asks_as_employee"] or seen.get("elsewhere"))


def restates(retrieved: Retrieved) -> bool:
    """Whether the question is one of the first entry's own, and of no other match, or says no more than one of them."""
    first, others = retrieved.matches[0].evidence, retrieved.matches[1:]
    if first.get("is_own_question"):
        return not any(match.evidence.get("is_own_question") for match in others)
    is_brief = retrieved.question_evidence["word_count"] <= BRIEF_WORDS  # "facture" is not "facture proforma"
    return (
        first["covered_by_question"] >= ALL_WORDS
        and first["question_likeness"] >= (ALL_WORDS if is_brief else LIKE_WORDS)
        and first["dense_question"] >= SAME_QUESTION
    )


def close_entries(retrieved: Retrieved) -> tuple[EntryId, ...]:
    """Return two entries or more to choose from, `OFFER_LIMIT` at most; none when there is only one."""
    first = retrieved.matches[0]
    near = [match for match in retrieved.matches[:OFFER_LIMIT] if first.score - match.score <= OFFERED_WITHIN]
    offered = near if len(near) > 1 else retrieved.matches[:2]
    return tuple(match.entry_id for match in offered) if len(offered) > 1 else ()


def features(retrieved: Retrieved) -> dict[str, float]:
    """Return what the confidence weighs, each figure roughly between -2 and 2. Needs one match at least.

    Some weigh otherwise in English, whose words hardly stand in French texts.
    """
    first, rest = retrieved.matches[0], retrieved.matches[1:]
    about = retrieved.question_evidence
    seen = {
        **{name: first.evidence[name] for name in _TAKEN_AS_THEY_ARE},
        "dense_question": (first.evidence["dense_question"] - MIDDLE) / SPREAD,
        "dense_passage": (first.evidence["dense_passage"] - MIDDLE) / SPREAD,
        "dense_question_lead": _lead(retrieved.matches, "dense_question") / SPREAD,
        "dense_passage_lead": _lead(retrieved.matches, "dense_passage") / SPREAD,
        "whole_lead": _lead(retrieved.matches, "whole"),
        "covered_lead": _lead(retrieved.matches, "covered"),
        "likeness_lead": _lead(retrieved.matches, "question_likeness"),
        "margin": _margin(first, rest[:1]),
        "margin_to_third": _margin(first, rest[1:2]),
        "margin_to_fifth": _margin(first, rest[3:4]),
        "share": 1 / sum(exp(min(match.score - first.score, WIDE_MARGIN)) for match in retrieved.matches),
        "unknown_share": about["unknown_share"],
        "brevity": 1 / max(about["word_count"], 1.0),
        "length": log1p(about["word_count"]) - USUAL_LENGTH,
        "subject": about["subject"],
        "is_english": about["is_english"],
        "asks_as_employee": about["asks_as_employee"],
        "asks_figure": about["asks_figure"],
        "figure_missing": about["asks_figure"] * (1 - first.evidence["has_figure"]),
    }
    return seen | {f"{name} in English": seen["is_english"] * seen[name] for name in _WEIGHED_IN_ENGLISH}


def all_features(retrieved: Retrieved) -> dict[str, float]:
    """Return `features`, and what reading the first matches told. Needs one match at least, and that it was read."""
    first = retrieved.matches[0].evidence
    others = [match.evidence["read"] for match in retrieved.matches[1:] if "read" in match.evidence]
    return {
        **features(retrieved),
        "read": first["read"],
        "read_lead": min(first["read"] - max(others, default=-WIDE_READING), WIDE_READING),
        "read_best": max((first["read"], *others)),
        "elsewhere": first["elsewhere"],
    }


_TAKEN_AS_THEY_ARE = (
    "whole", "covered", "covered_by_entry", "covered_by_question", "question_likeness", "rarest_missing", "misses_year",
)  # fmt: skip

_WEIGHED_IN_ENGLISH = ("dense_question", "covered_by_entry", "subject")


def _margin(first: Match, other: Sequence[Match]) -> float:
    return min(first.score - other[0].score, WIDE_MARGIN) if other else WIDE_MARGIN


def _lead(matches: Sequence[Match], name: str) -> float:
    """Return by how much the first match leads the best of the others in one figure; negative if it trails."""
    others = [match.evidence[name] for match in matches[1:]]
    return matches[0].evidence[name] - max(others, default=0.0)
