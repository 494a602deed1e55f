"""Shares by group as horizontal bars with their intervals, the worst first."""

from collections.abc import Mapping

from evals.metrics import Share
from evals.report.chart import Chart, Table
from evals.report.drawing import INK, LINE, SOFT, canvas
from evals.report.numbers import percent

ROW_HEIGHT = 36
BAR_HEIGHT = 0.34
LABEL_LETTERS = 25


def bars(
    chart_id: str,
    title: str,
    shares: Mapping[str, Share],
    *,
    group: str,
    what: str,
    colour: str,
    is_high_good: bool,
) -> Chart | None:
    """Return the chart, or None when there is no group; `what` names the share, `group` what it is counted by."""
    if not shares:
        return None
    rows = sorted(shares.items(), key=lambda one: (one[1].rate if is_high_good else -one[1].rate, one[0]))
    (worst, lowest), (best, highest) = rows[0], rows[-1]
    summary = f"{what}: from {percent(lowest.rate)} ({worst}) to {percent(highest.rate)} ({best})."
    with canvas(chart_id, height=ROW_HEIGHT * len(rows) + 28, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        for place, (label, one) in enumerate(rows):
            low, high = one.interval
            axes.barh(place, 1, BAR_HEIGHT, color="none", edgecolor=LINE, linewidth=0.8)
            axes.barh(place, one.rate, BAR_HEIGHT, color=colour)
            axes.errorbar(one.rate, place, xerr=_arms(one.rate, low, high), color=INK, capsize=3, linewidth=1.4)
            above = place - BAR_HEIGHT / 2 - 0.08
            axes.text(0, above, _cut(label), ha="left", va="bottom")
            axes.text(1, above, f"{percent(one.rate)} of {one.whole}", ha="right", va="bottom", color=SOFT)
        axes.set(xlim=(0, 1), ylim=(len(rows) - 0.6, -0.75), yticks=[])
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25", "50", "75", "100 %"])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
    cells = [
        [label, percent(one.rate), f"{one.part} of {one.whole}", *map(percent, one.interval)] for label, one in rows
    ]
    table = Table(f"{what}, by {group}", [group, "share", "cases", "95 % from", "to"], cells)
    note = "Worst first; the whisker is the 95 % score interval, wide where cases are few."
    return Chart(chart_id, title, summary, note, drawn.svg, table)


def _arms(rate: float, low: float, high: float) -> tuple[list[float], list[float]]:
    return [max(0.0, rate - low)], [max(0.0, high - rate)]


def _cut(label: str) -> str:
    return label if len(label) <= LABEL_LETTERS else f"{label[: LABEL_LETTERS - 1]}…"
