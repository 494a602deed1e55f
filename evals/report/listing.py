"""The cases of a run in the order in which they want looking at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.metrics.invariance import Fate, pairs
from evals.report.chart import Table
from evals.runner.judging import Judged, judged
from evals.runner.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Suite:
    """The outcomes of one suite by what came of them, wrong answers first; groups without any are left out."""

    name: str
    count: int
    groups: Sequence[tuple[Judged, Sequence[Outcome]]]


def listed(outcomes: Mapping[str, Sequence[Outcome]]) -> list[Suite]:
    """Return the suites with their outcomes in groups."""
    suites = []
    for name, members in outcomes.items():
        groups: dict[Judged, list[Outcome]] = {came: [] for came in Judged}
        for one in members:
            groups[judged(one)].append(one)
        suites.append(Suite(name, len(members), [(came, some) for came, some in groups.items() if some]))
    return suites


def what_came(suites: Sequence[Suite]) -> Table:
    """Return how many cases of each suite ended how."""
    rows = []
    for suite in suites:
        counts = {came: len(members) for came, members in suite.groups}
        rows.append([suite.name, str(suite.count), *(str(counts.get(came, 0)) for came in Judged)])
    return Table("What came of the cases", ["suite", "cases", *Judged], rows)


def changed_by_form(outcomes: Sequence[Outcome]) -> Table:
    """Return the changed questions of `invariance` that did not get the outcome of the question itself, by fate."""
    differing = [pair for pair in pairs(outcomes) if pair.fate is not Fate.SAME]
    rows = [
        [
            pair.changed.case.question,
            pair.change,
            pair.asked.case.question,
            pair.fate,
            _in_brief(pair.asked),
            _in_brief(pair.changed),
        ]
        for fate in Fate
        for pair in differing
        if pair.fate is fate
    ]
    return Table(
        "Changed questions with another outcome", ["question", "change", "as it was", "fate", "before", "after"], rows
    )


def _in_brief(outcome: Outcome) -> str:
    if outcome.is_answered:
        return str(outcome.actual_entry)
    return "refused" if outcome.is_refused else f"choice: {', '.join(outcome.actual_choices)}"
