"""The report of a comparison between two runs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from evals.report.chart import Table
from evals.report.charts import before_after
from evals.report.page import write_page
from evals.runner.comparison import Comparison, Direction, Tally
from evals.runner.comparison_tables import p_in_words
from evals.suites.cases import Case

TEXT_LIMIT = 1_500

By = list[tuple[str, Sequence[Case]]]


def write_comparison_report(folder: Path, comparison: Comparison) -> Path:
    """Write `compared-with-<before>.html` in a folder, that of the later run as a rule, and return its path."""
    return write_page(
        folder / f"compared-with-{comparison.before.name}.html",
        "comparison.html",
        title=f"{comparison.before.name} → {comparison.after.name}",
        summary=_summary(comparison.overall),
        tallies=_tallies([*comparison.suites, comparison.overall]),
        chart=before_after(comparison.suites),
        settings=Table(
            "Settings of both runs",
            ["setting", "before", "after"],
            [[change.name, change.before, change.after] for change in comparison.settings],
        ),
        groups=[
            (direction, [change for change in comparison.changes if change.direction is direction])
            for direction in Direction
        ],
        not_compared=list(_not_compared(comparison)),
        text_limit=TEXT_LIMIT,
    )


def _summary(overall: Tally) -> str:
    return (
        f"Of {overall.count} cases {overall.worse} got worse and {overall.better} better, {overall.otherwise} changed "
        f"otherwise; right before: {overall.right_before}, after: {overall.right_after}; "
        f"p {_with_sign(p_in_words(overall.p_value))}."
    )


def _with_sign(p_value: str) -> str:
    return p_value if p_value.startswith("<") else f"= {p_value}"


def _tallies(tallies: Sequence[Tally]) -> Table:
    rows = [
        [tally.name]
        + [str(count) for count in (tally.count, tally.right_before, tally.right_after)]
        + [str(count) for count in (tally.worse, tally.better, tally.otherwise)]
        + [p_in_words(tally.p_value)]
        for tally in tallies
    ]
    columns = ["suite", "cases", "right before", "right after", "worse", "better", "otherwise", "p"]
    return Table("Cases that both runs asked alike", columns, rows)


def _not_compared(comparison: Comparison) -> Iterator[tuple[str, By]]:
    if comparison.only_before:
        yield f"Only in {comparison.before.name}", list(comparison.only_before.items())
    if comparison.only_after:
        yield f"Only in {comparison.after.name}", list(comparison.only_after.items())
    if comparison.edited:
        edited: By = [(suite, [case for _, case in pairs]) for suite, pairs in comparison.edited.items()]
        yield "Question or labels edited in between", edited
