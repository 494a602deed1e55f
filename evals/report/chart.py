"""Charts as a page needs them: a drawing in the page's own colours, its words, and the same numbers as a table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring

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


REFERENCE = re.compile(r"#([\w-]+)")
# `font` and `text-align` have no attribute of their own; letters are the page's.
WITHOUT_ATTRIBUTE = ("font", "text-align")
FONT_SIZE = re.compile(r"([\d.]+)px")


def tidied(text: str, *, summary: str, colours: Mapping[str, str] | None = None, without: Collection[str] = ()) -> str:
    """Return the drawing as an image with a summary, its styles as attributes and its colours replaced.

    Elements named in `without` are left out, beside metadata and style sheets.
    """
    root: Element = fromstring(text)
    colours = colours or {}
    _drop(root, "metadata", "style", *without)
    for element in root.iter():
        _strip_namespaces(element)
        _styles_to_attributes(element)
        for name, value in element.attrib.items():
            element.set(name, colours.get(value.lower(), value))
    _drop_idle_ids(root)
    view_box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"class": "drawing", "viewBox": view_box, "role": "img", "aria-label": summary})
    return re.sub(r"\s*\n\s*", "\n", tostring(root, encoding="unicode")).strip()


def _drop(root: Element, *names: str) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in names:
                parent.remove(child)


def _strip_namespaces(element: Element) -> None:
    element.tag = element.tag.rpartition("}")[2]
    for name in [name for name in element.attrib if name.startswith("{")]:
        element.set(name.rpartition("}")[2], element.attrib.pop(name))


def _styles_to_attributes(element: Element) -> None:
    for name, value in _styles(element.attrib.pop("style", "")):
        if name == "font" and (size := FONT_SIZE.search(value)):
            element.set("font-size", size[1])
        if name not in WITHOUT_ATTRIBUTE:
            element.set(name, value)


def _styles(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        if value:
            yield name.strip(), value.strip()


def _drop_idle_ids(root: Element) -> None:
    """Keep ids that something in the drawing refers to; the others (`axes_1`) would stand twice on a page."""
    used = {
        match
        for element in root.iter()
        for name, value in element.attrib.items()
        if "url(" in value or name == "href"
        for match in REFERENCE.findall(value)
    }
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
