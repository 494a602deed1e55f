"""Entries of one question by region and audience: was the visitor given the one that is written for her?"""

from collections.abc import Sequence

from evals.metrics.figure import Figure
from evals.metrics.shares import share
from evals.runner.outcomes import Outcome
from noa_rag.domain.answer import Reason

AMBIGUOUS = "ambiguous place"  # how the suite marks questions whose place is that of several


def right_variants(outcomes: Sequence[Outcome]) -> Figure:
    """Return the share of answered questions that show the visitor's own entry, alone or among several.

    Questions of an ambiguous place are counted by `asked_back`.
    """
    shown = [one for one in outcomes if one.is_answered and one.case.contrast != AMBIGUOUS]
    return share(_shows_own(one) for one in shown).as_figure("answers shown that are the visitor's own")


def asked_back(outcomes: Sequence[Outcome]) -> Figure:
    """Return the share of ambiguous places that were asked about, with all that may be meant to choose from."""
    ambiguous = [one for one in outcomes if one.case.contrast == AMBIGUOUS]
    return share(
        one.actual_reason == Reason.AMBIGUOUS_PLACE and set(one.actual_choices) == set(one.case.expected_entries)
        for one in ambiguous
    ).as_figure("ambiguous places asked about")


def missing_told(outcomes: Sequence[Outcome]) -> Figure:
    """Return the share of answers without a variant that say for whom there is none, and of others that say nothing."""
    return share(one.actual_missing == one.case.expected_missing for one in outcomes if one.is_answered).as_figure(
        "missing variants told, and only those"
    )


def _shows_own(outcome: Outcome) -> bool:
    return outcome.is_right or any(one in outcome.case.expected_entries for one in outcome.actual_parts)
