"""The figures of the suite `variants`, worked out by hand."""

from dataclasses import replace
from typing import Any

from evals.metrics.answering import AMBIGUOUS, asked_back, missing_told, right_variants
from evals.runner.runs import CaseOutcome
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId
from tests.evals.run_factory import a_case, a_refusal, an_answer_with, an_offer_of

OWN, OTHER = EntryId("aides-bretagne"), EntryId("aides-normandie")


def an_answer(entry: EntryId, *, told: str | None = None, **of_case: Any) -> CaseOutcome:
    return an_answer_with(entry, a_case(expected_entries=(OWN,), **of_case), actual_missing=told)


def test_an_entry_of_another_region_counts_against_what_is_shown() -> None:
    outcomes = [an_answer(OWN), an_answer(OWN), an_answer(OTHER), a_refusal(a_case(expected_entries=(OWN,)))]

    figure = right_variants(outcomes)

    assert (figure.value, figure.count) == (2 / 3, 3)


def test_an_answer_of_several_entries_is_right_when_it_holds_the_visitors_own() -> None:
    several = replace(an_answer(OTHER), actual_parts=(OTHER, OWN))

    assert right_variants([several, replace(several, actual_parts=(OTHER,))]).value == 1 / 2


def test_a_place_is_asked_about_when_all_that_it_may_be_can_be_chosen() -> None:
    case = a_case(expected_entries=(OWN, OTHER), contrast=AMBIGUOUS)
    outcome = an_offer_of(OTHER, OWN, case=case, actual_reason=Reason.AMBIGUOUS_PLACE)
    half = an_offer_of(OWN, case=case, actual_reason=Reason.AMBIGUOUS_PLACE)
    otherwise = an_offer_of(OTHER, OWN, case=case)

    figure = asked_back([outcome, half, otherwise, an_answer(OWN)])

    assert (figure.value, figure.count) == (1 / 3, 3)
    assert right_variants([outcome, an_answer_with(OTHER, case)]).count == 0


def test_what_is_missing_is_told_and_nothing_else_is() -> None:
    outcomes = [
        an_answer(OWN, told="FR-NOR", expected_missing="FR-NOR"),
        an_answer(OWN, expected_missing="FR-NOR"),
        an_answer(OWN, told="FR-NOR"),
        an_answer(OWN),
    ]

    assert missing_told(outcomes).value == 2 / 4
