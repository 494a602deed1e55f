"""Charts and tables of the workspace: each chart with a sentence that sums it up and the table of its numbers.

pygal draws them as SVG, which takes its colours and letters from the page's style sheet (`follow.css`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from evals.report.chart import tidied


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says; `link` is a path of the workspace."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Rows whose first cell is their heading; `numbers_from` is the first column of numbers, `left_out` counts rows."""

    id: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    numbers_from: int = 1
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class FigureChart:
    """A drawing with its words; `keys` are the series in the order of their colours."""

    id: str
    title: str
    drawing: Markup
    keys: tuple[str, ...]
    table: FigureTable


# As wide as a phone's page, so that letters stay readable there; wider screens enlarge the drawing.
WIDTH, HEIGHT = 320, 200
LETTER_SIZE = 11
# What pygal writes for its own script and tooltips: the page has a table instead, and its policy allows no such script.
WITHOUT = ("defs", "script", "title", "desc")


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, a place for each label; None leaves a gap."""

    label: str
    values: tuple[int | None, ...]


def stacked_bars(labels: Sequence[str], series: Sequence[Series], summary: str, number: Callable[[int], str]) -> Markup:
    """Return bars that stack the series; `summary` says in a sentence what is to be seen."""
    return _drawn("StackedBar", tuple(labels), tuple(series), summary, _marks(series, number, is_stacked=True))


def lines(labels: Sequence[str], series: Sequence[Series], summary: str, number: Callable[[int], str]) -> Markup:
    """Return one line for each series."""
    return _drawn("Line", tuple(labels), tuple(series), summary, _marks(series, number, is_stacked=False))


Ticks = tuple[tuple[int, str], ...]


def _marks(series: Sequence[Series], number: Callable[[int], str], *, is_stacked: bool) -> Ticks:
    """Return two to six round whole numbers for the axis, with their labels."""
    columns = [[value or 0 for value in column] for column in zip(*(curve.values for curve in series), strict=True)]
    highest = max((sum(column) if is_stacked else max(column) for column in columns), default=0)
    step = next(step for step in _steps() if step * 5 >= highest)
    return tuple((value, number(value)) for value in range(0, max(highest, 1) + step, step))


def _steps() -> Any:
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


@lru_cache(maxsize=256)  # drawing takes 20 ms, and pages of past days are requested repeatedly
def _drawn(kind: str, labels: tuple[str, ...], series: tuple[Series, ...], summary: str, ticks: Ticks) -> Markup:
    import pygal  # importing takes a tenth of a second; other pages do not need it
    from pygal.style import Style

    style = Style(label_font_size=LETTER_SIZE, major_label_font_size=LETTER_SIZE)
    chart = getattr(pygal, kind)(
        width=WIDTH,
        height=HEIGHT,
        margin=6,
        spacing=6,
        style=style,
        js=[],
        disable_xml_declaration=True,
        show_legend=False,
        truncate_label=-1,
        show_minor_x_labels=True,
        no_data_text="",
        dots_size=2.5,  # a value between two gaps is no line, and neither is one alone
    )
    chart.x_labels = labels
    chart.y_labels = [{"value": value, "label": words} for value, words in ticks]
    for column in series:
        chart.add(column.label, list(column.values))
    return Markup(tidied(chart.render(), summary=summary, without=WITHOUT))
