"""Which outcomes a chart is about."""

from collections.abc import Iterable

from evals.runner.outcomes import Outcome
from evals.suites.cases import CaseKind

# An entry's own questions are found by their wording alone: among visitors' questions they would flatter every figure.
OWN_QUESTIONS = ("canonical", "alternate")


def hidden(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the questions whose every answer was hidden: whatever is shown for them is wrong."""
    return [one for one in outcomes if one.case.hides and not one.case.expected_entries]


def as_asked(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the questions in visitors' words, asked of the whole base, each once and not in sixteen forms."""
    return [
        one
        for one in outcomes
        if not one.case.hides and one.case.register not in OWN_QUESTIONS and not one.case.same_as
    ]


def in_scope(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return those of them that an entry answers."""
    return [one for one in as_asked(outcomes) if one.case.kind is CaseKind.IN_SCOPE]
