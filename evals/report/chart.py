"""Charts as a page needs them: a drawing in the page's own colours, its words, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from evals.report.svg import tidied

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# As wide as a phone's page, so that letters stay readable there; wider screens enlarge the drawing.
WIDTH = 300
POINTS_PER_INCH = 72
LETTER_SIZE = 12
# Where an axis of shares is marked, and with what.
ACROSS = ([0, 0.25, 0.5, 0.75, 1], ["0 %", "25", "50", "75", "100 %"])
UPWARDS = ([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
# Drawn in these and replaced by the page's own colours, which differ by light and dark. The hues are those of Okabe
# and Ito (2008), told apart by colour-blind readers; marks and labels say the same without them.
INK, SOFT, LINE, SURFACE = "#1d2524", "#51605e", "#d9d4c9", "#fefefe"
RIGHT, WRONG, HIDDEN = "#0072b2", "#d55e00", "#8a4f7d"
PAGE_COLOURS = {
    INK: "var(--ink)",
    SOFT: "var(--ink-soft)",
    LINE: "var(--line)",
    SURFACE: "var(--surface)",
    RIGHT: "var(--right)",
    WRONG: "var(--wrong)",
    HIDDEN: "var(--hidden)",
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # labels come from suites, and a dollar sign is only that
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that the layout is the same on every machine
    "font.size": LETTER_SIZE,
    "axes.labelsize": LETTER_SIZE,
    "xtick.labelsize": LETTER_SIZE,
    "ytick.labelsize": LETTER_SIZE,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.color": SURFACE,
    "hatch.linewidth": 1.2,
    "lines.linewidth": 2,
}


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as they are shown; the first of each row is its heading."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart; `summary` says in a sentence what is to be seen, `note` how to read it."""

    id: str
    title: str
    summary: str
    note: str
    svg: str
    table: Table


def percent(value: float) -> str:
    """Return a share of 1 as a percentage with one decimal."""
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def milliseconds(value: float) -> str:
    """Return a duration with as many digits as can be believed."""
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


@dataclass(slots=True)
class Canvas:
    """A figure to draw on; once its `with` block has ended, `svg` holds the drawing."""

    figure: Figure
    svg: str = ""


@contextmanager
def canvas(chart_id: str, *, height: float, summary: str) -> Iterator[Canvas]:
    """Yield a figure in the house style, `height` points high; the same drawing gives the same bytes."""
    # Imported here because it takes a second; the console's commands need no charts.
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({**_STYLE, "svg.hashsalt": chart_id}):
        size = (WIDTH / POINTS_PER_INCH, height / POINTS_PER_INCH)
        drawn = Canvas(Figure(figsize=size, layout="constrained"))
        yield drawn
        buffer = BytesIO()
        drawn.figure.savefig(buffer, format="svg", metadata={"Date": None})
    drawn.svg = tidied(buffer.getvalue().decode("utf-8"), summary=summary, colours=PAGE_COLOURS)
