"""Confidence in the first match, before and after reading, and thresholds that bound the share of wrong answers."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import hypergeom

from evals.calibration.asking import AskedCase
from evals.calibration.lessons import CalibrationLesson, Features, Lessons, cross_validated, learn_probability
from evals.suites.cases import CaseKind
from evals.suites.splits import OTHER_FIELDS, hashed
from noa_rag.french.places import asks_foreign_law
from noa_rag.retrieval.calibration import Logistic
from noa_rag.retrieval.confidence import all_features, features, is_barred
from noa_rag.retrieval.thresholds import BRIEF_WORDS

# Thresholds are tried where this share of the questions that choose is answered, then step by step more. If the first
# share is small, a few wrong answers end the search at once: of 200 resplits, 84 answered nothing from 0.15, 64 from
# 0.2, 44 from 0.25, 123 from 0.3.
FIRST_COVERAGE, COVERAGE_STEP = 0.2, 0.01
# Questions of other fields refused, of brief ones (up to BRIEF_WORDS) and of longer ones: of those in scope, messages
# included, .946 and .771 are let through, cross-validated.
REFUSED = 0.93
FEWEST_OUTSIDE = 50  # questions of other fields; with fewer the threshold rests on one or two of them
# Share of near misses among the questions that choose the threshold: the suites hold 1 in 5, visitors ask fewer.
NEAR_MISS_SHARE = 0.05
RESPLITS = 200  # ways to share out the lessons, on which the promise is checked
FITS, CHOOSES = 0.4, 0.3  # shares of the groups in each of them; the rest is unseen
Split = Callable[[CalibrationLesson], bool]


@dataclass(frozen=True, slots=True)
class ErrorBound:
    """The promise: with `probability`, at most a share `wrong_at_most` of an equal number of new answers is wrong."""

    wrong_at_most: float
    probability: float

    def __str__(self) -> str:
        return f"at most {100 * self.wrong_at_most:g} % of answers wrong, with probability {self.probability:g}"


@dataclass(frozen=True, slots=True)
class ChosenThreshold:
    """A threshold chosen on `asked` questions: `shown` are answered at or above it, `wrong` of these wrongly."""

    threshold: float
    shown: int
    wrong: int
    asked: int


def choose_threshold(chances: Sequence[float], is_right: Sequence[bool], bound: ErrorBound) -> ChosenThreshold:
    """Return the lowest threshold that keeps the bound; 1 when none does, and then nothing is answered.

    Thresholds are tested from the strictest down, and the first failure ends it: tests in a fixed order need no
    correction for their number (Angelopoulos et al. 2021, "Learn then test", fixed sequence testing). The test of one
    threshold is exact for a finite sample: if the questions that chose and as many new ones are exchangeable, the
    wrong among the first are a hypergeometric draw from the wrong among both.
    """
    order = np.argsort(-np.asarray(chances), kind="stable")
    sorted_chances = np.asarray(chances)[order]
    wrong_so_far = np.cumsum(~np.asarray(is_right, dtype=bool)[order])
    best = ChosenThreshold(1.0, 0, 0, len(order))
    for count in _counts(sorted_chances):
        wrong = int(wrong_so_far[count - 1])
        if chance_of_so_few(wrong, count, bound.wrong_at_most) > 1 - bound.probability:
            break
        best = ChosenThreshold(float(sorted_chances[count - 1]), count, wrong, len(order))
    return best


def chance_of_so_few(wrong: int, shown: int, wrong_at_most: float) -> float:
    """Return the largest probability of at most `wrong` wrong answers of `shown` if the next `shown` break the bound.

    They break it with more than `wrong_at_most` times `shown` wrong answers; the fewest that do are the likeliest case.
    """
    broken_from = int(wrong_at_most * shown + 1e-9) + 1
    return float(hypergeom.cdf(wrong, 2 * shown, wrong + broken_from, shown))


def _counts(chances: np.ndarray) -> Iterator[int]:
    """Yield how many questions stand at or above each threshold tried; ties go together."""
    total = len(chances)
    for coverage in np.arange(FIRST_COVERAGE, 1 + COVERAGE_STEP / 2, COVERAGE_STEP):
        count = max(1, round(coverage * total))
        yield int(np.searchsorted(-chances, -chances[min(count, total) - 1], side="right"))


# With near misses in the share NEAR_MISS_SHARE. On the suites alone, which ask more plainly than sentences do, the same
# threshold keeps 4.5 %.
BOUND = ErrorBound(0.055, 0.9)


@dataclass(frozen=True, slots=True)
class LearnedAnswering:
    """A model of the probability that the first match answers, with the threshold chosen for it."""

    model: Logistic
    chosen: ChosenThreshold


def learn_answering(
    lessons: Sequence[CalibrationLesson],
    seen: Features,
    bound: ErrorBound,
    *,
    chooses: Split,
    share: float = NEAR_MISS_SHARE,
) -> LearnedAnswering:
    """Fit a model on one part of the lessons and choose its threshold on the other; hidden twins only fit."""
    fitted = [lesson for lesson in lessons if not chooses(lesson)]
    model = _fitted(fitted, seen)
    judged = [lesson for lesson in lessons if chooses(lesson) and not lesson.is_twin]
    return LearnedAnswering(model, choose_threshold(*_judged(with_near_misses(judged, share), model, seen), bound))


def with_near_misses(lessons: Sequence[CalibrationLesson], share: float) -> list[CalibrationLesson]:
    """Return the lessons with near misses cut to this share, drawn by a hash; all near misses where there are fewer."""
    near = [lesson for lesson in lessons if lesson.asked.case.kind is CaseKind.NEAR_MISS]
    others = [lesson for lesson in lessons if lesson.asked.case.kind is not CaseKind.NEAR_MISS]
    near.sort(key=lambda lesson: hashed(lesson.asked.case.id))
    return others + near[: round(len(others) * share / (1 - share))]


def wrong_above(lessons: Sequence[CalibrationLesson], learned: LearnedAnswering, seen: Features) -> tuple[int, int]:
    """Return how many of the answers shown for lessons would be wrong, and how many would be shown."""
    chances, is_right = _judged(lessons, learned.model, seen)
    shown = [right for chance, right in zip(chances, is_right, strict=True) if chance >= learned.chosen.threshold]
    return len(shown) - sum(shown), len(shown)


def learn_confidence(lessons: Lessons, *, chooses: Split) -> tuple[dict[str, Any], dict[str, object]]:
    """Return the models and thresholds of a calibration, by the names of its fields, and what they were judged on."""
    answers = learn_answering(lessons.answers, features, BOUND, chooses=chooses)
    verified = learn_answering(lessons.verified, all_features, BOUND, chooses=chooses)
    brief, longer = offer_thresholds(lessons.knows)
    in_scope = [asked_case for asked_case in lessons.suite if asked_case.case.kind is CaseKind.IN_SCOPE]
    figures = {
        "bound": str(BOUND),
        "lessons": {"answers": len(lessons.answers), "verified": len(lessons.verified), "knows": len(lessons.knows)},
        "by scores alone": _in_words(answers.chosen, lessons.answers, chooses),
        "after reading": _in_words(verified.chosen, lessons.verified, chooses),
        "near misses among those that choose": NEAR_MISS_SHARE,
        "in_scope_count": len(in_scope),
        "first_right": _rate([asked_case.first_is_right for asked_case in in_scope]),
        "brief questions": brief,
        "longer questions": longer,
    }
    return {
        "answers": answers.model,
        "verified": verified.model,
        "knows": _fitted(lessons.knows, features),
        "answer_from": round(answers.chosen.threshold, 4),
        "verified_from": round(verified.chosen.threshold, 4),
        "offer_from": longer["threshold"],
        "offer_from_brief": brief["threshold"],
        "verified_with": lessons.read_with,
    }, figures


def offer_thresholds(lessons: Sequence[CalibrationLesson]) -> tuple[dict[str, float], dict[str, float]]:
    """Return from where on entries are offered for brief and for longer questions, each with its shares.

    The calibration suites' own questions of other fields choose: they are the harder ones. Questions refused for
    another country's law are left out. Where too few of one length are labelled, all choose.
    """
    usable = [lesson for lesson in lessons if not asks_foreign_law(lesson.asked.case.question)]
    chances = _cross_validated_chances(usable)
    every = [
        (_is_brief(lesson), lesson.is_true, _chooses_offers(lesson), chances[lesson.asked.case.id]) for lesson in usable
    ]
    all_outside = [chance for _, _, chooses, chance in every if chooses]
    thresholds = []
    for is_brief in (True, False):
        outside = [chance for is_so, _, chooses, chance in every if chooses and is_so is is_brief]
        inside = [chance for is_so, is_known, _, chance in every if is_known and is_so is is_brief]
        thresholds.append(_offer_threshold(outside if len(outside) >= FEWEST_OUTSIDE else all_outside, inside))
    return thresholds[0], thresholds[1]


def _offer_threshold(outside: Sequence[float], inside: Sequence[float]) -> dict[str, float]:
    threshold = round(float(np.quantile(outside, REFUSED)), 4)
    return {
        "threshold": threshold,
        "in_scope_count": len(inside),
        "in_scope_offered_or_answered_cross_validated": _rate([chance >= threshold for chance in inside]),
        "out_of_scope_count": len(outside),
        "out_of_scope_refused_cross_validated": _rate([chance < threshold for chance in outside]),
    }


def _is_brief(lesson: CalibrationLesson) -> bool:
    return lesson.asked.retrieved.question_evidence["word_count"] <= BRIEF_WORDS


def _chooses_offers(lesson: CalibrationLesson) -> bool:
    return not lesson.is_true and not lesson.asked.case.id.startswith(OTHER_FIELDS)


def check_promise(lessons: Sequence[CalibrationLesson], bound: ErrorBound = BOUND) -> dict[str, float | int]:
    """Return how often the bound held on held-out questions, over random resplits of the lessons.

    In each, 40 % of the groups fit the confidence, 30 % choose the threshold, 30 % are held out. Those that choose and
    those held out both have near misses in the share NEAR_MISS_SHARE.
    """
    groups = sorted({lesson.group for lesson in lessons})
    chosen_count, silent, answered, wrongs = 0, 0, 0, 0
    for number in range(RESPLITS):
        shuffled = random.Random(number).sample(groups, len(groups))
        fits = set(shuffled[: int(FITS * len(groups))])
        chooses = set(shuffled[int(FITS * len(groups)) : int((FITS + CHOOSES) * len(groups))])
        seen = [lesson for lesson in lessons if lesson.group in fits or lesson.group in chooses]
        learned = learn_answering(seen, all_features, bound, chooses=lambda lesson: lesson.group in chooses)  # noqa: B023
        unseen = [
            lesson
            for lesson in lessons
            if lesson.group not in fits and lesson.group not in chooses and not lesson.is_twin
        ]
        wrong, shown = wrong_above(with_near_misses(unseen, NEAR_MISS_SHARE), learned, all_features)
        chosen_count += wrong <= bound.wrong_at_most * shown
        silent += not shown
        answered += shown
        wrongs += wrong
    return {
        "resplits": RESPLITS,
        "promised": bound.probability,
        "kept": round(chosen_count / RESPLITS, 3),
        "of these, nothing answered": silent,
        "answers shown on unseen questions, mean": round(answered / RESPLITS, 1),
        "wrong among them": round(wrongs / max(1, answered), 4),
    }


def _fitted(lessons: Sequence[CalibrationLesson], seen: Features) -> Logistic:
    asked_cases, is_true, weights = _columns(lessons)
    return learn_probability(asked_cases, is_true, weights, seen)


def _judged(lessons: Sequence[CalibrationLesson], model: Logistic, seen: Features) -> tuple[list[float], list[bool]]:
    """Return the probability and the truth of each lesson that no rule bars from being answered."""
    figures = [(lesson, seen(lesson.asked.retrieved)) for lesson in lessons]
    usable = [(lesson, figure) for lesson, figure in figures if not is_barred(figure)]
    return [model.probability(figure) for _, figure in usable], [lesson.is_true for lesson, _ in usable]


def _cross_validated_chances(lessons: Sequence[CalibrationLesson], seen: Features = features) -> dict[str, float]:
    asked_cases, is_true, weights = _columns(lessons)
    predicted = cross_validated(asked_cases, is_true, weights, [lesson.group for lesson in lessons], seen)
    return {lesson.asked.case.id: float(chance) for lesson, chance in zip(lessons, predicted, strict=True)}


def _columns(lessons: Sequence[CalibrationLesson]) -> tuple[list[AskedCase], list[bool], list[float]]:
    return (
        [lesson.asked for lesson in lessons],
        [lesson.is_true for lesson in lessons],
        [lesson.weight for lesson in lessons],
    )


def _in_words(chosen: ChosenThreshold, lessons: Sequence[CalibrationLesson], chooses: Split) -> dict[str, float | int]:
    in_scope = sum(
        chooses(lesson) and not lesson.is_twin and lesson.asked.case.kind is CaseKind.IN_SCOPE for lesson in lessons
    )
    return {
        "threshold": round(chosen.threshold, 4),
        "answered": chosen.shown,
        "wrong": chosen.wrong,
        "in_scope_answered_right": round((chosen.shown - chosen.wrong) / max(1, in_scope), 3),
    }


def _rate(claims: Sequence[bool]) -> float:
    return round(sum(claims) / max(1, len(claims)), 3)
