"""Two runs side by side: the cases that changed, whether the difference is more than chance, and both at a terminal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console
from rich.table import Column
from rich.table import Table as PrintedTable
from rich.text import Text

from evals.metrics.figure import Figure, mcnemar, paired_difference
from evals.report.chart import Table
from evals.runner.runs import CaseOutcome, Run, came_out_right, judged
from evals.suites.cases import Case
from noa_rag.domain.errors import NoaError

OVERALL = "all suites"
ABSENT = "(absent)"


class IncomparableRuns(NoaError):
    """The two runs have no case in common."""


class Direction(StrEnum):
    """How a case changed; what stops a release first."""

    WORSE = "worse"
    BETTER = "better"
    OTHERWISE = "otherwise"
    """Another answer, that is right or not as before: refused where it was wrong, another text, other choices."""


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """A case that was not treated the same by both runs."""

    suite: str
    before: CaseOutcome
    after: CaseOutcome

    @property
    def direction(self) -> Direction:
        was_right, is_right = came_out_right(self.before), came_out_right(self.after)
        if was_right == is_right:
            return Direction.OTHERWISE
        return Direction.BETTER if is_right else Direction.WORSE


@dataclass(frozen=True, slots=True)
class SuiteTally:
    """A suite in figures, over its `count` cases that both runs asked alike; `p_value` is McNemar's, exact."""

    name: str
    count: int
    right_before: int
    right_after: int
    worse: int
    better: int
    otherwise: int
    p_value: float

    @property
    def difference(self) -> Figure:
        """By how much the share of right cases grew, with its paired interval."""
        return paired_difference(self.name, self.count, worse=self.worse, better=self.better)


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that differs, by its dotted name; values as JSON, or "(absent)"."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two runs; `changes` has what got worse first.

    Cases that only one run has, and those whose question or labels were edited in between (`edited`: before, after),
    are listed by suite and counted nowhere.
    """

    before: Run
    after: Run
    suites: Sequence[SuiteTally]
    overall: SuiteTally
    changes: Sequence[ChangedCase]
    settings: Sequence[SettingChange]
    only_before: Mapping[str, Sequence[Case]]
    only_after: Mapping[str, Sequence[Case]]
    edited: Mapping[str, Sequence[tuple[Case, Case]]]


def compare(before: Run, after: Run) -> Comparison:
    """Return what differs between two runs. Raises IncomparableRuns when they have no case in common."""
    pairs, edited = _paired(before, after)
    if not any(pairs.values()):
        raise IncomparableRuns(
            f"{before.name} holds {', '.join(before.outcomes)}; {after.name} holds {', '.join(after.outcomes)}: "
            "they have no case in common. Compare runs of the same suites."
        )
    changes = {
        suite: [
            ChangedCase(suite, outcome, other) for outcome, other in both if _treatment(outcome) != _treatment(other)
        ]
        for suite, both in pairs.items()
    }
    all_pairs = [pair for both in pairs.values() for pair in both]
    all_changes = [change for several in changes.values() for change in several]
    places = list(Direction)
    return Comparison(
        before,
        after,
        [_tally(suite, both, changes[suite]) for suite, both in pairs.items() if both],
        _tally(OVERALL, all_pairs, all_changes),
        sorted(all_changes, key=lambda change: places.index(change.direction)),
        list(_setting_changes(before.settings, after.settings)),
        _only_in(before, after),
        _only_in(after, before),
        edited,
    )


Pairs = dict[str, list[tuple[CaseOutcome, CaseOutcome]]]


def _paired(before: Run, after: Run) -> tuple[Pairs, dict[str, list[tuple[Case, Case]]]]:
    """Return by suite the outcomes of the same question, and cases of one id that ask or expect another thing."""
    pairs: Pairs = {}
    edited: dict[str, list[tuple[Case, Case]]] = {}
    for suite in (name for name in before.outcomes if name in after.outcomes):
        others = {outcome.case.id: outcome for outcome in after.outcomes[suite]}
        pairs[suite] = []
        for outcome in before.outcomes[suite]:
            other = others.get(outcome.case.id)
            if other is None:
                continue
            if _asked(outcome.case) == _asked(other.case):
                pairs[suite].append((outcome, other))
            else:
                edited.setdefault(suite, []).append((outcome.case, other.case))
    return pairs, edited


def _asked(case: Case) -> tuple[object, ...]:
    """What makes two cases of one id the same question with the same right answer."""
    return (case.question, case.language, case.kind, set(case.expected_entries), set(case.hides))


def _treatment(outcome: CaseOutcome) -> tuple[object, ...]:
    """What the visitor notices; confidence and time may differ."""
    return (outcome.actual_status, outcome.actual_entry, outcome.actual_choices, outcome.actual_text)


def _tally(name: str, pairs: Sequence[tuple[CaseOutcome, CaseOutcome]], changes: Sequence[ChangedCase]) -> SuiteTally:
    right_before = [came_out_right(pair) for pair, _ in pairs]
    right_after = [came_out_right(other) for _, other in pairs]
    test = mcnemar(right_before, right_after)
    otherwise = sum(change.direction is Direction.OTHERWISE for change in changes)
    return SuiteTally(
        name, len(pairs), sum(right_before), sum(right_after), test.only_one, test.only_other, otherwise, test.p_value
    )


def _only_in(run: Run, other: Run) -> dict[str, list[Case]]:
    only = {}
    for suite, outcomes in run.outcomes.items():
        known = {outcome.case.id for outcome in other.outcomes.get(suite, ())}
        if cases := [outcome.case for outcome in outcomes if outcome.case.id not in known]:
            only[suite] = cases
    return only


def _setting_changes(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[SettingChange]:
    was, becomes = flattened(before), flattened(after)
    for name in dict.fromkeys((*was, *becomes)):
        old, other = was.get(name, ABSENT), becomes.get(name, ABSENT)
        if old != other:
            yield SettingChange(name, old, other)


def flattened(settings: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Return nested settings by dotted name, values as JSON."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            flat |= flattened(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return flat


CUT = 80
OTHERWISE_LIMIT = 20  # a change of wording touches hundreds of cases; the report has them all
STYLES = {Direction.WORSE: "bold red", Direction.BETTER: "green", Direction.OTHERWISE: ""}


def tallies(comparison: Comparison) -> Table:
    """Return the counts of each suite, and those of all suites last."""
    rows = []
    for tally in (*comparison.suites, comparison.overall):
        counts = (tally.count, tally.right_before, tally.right_after, tally.worse, tally.better, tally.otherwise)
        rows.append([tally.name, *map(str, counts), p_in_words(tally.p_value)])
    columns = ["suite", "cases", "right before", "right after", "worse", "better", "otherwise", "p"]
    return Table("Cases that both runs asked alike", columns, rows)


def settings_that_differ(comparison: Comparison) -> Table:
    """Return the settings with both values."""
    rows = [[change.name, change.before, change.after] for change in comparison.settings]
    return Table("Settings of both runs", ["setting", "before", "after"], rows)


def not_compared(comparison: Comparison) -> Iterator[tuple[str, list[tuple[str, Sequence[Case]]]]]:
    """Yield why cases were not compared, with these cases by suite."""
    if comparison.only_before:
        yield f"Only in {comparison.before.name}", list(comparison.only_before.items())
    if comparison.only_after:
        yield f"Only in {comparison.after.name}", list(comparison.only_after.items())
    if comparison.edited:
        yield (
            "Question or labels edited in between",
            [(suite, [after for _, after in pairs]) for suite, pairs in comparison.edited.items()],
        )


def p_in_words(p_value: float) -> str:
    """Return a p-value as people write it."""
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print counts by suite, the settings that differ, and the cases that changed, the worse ones first."""
    console.print(Text(f"{comparison.before.name} → {comparison.after.name}"))
    console.print(_printed(tallies(comparison)))
    if comparison.settings:
        console.print(_printed(settings_that_differ(comparison)))
    for direction in Direction:
        changes = [change for change in comparison.changes if change.direction is direction]
        limit = OTHERWISE_LIMIT if direction is Direction.OTHERWISE else len(changes)
        if changes:
            console.print(_changes(direction, changes[:limit], len(changes)))
        if len(changes) > limit:
            console.print(f"… and {len(changes) - limit} more; the report has them all.")
    for why, suites in not_compared(comparison):
        for suite, cases in suites:
            ids = ", ".join(case.id for case in cases)
            console.print(f"{why}: {suite}, {len(cases)}: {ids}", markup=False, highlight=False)


def _printed(table: Table) -> PrintedTable:
    first, *others = table.columns
    printed = PrintedTable(Column(first, no_wrap=True), *others, title=Text(table.caption))
    for row in table.rows:
        printed.add_row(*(Text(_cut(cell)) for cell in row))
    return printed


def _changes(direction: Direction, changes: Sequence[ChangedCase], count: int) -> PrintedTable:
    title = Text(f"{direction} ({count})", style=STYLES[direction])
    table = PrintedTable("case", "question", "before", "after", title=title, show_lines=True)
    for change in changes:
        case = change.after.case
        table.add_row(
            Text(f"{change.suite}\n{case.id}"), Text(_cut(case.question)), _shown(change.before), _shown(change.after)
        )
    return table


def _shown(outcome: CaseOutcome) -> Text:
    entries = outcome.actual_entry or ", ".join(outcome.actual_choices)
    head = f"{judged(outcome)}: {entries}" if entries else str(judged(outcome))
    return Text(f"{head}\n{_cut(outcome.actual_text)}")


def _cut(text: str) -> str:
    """Return the beginning of a text on one line, without control characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= CUT else f"{line[: CUT - 1]}…"
