"""The report of one run."""

from collections.abc import Sequence
from pathlib import Path

from evals.report.chart import Table
from evals.report.charts import run_charts
from evals.report.listing import changed_by_form, listed, what_came
from evals.report.page import write_page
from evals.report.section import Section
from evals.runner.comparison import flattened
from evals.runner.judging import Judged
from evals.runner.runs import read_run

REPORT_FILE = "report.html"
# Whole where the text is to be judged; elsewhere enough to recognise it: thousands of cases must stay some megabytes.
WHOLE, GLIMPSE = 6_000, 160


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
