"""Pairs of a question and its changed form, worked out by hand."""

from dataclasses import replace

import pytest

from evals.metrics.answering import ChangedPair, Fate, invariance_figures, pairs
from evals.report.chart import as_asked
from evals.report.reports import changed_by_form
from evals.runner.runs import CaseOutcome
from evals.suites.invariance import Change
from noa_rag.domain.entry import EntryId
from tests.evals.run_factory import BREVET, MARQUE, a_case, a_refusal, an_answer_with, an_offer_of

OTHER = EntryId("dessin")
ANSWER, REFUSAL, OFFER = an_answer_with(MARQUE), a_refusal(), an_offer_of(MARQUE, BREVET)


def of(outcome: CaseOutcome, question: str, change: str = "") -> CaseOutcome:
    """Return an outcome as that of a question of the suite, or of one of its forms."""
    case = a_case(f"{question} {change}".strip(), contrast=change, same_as=question, question=f"{question} {change}")
    return replace(outcome, case=case)


@pytest.mark.parametrize(
    ("asked", "changed", "fate"),
    [
        (ANSWER, replace(ANSWER, confidence=0.7), Fate.SAME),
        (REFUSAL, replace(REFUSAL, actual_reason="nothing_close", actual_choices=(BREVET,)), Fate.SAME),
        (OFFER, OFFER, Fate.SAME),
        (an_offer_of(MARQUE, BREVET, OTHER), an_offer_of(MARQUE, OTHER, BREVET), Fate.SAME),
        (OFFER, an_offer_of(BREVET, MARQUE), Fate.OTHERWISE),
        (OFFER, an_offer_of(MARQUE), Fate.OTHERWISE),
        (OFFER, ANSWER, Fate.OTHERWISE),
        (REFUSAL, ANSWER, Fate.OTHERWISE),
        (ANSWER, an_answer_with(BREVET), Fate.OTHER_ENTRY),
        (ANSWER, replace(ANSWER, actual_parts=(MARQUE, BREVET)), Fate.OTHER_ENTRY),
        (ANSWER, OFFER, Fate.BECAME_CHOICE),
        (ANSWER, REFUSAL, Fate.LOST),
        (OFFER, REFUSAL, Fate.LOST),
    ],
)
def test_what_became_of_the_outcome(asked: CaseOutcome, changed: CaseOutcome, fate: Fate) -> None:
    assert ChangedPair(asked, changed).fate is fate


def test_a_form_is_held_against_its_own_question() -> None:
    outcomes = [of(ANSWER, "a"), of(REFUSAL, "b"), of(REFUSAL, "b", Change.CAPITALS), of(REFUSAL, "a", Change.DROPPED)]

    assert [(pair.asked.case.id, pair.change, pair.fate) for pair in pairs([*outcomes, ANSWER])] == [
        ("b", Change.CAPITALS, Fate.SAME),
        ("a", Change.DROPPED, Fate.LOST),
    ]


def test_forms_and_slips_are_counted_apart_and_each_change_as_well() -> None:
    outcomes = [
        of(ANSWER, "a"),
        of(ANSWER, "a", Change.CAPITALS),
        of(REFUSAL, "a", Change.PLEASE),
        of(OFFER, "a", Change.DOUBLED),
        of(OFFER, "b"),
        of(OFFER, "b", Change.CAPITALS),
        of(OFFER, "b", Change.PLEASE),
    ]

    by_name = {figure.name: (figure.value, figure.count) for figure in invariance_figures(outcomes)}

    assert by_name["invariance: changes of form, same outcome"] == (3 / 4, 4)
    assert by_name["invariance: changes of form, lost to a refusal"] == (1 / 4, 4)
    assert by_name["invariance: changes of form, answered still the same"] == (1 / 2, 2)
    assert by_name["invariance: slips, same outcome"] == (0, 1)
    assert by_name["invariance: slips, answer became a choice"] == (1, 1)
    assert by_name["all capitals: same outcome"] == (1, 2)
    assert by_name["… s'il vous plaît: same outcome"] == (1 / 2, 2)
    assert by_name["one letter dropped: same outcome"] == (0, 0)


def test_the_interval_is_over_questions_since_forms_of_one_go_together() -> None:
    together = [of(ANSWER, "a")] + [of(REFUSAL, "a", change) for change in Change]
    together += [of(ANSWER, "b")] + [of(ANSWER, "b", change) for change in Change]

    [same] = [
        figure for figure in invariance_figures(together) if figure.name == "invariance: changes of form, same outcome"
    ]

    assert (same.value, same.count) == (1 / 2, 24)
    assert (same.low, same.high) == (0, 1)  # either question may be drawn twice


def test_charts_count_no_question_in_sixteen_forms() -> None:
    assert as_asked([of(ANSWER, "a"), of(ANSWER, "a", Change.CAPITALS), ANSWER]) == [ANSWER]


def test_the_report_lists_what_a_form_lost_first_with_both_outcomes() -> None:
    outcomes = [
        of(ANSWER, "a"),
        of(ANSWER, "a", Change.PLEASE),
        of(OFFER, "a", Change.CAPITALS),
        of(REFUSAL, "a", Change.DROPPED),
    ]

    assert changed_by_form(outcomes).rows == [
        ["a one letter dropped", "one letter dropped", "a ", "lost to a refusal", "marque", "refused"],
        ["a all capitals", "all capitals", "a ", "answer became a choice", "marque", "choice: marque, brevet"],
    ]
