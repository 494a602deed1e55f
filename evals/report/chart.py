"""Charts as a page needs them: a drawing in the page's own colours, its words, and the same numbers as a table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, tostring

from defusedxml.ElementTree import fromstring

from evals.metrics.confidence import area, curve, expected_calibration_error, reliability
from evals.metrics.figure import share, wilson_interval
from evals.runner.runs import CaseOutcome

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
INK, SOFT, LINE = "#1d2524", "#51605e", "#d9d4c9"
RIGHT, WRONG = "#0072b2", "#d55e00"
PAGE_COLOURS = {
    INK: "var(--ink)",
    SOFT: "var(--ink-soft)",
    LINE: "var(--line)",
    RIGHT: "var(--right)",
    WRONG: "var(--wrong)",
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


# An entry's own questions are found by their wording alone: among visitors' questions they would flatter every figure.
OWN_QUESTIONS = ("canonical", "alternate")
SMALLEST_DOT, LARGEST_DOT = 14.0, 190.0  # areas, in square points
SHOWN_COVERAGES = [number / 10 for number in range(1, 11)]


def as_asked(outcomes: Iterable[CaseOutcome]) -> list[CaseOutcome]:
    """Return the questions in visitors' words that were asked of the whole base, without those of `invariance`."""
    return [
        outcome
        for outcome in outcomes
        if not outcome.case.hides and outcome.case.register not in OWN_QUESTIONS and not outcome.case.same_as
    ]


def reliability_diagram(outcomes: Sequence[CaseOutcome]) -> Chart | None:
    """Return the share of first matches that answer, by confidence; on the diagonal the two agree."""
    cases = as_asked(outcomes)
    confidences, is_right = [outcome.confidence for outcome in cases], [outcome.first_is_right for outcome in cases]
    bins = reliability(confidences, is_right)
    if not bins:
        return None
    intervals = [wilson_interval(bucket.share_right, bucket.count) for bucket in bins]
    furthest = max(bins, key=lambda bucket: bucket.count * abs(bucket.mean_confidence - bucket.share_right))
    summary = (
        f"Over {len(cases)} questions the confidence is {expected_calibration_error(confidences, is_right):.3f} off on "
        f"average; what weighs most are {furthest.count} questions with a mean confidence of "
        f"{furthest.mean_confidence:.2f}, of which {percent(furthest.share_right)} are right."
    )
    with canvas("reliability", height=300, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1.2)
        arms = [
            [max(0.0, bucket.share_right - low) for bucket, (low, _) in zip(bins, intervals, strict=True)],
            [max(0.0, high - bucket.share_right) for bucket, (_, high) in zip(bins, intervals, strict=True)],
        ]
        means, shares = [bucket.mean_confidence for bucket in bins], [bucket.share_right for bucket in bins]
        axes.errorbar(means, shares, yerr=arms, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
        most = max(bucket.count for bucket in bins)
        areas = [SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * bucket.count / most for bucket in bins]
        axes.scatter(means, shares, areas, color=RIGHT, zorder=3, clip_on=False)
        axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.02), xlabel="confidence (mean of the bin)")
        axes.set_ylabel("first match answers")
        axes.set_yticks(*UPWARDS)
    rows = [
        [
            f"{bucket.low:.1f} to {bucket.high:.1f}",
            str(bucket.count),
            f"{bucket.mean_confidence:.3f}",
            percent(bucket.share_right),
        ]
        + [percent(edge) for edge in interval]
        for bucket, interval in zip(bins, intervals, strict=True)
    ]
    columns = ["confidence", "questions", "mean", "right", "95 % from", "to"]
    table = Table("First matches that answer, by confidence", columns, rows)
    note = (
        "Larger dots stand for more questions; whiskers are 95 % score intervals. Above the dashed diagonal Noa is "
        "right more often than it says, below it less often."
    )
    return Chart("reliability", "Is the confidence borne out?", summary, note, drawn.svg, table)


def risk_coverage(outcomes: Sequence[CaseOutcome]) -> Chart | None:
    """Return the curve over all thresholds, with what this run did as a point."""
    cases = as_asked(outcomes)
    if not cases:
        return None
    confidences, is_right = [outcome.confidence for outcome in cases], [outcome.first_is_right for outcome in cases]
    points = curve(confidences, is_right)
    answered = share(outcome.is_answered for outcome in cases)
    wrong = share(outcome.is_wrong for outcome in cases if outcome.is_answered)
    summary = (
        f"This run answers {percent(answered.rate)} of {answered.whole} questions, and {percent(wrong.rate)} of its "
        f"answers are wrong; the area under the curve is {area(confidences, is_right):.3f}."
    )
    with canvas("risk-coverage", height=280, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        axes.plot(
            [risk_point.coverage for risk_point in points], [risk_point.risk for risk_point in points], color=WRONG
        )
        is_far = answered.rate > 0.3
        beside = (-9, 5) if is_far else (0, 9)
        _mark_this_run(axes, (answered.rate, wrong.rate), beside, ha="right" if is_far else "center")
        axes.set(xlim=(0, 1.02), ylim=(0, None), xlabel="questions answered", ylabel="wrong among answers")
        axes.set_xticks(*ACROSS)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    rows = []
    for coverage in SHOWN_COVERAGES:
        point = next(risk_point for risk_point in points if risk_point.coverage >= coverage)
        rows.append([f"{100 * coverage:.0f} %", percent(point.risk), f"{point.threshold:.3f}"])
    rows.append([f"this run: {percent(answered.rate)}", percent(wrong.rate), "its own rules"])
    columns = ["answered, at least", "wrong among answers", "from confidence"]
    table = Table("Wrong answers by share of questions answered", columns, rows)
    note = (
        "The line answers with the first match, the most confident questions first; low and to the right is better. "
        "It must rise at its end, as some questions have no answer."
    )
    return Chart("risk-coverage", "What answering more would cost", summary, note, drawn.svg, table)


def _mark_this_run(axes: Any, at: tuple[float, float], beside: tuple[int, int], **alignment: str) -> None:
    """Draw what the run did as a diamond, with its label so many points beside it."""
    axes.plot(*at, marker="D", markersize=8, color=INK)
    axes.annotate("this run", at, xytext=beside, textcoords="offset points", **alignment)
