"""The order of matches is learned: what tells right entries gets weight, and they come first."""

import numpy as np

from evals.calibration.asking import AskedCase
from evals.calibration.lessons import learn_ranking, reordered
from evals.suites.cases import Case, CaseKind
from noa_rag.domain.entry import EntryId
from tests.retrieval.retrieval_helpers import a_match, asked, found

RIGHT, WRONG = EntryId("right"), EntryId("wrong")


def a_question(number: int, *, question_count: float = 5.0) -> AskedCase:
    """Return a question whose right entry holds more of its words and is less near by meaning."""
    case = Case(f"{number}", "?", CaseKind.IN_SCOPE, (RIGHT,))
    evidence = {"question_count": question_count, "covered": 0.5 + number / 40, "dense_question": 0.2}
    other = {"question_count": question_count, "covered": 0.2 + number / 50, "dense_question": 0.7}
    matches = a_match(WRONG, score=2.0, rank=1, **other), a_match(RIGHT, score=1.0, rank=2, **evidence)
    return AskedCase(case, asked("?"), np.zeros(1, np.float32), found(*matches, word_count=5.0))


def test_what_tells_right_entries_gets_weight_and_puts_them_first() -> None:
    questions = [a_question(number) for number in range(20)]

    ranking = learn_ranking(questions)

    assert ranking["covered"] > 0 > ranking["dense_question"]
    assert {asked_case.retrieved.matches[0].entry_id for asked_case in reordered(questions, ranking)} == {RIGHT}
