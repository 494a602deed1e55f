"""A calibration of one's own base asks for enough labelled questions and for a reranker, and says what to do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evals.calibration.asking import AskedCase
from evals.calibration.calibrate import FEWEST_QUESTIONS, calibrate_own, check_something_is_answered
from evals.calibration.lessons import CalibrationLesson, Lessons, knows_lessons, reranker_of
from evals.calibration.profiles import FEWEST_OUTSIDE, learn_confidence, offer_thresholds
from evals.suites.cases import Case, CaseKind
from evals.suites.splits import MIX, OTHER_FIELDS, SENTENCE
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import no_progress
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.fake_noa import a_noa
from tests.retrieval.retrieval_helpers import a_match, asked, found


def test_a_base_with_too_few_labelled_questions_is_told_what_is_lacking(
    settings: Settings, records: Records, tmp_path: Path
) -> None:
    noa = a_noa(settings, records, tmp_path)

    with pytest.raises(NoaError, match=rf"^0 labelled questions .*; {FEWEST_QUESTIONS} are needed\. Let QA make"):
        calibrate_own(noa, no_progress)

    noa.close()


def test_a_base_on_which_nothing_is_read_is_told_what_to_set(
    settings: Settings, records: Records, tmp_path: Path
) -> None:
    noa = a_noa(replace(settings, reranker="none"), records, tmp_path)

    with pytest.raises(NoaError, match=r"nothing reads them here\. Set NOA_RERANKER to a CrossEncoder"):
        reranker_of(noa)

    noa.close()


def test_a_confidence_names_the_reranker_whose_readings_it_was_fitted_on() -> None:
    answers = [a_lesson(number, read=None) for number in range(40)]
    verified = [a_lesson(number, read=(-2.0, 2.0)[number % 2]) for number in range(40)]
    lessons = Lessons(answers, verified, answers, [answer.asked for answer in answers], "tiny#1")

    learned, _ = learn_confidence(lessons, chooses=lambda lesson: int(lesson.group) % 4 > 1)

    assert learned["verified_with"] == "tiny#1"
    assert learned["verified"].weights["read"] > 0
    assert learned["knows"].weights["covered"] > 0


def test_brief_and_longer_questions_have_a_threshold_each_where_enough_of_them_are_labelled() -> None:
    brief = [a_lesson(number, read=None, word_count=2.0) for number in range(2 * FEWEST_OUTSIDE)]
    longer = [a_lesson(1_000 + number, read=None, word_count=9.0) for number in range(2 * FEWEST_OUTSIDE - 2)]

    own, all_of_them = offer_thresholds([*brief, *longer])

    assert own["out_of_scope_count"] == FEWEST_OUTSIDE
    assert all_of_them["out_of_scope_count"] == 2 * FEWEST_OUTSIDE - 1  # too few longer ones: all choose
    assert 0 < own["threshold"] < 0.5
    assert own["in_scope_offered_or_answered_cross_validated"] == 1.0


def test_questions_of_other_fields_teach_what_the_base_knows_and_choose_no_threshold() -> None:
    own = [a_lesson(number, read=None, word_count=2.0) for number in range(2 * FEWEST_OUTSIDE)]
    others = [as_case(lesson, f"{OTHER_FIELDS}{lesson.group}") for lesson in own if not lesson.is_true]

    brief, longer = offer_thresholds([*own, *others])

    assert brief["out_of_scope_count"] == longer["out_of_scope_count"] == FEWEST_OUTSIDE


def test_sentences_teach_what_the_base_knows_as_much_as_all_other_questions() -> None:
    suite = [a_lesson(number, read=None).asked for number in range(10)]
    sentences = [as_case(a_lesson(1, read=None), f"{SENTENCE}{number}").asked for number in range(3)]
    other = as_case(a_lesson(0, read=None), f"{OTHER_FIELDS}1").asked
    near = replace(suite[0], case=replace(suite[0].case, kind=CaseKind.NEAR_MISS))

    lessons = knows_lessons([*suite, near], [*sentences, other])

    weights = {lesson.asked.case.id: lesson.weight for lesson in lessons}
    assert len(lessons) == 10 + 3 + 1
    assert sum(weights[f"{SENTENCE}{number}"] for number in range(3)) == pytest.approx(11 * MIX["story"])
    assert weights[other.case.id] < 1.0
    assert [lesson.is_true for lesson in lessons if lesson.asked.case.id.startswith(SENTENCE)] == [True] * 3


def as_case(lesson: CalibrationLesson, case_id: str) -> CalibrationLesson:
    """Return a lesson of another case, which is a story where it is a sentence."""
    case = replace(lesson.asked.case, id=case_id, register="story")
    return replace(lesson, asked=replace(lesson.asked, case=case), group=case_id)


def a_lesson(number: int, *, read: float | None, word_count: float = 5.0) -> CalibrationLesson:
    """Return a question that the first match answers for odd numbers; the others are out of scope."""
    is_right = bool(number % 2)
    figures = {} if read is None else {"read": read, "elsewhere": 0.0}
    kind, right = (CaseKind.IN_SCOPE, (EntryId("a"),)) if is_right else (CaseKind.OUT_OF_SCOPE, ())
    case = Case(id=str(number), question="?", kind=kind, expected_entries=right)
    match = a_match("a", covered=float(is_right), **figures)
    return CalibrationLesson(
        AskedCase(case, asked("?"), np.zeros(1, np.float32), found(match, word_count=word_count)),
        is_right,
        1.0,
        str(number),
    )


def test_a_calibration_that_would_answer_nothing_is_refused() -> None:
    bundled = read_calibration()
    check_something_is_answered(bundled)

    silent = replace(bundled, verified_from=1.0)

    with pytest.raises(NoaError, match=r"nothing would be answered\. Nothing was stored"):
        check_something_is_answered(silent)
