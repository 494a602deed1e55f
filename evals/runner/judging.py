"""What came of a case, in the words of reports and comparisons."""

from enum import StrEnum

from evals.runner.outcomes import Outcome
from evals.suites.cases import CaseKind


class Judged(StrEnum):
    """What came of a case, what most wants looking at first."""

    WRONG = "wrong entry shown"
    REFUSED_ANSWERABLE = "refused, though an entry answers"
    ASKED_WITHOUT = "asked back without the right entry"
    OFFERED = "right entry among those offered"
    ASKED_BACK = "asked back, as nothing answers"
    REFUSED = "refused, as nothing answers"
    RIGHT = "right entry shown"


def judged(outcome: Outcome) -> Judged:
    """Return what came of a case."""
    if outcome.is_answered:
        return Judged.RIGHT if outcome.is_right else Judged.WRONG
    if outcome.case.kind is not CaseKind.IN_SCOPE:
        return Judged.REFUSED if outcome.is_refused else Judged.ASKED_BACK
    if outcome.is_refused:
        return Judged.REFUSED_ANSWERABLE
    return Judged.OFFERED if outcome.offers_right else Judged.ASKED_WITHOUT


def came_out_right(outcome: Outcome) -> bool:
    """Return whether an in-scope question was answered with an expected entry, and any other was not answered."""
    return outcome.is_right if outcome.case.kind is CaseKind.IN_SCOPE else not outcome.is_answered
