"""Answers, offers and refusals counted on a handful of outcomes; groups of outcomes; two runs side by side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from evals.metrics.answering import (
    answered_in_scope,
    near_miss_wrong_entries,
    near_misses_answered_by_one,
    near_misses_given_several,
    near_misses_not_answered,
    near_misses_refused,
    out_of_scope_not_answered,
    out_of_scope_refused,
    precision,
    right_answers,
    right_answers_or_offers,
    wrong_per_hundred,
    wrong_refusals,
)
from evals.metrics.figure import Figure, Paired, mcnemar
from evals.runner.runs import CaseOutcome, Key, by
from evals.suites.cases import Case, CaseKind
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId

MARQUE, BREVET = EntryId("marque"), EntryId("brevet")


def an_outcome(kind: CaseKind = CaseKind.IN_SCOPE, pair: str = "", **changes: Any) -> CaseOutcome:
    """Return a refusal; in-scope questions expect the entry `marque`."""
    expected = (MARQUE,) if kind is CaseKind.IN_SCOPE else ()
    outcome = CaseOutcome(
        case=Case("a", "question", kind, expected, pair=pair),
        actual_status=AnswerStatus.ABSTAINED,
        actual_reason=None,
        actual_entry=None,
        actual_choices=(),
        actual_matches=(),
        actual_text="",
        confidence=0.5,
        milliseconds=1.0,
        because={},
    )
    return replace(outcome, **changes)


def figures_of(outcomes: Sequence[CaseOutcome]) -> list[Figure]:
    return [
        measure(outcomes)
        for measure in (
            answered_in_scope,
            right_answers,
            right_answers_or_offers,
            wrong_refusals,
            precision,
            wrong_per_hundred,
            near_misses_not_answered,
            near_misses_answered_by_one,
            near_misses_given_several,
            near_misses_refused,
            near_miss_wrong_entries,
            out_of_scope_not_answered,
            out_of_scope_refused,
        )
    ]


def answered(entry: EntryId, kind: CaseKind = CaseKind.IN_SCOPE, pair: str = "") -> CaseOutcome:
    return an_outcome(kind, pair, actual_status=AnswerStatus.ANSWERED, actual_entry=entry)


def offered(*choices: EntryId, kind: CaseKind = CaseKind.IN_SCOPE) -> CaseOutcome:
    return an_outcome(kind, actual_status=AnswerStatus.CLARIFICATION, actual_choices=choices)


OUTCOMES = [
    # In scope: two right answers, a wrong one, an offer with the right entry and one without, a refusal.
    answered(MARQUE),
    answered(MARQUE, pair="p"),
    answered(BREVET, pair="p"),
    offered(BREVET, MARQUE),
    offered(BREVET),
    an_outcome(),
    # Near misses: an answer, an offer, a refusal.
    answered(MARQUE, CaseKind.NEAR_MISS),
    offered(MARQUE, kind=CaseKind.NEAR_MISS),
    an_outcome(CaseKind.NEAR_MISS),
    # Out of scope: an offer, a refusal.
    offered(MARQUE, kind=CaseKind.OUT_OF_SCOPE),
    an_outcome(CaseKind.OUT_OF_SCOPE),
]


def test_answers_offers_and_refusals_are_counted_by_kind_of_question() -> None:
    figures = {figure.name: (figure.value, figure.count) for figure in figures_of(OUTCOMES)}

    assert figures == {
        "in scope: answered": (3 / 6, 6),
        "in scope: answered with the right entry": (2 / 6, 6),
        "in scope: right entry answered or offered": (3 / 6, 6),
        "in scope: refused": (1 / 6, 6),
        "answers shown that are right": (2 / 4, 4),
        "wrong answers per hundred questions": (100 * 2 / 11, 11),
        "near miss: refused or asked back": (2 / 3, 3),
        "near miss: answered with one wrong entry": (1 / 3, 3),
        "near miss: several shown": (0 / 3, 3),
        "near miss: refused": (1 / 3, 3),
        "near miss, both of a pair: answered with a wrong entry": (2 / 5, 5),
        "out of scope: refused or asked back": (2 / 2, 2),
        "out of scope: refused": (1 / 2, 2),
    }


def test_groups_come_by_name_and_leave_out_who_has_none() -> None:
    marque, brevet, none = an_outcome(theme="marques"), an_outcome(theme="brevets"), an_outcome()

    assert list(by([marque, none, brevet, marque], Key.THEME).items()) == [
        ("brevets", [brevet]),
        ("marques", [marque, marque]),
    ]


def test_two_runs_are_compared_on_the_cases_where_they_differ() -> None:
    outcomes = [True] * 5 + [False] + [True] * 4
    other = [False] * 5 + [True] + [True] * 4

    # Of six throws of a coin, five or more fall on one side 2 * (6 + 1) / 2^6 of the time.
    assert mcnemar(outcomes, other) == Paired(5, 1, pytest.approx(14 / 64))
    assert mcnemar(other, outcomes) == Paired(1, 5, pytest.approx(14 / 64))


def test_runs_that_agree_do_not_differ() -> None:
    assert mcnemar([True, False], [True, False]) == Paired(0, 0, 1.0)
