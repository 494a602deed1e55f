"""The reports of a run and of a comparison: single HTML files with their own style, script and drawings."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evals.metrics.answering import Fate, pairs
from evals.metrics.figure import as_row
from evals.report.chart import Table, reliability_diagram, risk_coverage
from evals.runner.comparison import (
    Comparison,
    Direction,
    SuiteTally,
    flattened,
    not_compared,
    p_in_words,
    settings_that_differ,
    tallies,
)
from evals.runner.evaluate import FigureSection
from evals.runner.runs import CaseOutcome, Judged, judged, read_run

REPORT_FILE = "report.html"
# Characters shown: the whole text where it is judged, else enough to recognise it, so that reports stay some megabytes.
WHOLE, GLIMPSE = 6_000, 160
TEXT_LIMIT = 1_500


@dataclass(frozen=True, slots=True)
class ListedSuite:
    """The cases of one suite grouped by outcome, wrong answers first; empty groups are left out."""

    name: str
    count: int
    groups: Sequence[tuple[Judged, Sequence[CaseOutcome]]]


def listed(outcomes: Mapping[str, Sequence[CaseOutcome]]) -> list[ListedSuite]:
    """Return the suites with their outcomes in groups."""
    suites = []
    for name, members in outcomes.items():
        groups: dict[Judged, list[CaseOutcome]] = {came: [] for came in Judged}
        for member in members:
            groups[judged(member)].append(member)
        suites.append(ListedSuite(name, len(members), [(came, some) for came, some in groups.items() if some]))
    return suites


def what_came(suites: Sequence[ListedSuite]) -> Table:
    """Return the number of cases by suite and outcome."""
    rows = []
    for suite in suites:
        counts = {came: len(members) for came, members in suite.groups}
        rows.append([suite.name, str(suite.count), *(str(counts.get(came, 0)) for came in Judged)])
    return Table("What came of the cases", ["suite", "cases", *Judged], rows)


def changed_by_form(outcomes: Sequence[CaseOutcome]) -> Table:
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


def _in_brief(outcome: CaseOutcome) -> str:
    if outcome.is_answered:
        return str(outcome.actual_entry)
    return "refused" if outcome.is_refused else f"choice: {', '.join(outcome.actual_choices)}"


def write_report(folder: Path, figures: Sequence[FigureSection]) -> Path:
    """Write `report.html` in a run's folder, and return its path. Raises NotARun when the folder holds none."""
    run = read_run(folder)
    outcomes = [outcome for suite in run.outcomes.values() for outcome in suite]
    suites = listed(run.outcomes)
    return write_page(
        folder / REPORT_FILE,
        "run.html",
        title=f"Evaluation {run.name}",
        gates=gates_in_words(figures),
        sections=figures,
        what_came=what_came(suites),
        charts=[chart for chart in (reliability_diagram(outcomes), risk_coverage(outcomes)) if chart],
        settings=Table("What made this run", ["setting", "value"], list(flattened(run.settings).items())),
        suites=suites,
        changed_by_form=changed_by_form(run.outcomes.get("invariance", ())),
        text_limits={came: WHOLE if came is Judged.WRONG else GLIMPSE for came in Judged},
    )


def gates_in_words(sections: Sequence[FigureSection]) -> str:
    """Return in a sentence whether a release may go out, as far as the figures say."""
    watched = [(section, row) for section in sections for row in section.rows if row.is_met is not None]
    missed = [f"{row.figure.name} ({section.title})" for section, row in watched if not row.is_met]
    if not watched:
        return "No gate watches these figures."
    if not missed:
        return f"✓ All {len(watched)} gates are met."
    return f"✗ {len(missed)} of {len(watched)} gates missed: {'; '.join(missed)}."


def write_comparison_report(folder: Path, comparison: Comparison) -> Path:
    """Write `compared-with-<before>.html` in a folder, that of the later run as a rule, and return its path."""
    return write_page(
        folder / f"compared-with-{comparison.before.name}.html",
        "comparison.html",
        title=f"{comparison.before.name} → {comparison.after.name}",
        summary=_summary(comparison.overall),
        tallies=tallies(comparison),
        settings=settings_that_differ(comparison),
        groups=[
            (direction, [change for change in comparison.changes if change.direction is direction])
            for direction in Direction
        ],
        not_compared=list(not_compared(comparison)),
        text_limit=TEXT_LIMIT,
    )


def _summary(overall: SuiteTally) -> str:
    return (
        f"Of {overall.count} cases {overall.worse} got worse and {overall.better} better, {overall.otherwise} changed "
        f"otherwise; right before: {overall.right_before}, after: {overall.right_after}; "
        f"p: {p_in_words(overall.p_value)}."
    )


TEMPLATES = Path(__file__).parent / "templates"
WEIGHTS_SHOWN = 4


def write_page(path: Path, template: str, *, title: str, **context: object) -> Path:
    """Write a page from its template; everything in it is escaped but our own drawings, style and script."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    script = (TEMPLATES / "filter.js").read_text(encoding="utf-8")
    page = _environment().get_template(template)
    text = page.render(
        title=title,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        **context,
    )
    # A question may hold half of a surrogate pair, which no encoding can write.
    path.write_bytes(text.encode("utf-8", errors="replace"))
    return path


def _policy(style: str, script: str) -> str:
    """Return a policy that lets this style and this script work, and nothing else, whatever a question contains."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(cells=as_row, drawing=Markup, judged=judged, weights=_weights, words=_words)
    return environment


def _weights(outcome: CaseOutcome) -> str:
    """Return what weighed most in the decision, in log-odds."""
    largest = sorted(outcome.because.items(), key=lambda reason: (-abs(reason[1]), reason[0]))[:WEIGHTS_SHOWN]
    return ", ".join(f"{name} {value:+.2f}" for name, value in largest)


def _words(name: str | None) -> str:
    return (name or "").replace("_", " ")
