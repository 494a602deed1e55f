"""Figures of the suite of the most frequent questions: those asked in another manner are counted apart."""

from evals.metrics.answering import AS_TYPED, other_manners
from evals.suites.cases import CaseKind
from tests.evals.run_factory import BREVET, MARQUE, a_case, a_refusal, an_answer_with, an_offer_of


def test_other_manners_count_neither_what_is_asked_as_typed_nor_what_nothing_answers() -> None:
    outcomes = [
        an_answer_with(MARQUE, a_case("a", contrast="capitals")),
        an_offer_of(BREVET, MARQUE, case=a_case("b", contrast="polite")),
        an_answer_with(BREVET, a_case("c", contrast="typos")),
        a_refusal(a_case("d", contrast="no accents")),
        an_answer_with(MARQUE, a_case("e", contrast=AS_TYPED)),
        a_refusal(a_case("f", CaseKind.OUT_OF_SCOPE, contrast="chit-chat")),
    ]

    assert (other_manners(outcomes).value, other_manners(outcomes).count) == (2 / 4, 4)
