"""What the judge never answers outright, and what it always does."""

from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Match, Retrieved
from noa_rag.retrieval.confidence import is_barred, restates


def a_first_match(**evidence: float) -> Retrieved:
    return Retrieved((Match(EntryId("marque"), 1, 1.0, 1, None, evidence),), {"word_count": 5.0})


def test_a_year_that_the_entry_does_not_name_is_barred() -> None:
    assert is_barred({"misses_year": 1.0, "asks_as_employee": 0.0})


def test_an_employee_s_side_is_barred() -> None:
    assert is_barred({"misses_year": 0.0, "asks_as_employee": 1.0})


def test_any_other_question_is_not() -> None:
    assert not is_barred({"misses_year": 0.0, "asks_as_employee": 0.0})


def test_a_question_within_one_of_the_entry_s_own_restates_it() -> None:
    assert restates(a_first_match(covered_by_question=1.0, question_likeness=0.8, dense_question=0.95))


def test_a_word_that_no_question_of_the_entry_holds_is_no_restatement() -> None:
    assert not restates(a_first_match(covered_by_question=0.8, question_likeness=0.8, dense_question=0.95))
