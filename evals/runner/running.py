"""Running suites from start to end: ask, evaluate, hold against the gates, report."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Column, Table

from evals.metrics import Figure
from evals.metrics.figure import as_row
from evals.report import write_report
from evals.runner.bases import RESULTS, ROOT
from evals.runner.evaluate import breakdowns, figures
from evals.runner.gates import Broken, Row, Section, broken, read_gates, sections
from evals.runner.generate import generate
from evals.runner.judging import Key
from evals.runner.runs import read_run
from evals.suites.suite_list import Suite
from noa_rag.domain.ports import Progress
from noa_rag.service.noa import Noa

FIGURES = "figures.json"
BESIDE = "beside.json"
Figures = Mapping[str, Sequence[Figure]]


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to: its figures beside their gates, and the gates that it broke."""

    folder: Path
    sections: Sequence[Section]
    broken: Sequence[Broken]
    has_report: bool = True
    strangers: int = 0

    def print(self, console: Console) -> None:
        """Print one table, then the broken gates, then where the rest is."""
        console.print(as_table(self.sections))
        if self.strangers:
            console.print(
                f"{self.strangers} entries of this base were not there when the confidence was calibrated: "
                "the bound it promises leaves them out."
            )
        for one in self.broken:
            console.print(f"[bold]✗ gate broken[/bold]  {one}")
        watched = sum(row.is_met is not None for section in self.sections for row in section.rows)
        if not self.broken:
            console.print(f"✓ all {watched} gates hold")
        kept = "report.html, figures and every case" if self.has_report else "figures and every case"
        console.print(f"{kept}: {_readable(self.folder)}")


def run_suites(
    noa: Noa, suites: Sequence[Suite], folder: Path | None, *, progress: Progress, has_report: bool = True
) -> Result:
    """Ask the cases of suites and judge what came of them.

    Raises NoaError for a folder that holds a run, InvalidKnowledge for a suite with mistakes; nothing is asked then.
    """
    folder = folder or new_folder()
    generate(noa, suites, folder, progress=progress)
    progress("evaluating", 0, 0)
    return evaluated(folder, has_report=has_report)


def keep_beside(folder: Path, measured: Figures) -> None:
    """Keep figures that were measured beside the suites of a run, for `evaluated` to judge with them."""
    _write(folder / BESIDE, measured)


def evaluated(folder: Path, *, has_report: bool = True) -> Result:
    """Judge the outcomes that stand in a folder, and the figures kept beside them. Raises NotARun."""
    run = read_run(folder)
    outcomes = run.outcomes
    beside = folder / BESIDE
    kept = msgspec.json.decode(beside.read_bytes(), type=dict[str, list[Figure]]) if beside.is_file() else {}
    found = {**figures(outcomes), **kept}
    gates = read_gates()
    _write(folder / FIGURES, found)
    listed = sections(found, gates)
    if has_report:
        groups = [
            Section(
                f"answers shown that are right, by {key}", tuple(Row(_named(shown, group)) for group, _, shown in rows)
            )
            for key, rows in breakdowns(outcomes).items()
        ]
        groups += [
            Section("in-scope questions answered right, by known entry", tuple(Row(_named(r, g)) for g, r, _ in rows))
            for key, rows in breakdowns(outcomes).items()
            if key == Key.KNOWN
        ]
        write_report(folder, [*listed, *groups])
    base = run.settings.get("base")
    strangers = base.get("entries_unknown_to_the_calibration", 0) if isinstance(base, dict) else 0
    return Result(folder, listed, broken(found, gates), has_report, strangers)


def as_table(listed: Sequence[Section]) -> Table:
    """Return one table of all figures with their gates; a broken one is marked by a sign, not by colour alone."""
    table = Table(Column("suite", no_wrap=True), "figure", "measured", "cases", "95 % interval", "gate")
    for section in listed:
        for number, row in enumerate(section.rows):
            name, value, count, interval = as_row(row.figure)
            sign = "" if row.is_met is None else ("✓ " if row.is_met else "✗ ")
            is_last = number == len(section.rows) - 1
            suite = "" if number else section.title
            table.add_row(suite, name, value, count, interval, f"{sign}{row.target}", end_section=is_last)
    return table


def new_folder() -> Path:
    """Return the folder of a run that starts now."""
    return RESULTS / datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")


def _write(path: Path, found: Figures) -> None:
    plain = {suite: [asdict(one) for one in listed] for suite, listed in found.items()}
    path.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _named(figure: Figure, name: str) -> Figure:
    return Figure(name, figure.value, figure.count, figure.low, figure.high, figure.unit)


def _readable(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)
