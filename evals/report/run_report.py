"""The report of one run: figures, charts, and its cases in the order in which they want looking at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.metrics.invariance import Fate, pairs
from evals.report.chart import Table
from evals.report.charts import run_charts
from evals.report.page import write_page
from evals.runner.comparison import flattened
from evals.runner.gates import Section
from evals.runner.judging import Judged, judged
from evals.runner.runs import Outcome, read_run

REPORT_FILE = "report.html"
# Whole where the text is to be judged; elsewhere enough to recognise it: thousands of cases must stay some megabytes.
WHOLE, GLIMPSE = 6_000, 160


@dataclass(frozen=True, slots=True)
class ListedSuite:
    """The outcomes of one suite by what came of them, wrong answers first; groups without any are left out."""

    name: str
    count: int
    groups: Sequence[tuple[Judged, Sequence[Outcome]]]


def listed(outcomes: Mapping[str, Sequence[Outcome]]) -> list[ListedSuite]:
    """Return the suites with their outcomes in groups."""
    suites = []
    for name, members in outcomes.items():
        groups: dict[Judged, list[Outcome]] = {came: [] for came in Judged}
        for one in members:
            groups[judged(one)].append(one)
        suites.append(ListedSuite(name, len(members), [(came, some) for came, some in groups.items() if some]))
    return suites


def what_came(suites: Sequence[ListedSuite]) -> Table:
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


def write_report(folder: Path, figures: Sequence[Section]) -> Path:
    """Write `report.html` in a run's folder, and return its path. Raises NotARun when the folder holds none."""
    run = read_run(folder)
    outcomes = [one for suite in run.outcomes.values() for one in suite]
    suites = listed(run.outcomes)
    return write_page(
        folder / REPORT_FILE,
        "run.html",
        title=f"Evaluation {run.name}",
        gates=gates_in_words(figures),
        sections=figures,
        what_came=what_came(suites),
        case_count=len(outcomes),
        charts=run_charts(outcomes),
        settings=Table("What made this run", ["setting", "value"], list(flattened(run.settings).items())),
        suites=suites,
        changed_by_form=changed_by_form(run.outcomes.get("invariance", ())),
        text_limits={came: WHOLE if came is Judged.WRONG else GLIMPSE for came in Judged},
    )


def gates_in_words(sections: Sequence[Section]) -> str:
    """Return in a sentence whether a release may go out, as far as the figures say."""
    watched = [(section, row) for section in sections for row in section.rows if row.is_met is not None]
    missed = [f"{row.figure.name} ({section.title})" for section, row in watched if not row.is_met]
    if not watched:
        return "No gate watches these figures."
    if not missed:
        return f"✓ All {len(watched)} gates are met."
    return f"✗ {len(missed)} of {len(watched)} gates missed: {'; '.join(missed)}."
