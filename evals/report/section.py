"""Sections of figures: what a report shows above its charts."""

from dataclasses import dataclass

from evals.metrics.figure import Figure


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its target; `is_met` is None without a gate, `reason` says why the target is what it is."""

    figure: Figure
    target: str = ""
    is_met: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A table of figures under one title."""

    title: str
    rows: tuple[Row, ...]
    note: str = ""
