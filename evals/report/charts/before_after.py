"""Two runs, suite by suite."""

from collections.abc import Sequence

from evals.metrics.shares import wilson_interval
from evals.report.chart import Chart, Table
from evals.report.charts.bars import BAR_HEIGHT, ROW_HEIGHT
from evals.report.drawing import INK, LINE, RIGHT, SOFT, SURFACE, canvas
from evals.report.numbers import percent
from evals.runner.comparison import Tally


def before_after(suites: Sequence[Tally]) -> Chart:
    """Return the share of right outcomes before (hollow) and after (full), by suite."""
    shares = [(one.name, one.right_before / one.count, one.right_after / one.count, one.count) for one in suites]
    name, before, after, _ = max(shares, key=lambda one: abs(one[2] - one[1]))
    summary = f"The suite that changed most is {name}: from {percent(before)} to {percent(after)} right."
    with canvas("before-after", height=ROW_HEIGHT * len(shares) + 28, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        for place, (name, before, after, count) in enumerate(shares):
            low, high = wilson_interval(after, count)
            axes.plot([0, 1], [place, place], color=LINE, linewidth=1)
            axes.plot([low, high], [place, place], color=RIGHT, linewidth=1.4)
            axes.scatter(before, place, 80, color=SURFACE, edgecolors=INK, linewidths=1.6, zorder=3, clip_on=False)
            axes.scatter(after, place, 36, color=RIGHT, zorder=4, clip_on=False)
            above = place - BAR_HEIGHT / 2 - 0.08
            axes.text(0, above, name, ha="left", va="bottom")
            axes.text(1, above, f"{percent(before)} → {percent(after)}", ha="right", va="bottom", color=SOFT)
        axes.set(xlim=(0, 1), ylim=(len(shares) - 0.6, -0.75), yticks=[])
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25", "50", "75", "100 %"])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
    rows = [
        [name, percent(before), percent(after), *map(percent, wilson_interval(after, count)), str(count)]
        for name, before, after, count in shares
    ]
    columns = ["suite", "before", "after", "95 % from", "to", "cases"]
    table = Table("Cases that came out right", columns, rows)
    note = "Hollow: before. Full, with its 95 % score interval: after."
    return Chart("before-after", "Right outcomes by suite", summary, note, drawn.svg, table)
