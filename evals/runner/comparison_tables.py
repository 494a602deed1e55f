"""A comparison at a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evals.runner.comparison import ChangedCase, Comparison, Direction, Tally
from evals.runner.judging import judged
from evals.runner.runs import Outcome
from evals.suites.cases import Case

CUT = 80
OTHERWISE_LIMIT = 20  # a change of wording touches hundreds of cases; the report has them all
STYLES = {Direction.WORSE: "bold red", Direction.BETTER: "green", Direction.OTHERWISE: ""}


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print counts by suite, the settings that differ, and the cases that changed, the worse ones first."""
    console.print(_tallies(comparison))
    if comparison.settings:
        console.print(_settings(comparison))
    for direction in Direction:
        changes = [change for change in comparison.changes if change.direction is direction]
        limit = OTHERWISE_LIMIT if direction is Direction.OTHERWISE else len(changes)
        if changes:
            console.print(_changes(direction, changes[:limit], len(changes)))
        if len(changes) > limit:
            console.print(f"… and {len(changes) - limit} more; the report has them all.")
    for line in _not_compared(comparison):
        console.print(line, markup=False, highlight=False)


def p_in_words(p_value: float) -> str:
    """Return a p-value as people write it."""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def cut(text: str, length: int = CUT) -> str:
    """Return text on one line, without control characters, at most that long."""
    line = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(line.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _tallies(comparison: Comparison) -> Table:
    table = Table(
        "suite", "cases", "right before", "right after", "worse", "better", "otherwise", "p (McNemar, exact)",
        title=Text(f"{comparison.before.name} → {comparison.after.name}"),
    )  # fmt: skip
    for tally in comparison.suites:
        table.add_row(*_cells(tally))
    table.add_section()
    table.add_row(*_cells(comparison.overall))
    return table


def _cells(tally: Tally) -> Iterator[Text]:
    counts = (tally.count, tally.right_before, tally.right_after, tally.worse, tally.better, tally.otherwise)
    yield Text(tally.name)
    yield from (Text(str(count), justify="right") for count in counts)
    yield Text(p_in_words(tally.p_value), justify="right")


def _settings(comparison: Comparison) -> Table:
    table = Table("setting", "before", "after", title="settings that differ")
    for change in comparison.settings:
        table.add_row(Text(change.name), Text(cut(change.before)), Text(cut(change.after)))
    return table


def _changes(direction: Direction, changes: Sequence[ChangedCase], count: int) -> Table:
    title = Text(f"{direction} ({count})", style=STYLES[direction])
    table = Table("case", "question", "before", "after", title=title, show_lines=True)
    for change in changes:
        case = change.after.case
        table.add_row(
            Text(f"{change.suite}\n{case.id}"), Text(cut(case.question)), _shown(change.before), _shown(change.after)
        )
    return table


def _shown(outcome: Outcome) -> Text:
    entries = outcome.actual_entry or ", ".join(outcome.actual_choices)
    head = f"{judged(outcome)}: {entries}" if entries else str(judged(outcome))
    return Text(f"{head}\n{cut(outcome.actual_text)}")


def _not_compared(comparison: Comparison) -> Iterator[str]:
    yield from _only_in(comparison.before.name, comparison.only_before)
    yield from _only_in(comparison.after.name, comparison.only_after)
    for suite, pairs in comparison.edited.items():
        ids = ", ".join(case.id for case, _ in pairs)
        yield f"Not compared, as question or labels were edited in between: {suite}, {_counted(len(pairs))}: {ids}"


def _only_in(name: str, cases: Mapping[str, Sequence[Case]]) -> Iterator[str]:
    for suite, several in cases.items():
        yield f"Only in {name}: {suite}, {_counted(len(several))}: {', '.join(case.id for case in several)}"


def _counted(count: int) -> str:
    return f"{count} case{'' if count == 1 else 's'}"
