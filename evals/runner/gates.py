"""Gates: thresholds that stop a release, each with its reason, and figures beside them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import msgspec

from evals.metrics.figure import Figure
from noa_rag.domain.errors import NoaError

GATES = Path(__file__).parent.parent / "gates.toml"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure beside its target; `is_met` is None without a gate, `reason` says why the target is what it is."""

    figure: Figure
    target: str = ""
    is_met: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FigureSection:
    """A table of figures under one title."""

    title: str
    rows: tuple[FigureRow, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseGate:
    """A bound on one figure of one suite: the release stops when it is broken. `goal` is what is aimed at.

    Shares and scores are bounded from 0 to 1, times in milliseconds.
    """

    suite: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None
    goal: str = ""
    reason: str

    def holds_for(self, figure: Figure) -> bool:
        """Whether a figure keeps the bound; one that was measured on nothing does not."""
        if not figure.count:
            return False
        above = self.at_least is None or figure.value >= self.at_least
        return above and (self.at_most is None or figure.value <= self.at_most)

    def in_words(self, figure: Figure) -> str:
        """Return the bound as it is printed beside the figure."""
        sides = [f"at least {_printed(self.at_least, figure)}"] if self.at_least is not None else []
        sides += [f"at most {_printed(self.at_most, figure)}"] if self.at_most is not None else []
        return " and ".join(sides) + (f" (goal: {self.goal})" if self.goal else "")


@dataclass(frozen=True, slots=True)
class Broken:
    """A gate that does not hold, with the figure seen; None when the run measured no such figure."""

    gate: ReleaseGate
    figure: Figure | None

    def __str__(self) -> str:
        where = f"{self.gate.suite}, {self.gate.figure}"
        if self.figure is None:
            return f"{where}: not measured. {self.gate.reason}"
        return f"{where}: {self.figure} must be {self.gate.in_words(self.figure)}. {self.gate.reason}"


def read_gates(path: Path = GATES) -> list[ReleaseGate]:
    """Return the gates of a file. Raises NoaError when it cannot be read, or a gate has no bound or no reason."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if set(content) != {"gate"}:
            raise ValueError("it must hold [[gate]] tables, and nothing else")
        gates = msgspec.convert(content["gate"], list[ReleaseGate])
        unknown = sorted({key for row in content["gate"] for key in row} - {one.name for one in fields(ReleaseGate)})
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}")
    except (OSError, ValueError) as error:
        raise NoaError(f"The gates of {path.name} cannot be read: {error}.") from error
    for gate in gates:
        if gate.at_least is None and gate.at_most is None:
            raise NoaError(f"The gate on {gate.suite}, {gate.figure} has neither at_least nor at_most.")
        if not gate.reason.strip():
            raise NoaError(f"The gate on {gate.suite}, {gate.figure} gives no reason.")
    return gates


def broken(figures: Mapping[str, Sequence[Figure]], gates: Sequence[ReleaseGate]) -> list[Broken]:
    """Return the gates that do not hold, among those on suites that were run."""
    found = []
    for gate in gates:
        if gate.suite not in figures:
            continue
        figure = next((one for one in figures[gate.suite] if one.name == gate.figure), None)
        if figure is None or not gate.holds_for(figure):
            found.append(Broken(gate, figure))
    return found


def sections(figures: Mapping[str, Sequence[Figure]], gates: Sequence[ReleaseGate]) -> list[FigureSection]:
    """Return the figures of each suite beside their gates, as reports and tables show them."""
    gate_of = {(gate.suite, gate.figure): gate for gate in gates}
    return [
        FigureSection(suite, tuple(_row(figure, gate_of.get((suite, figure.name))) for figure in listed))
        for suite, listed in figures.items()
    ]


def _row(figure: Figure, gate: ReleaseGate | None) -> FigureRow:
    if gate is None:
        return FigureRow(figure)
    return FigureRow(figure, gate.in_words(figure), gate.holds_for(figure), gate.reason)


def _printed(bound: float | None, figure: Figure) -> str:
    if bound is None:
        return ""
    if figure.unit == "share":
        return f"{100 * bound:g} %"
    return f"{bound:g} ms" if figure.unit == "milliseconds" else f"{bound:g}"
