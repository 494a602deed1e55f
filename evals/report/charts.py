"""The charts of a run and of a comparison: shares by group as bars, durations, two runs side by side."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from evals.metrics.figure import Share, share, wilson_interval
from evals.report.chart import (
    ACROSS,
    INK,
    LINE,
    RIGHT,
    SOFT,
    SURFACE,
    WRONG,
    Chart,
    Table,
    canvas,
    milliseconds,
    percent,
)
from evals.report.confidence_charts import (
    as_asked,
    confidence_histogram,
    hidden_trade_off,
    in_scope,
    reliability_diagram,
    risk_coverage,
)
from evals.runner.comparison import SuiteTally
from evals.runner.runs import CaseOutcome, Key, by
from noa_rag.statistics.tally import percentile

ROW_HEIGHT = 36
BAR_HEIGHT = 0.34
LABEL_LETTERS = 25
# Steps of about a half: few bars, and a doubling is seen wherever it happens.
STEPS = (1, 1.5, 2, 3, 5, 7)
EDGES = [step * 10**power for power in range(5) for step in STEPS]
PERCENTS = (50, 95, 99)


def run_charts(outcomes: Sequence[CaseOutcome]) -> list[Chart]:
    """Return every chart that these outcomes have something to show for, in reading order."""
    charts = [
        reliability_diagram(outcomes),
        confidence_histogram(outcomes),
        risk_coverage(outcomes),
        hidden_trade_off(outcomes),
        _wrong_by_contrast(outcomes),
        *(_right_by(key, outcomes) for key in (Key.THEME, Key.AGENCY, Key.LANGUAGE, Key.REGISTER)),
        latency(outcomes),
    ]
    return [one for one in charts if one is not None]


def _wrong_by_contrast(outcomes: Sequence[CaseOutcome]) -> Chart | None:
    groups = by(as_asked(outcomes), Key.CONTRAST)
    return bars(
        "wrong-by-contrast",
        "Wrong entries by contrast",
        {name: share(one.is_wrong for one in members) for name, members in groups.items()},
        group="contrast",
        what="Questions answered with a wrong entry",
        colour=WRONG,
        is_high_good=False,
    )


def _right_by(key: Key, outcomes: Sequence[CaseOutcome]) -> Chart | None:
    groups = by(in_scope(outcomes), key)
    return bars(
        f"right-by-{key}",
        f"Answered right by {key}",
        {name: share(one.is_right for one in members) for name, members in groups.items()},
        group=key,
        what="In-scope questions answered right",
        colour=RIGHT,
        is_high_good=True,
    )


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
            _label(axes, place, _cut(label), f"{percent(one.rate)} of {one.whole}")
        _lay_out(axes, len(rows))
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


def latency(outcomes: Sequence[CaseOutcome]) -> Chart | None:
    """Return how many answers fall between two durations, each about half as long again as the one before."""
    if not outcomes:
        return None
    durations = sorted(one.milliseconds for one in outcomes)
    counts = [0] * (len(EDGES) + 1)
    for duration in durations:
        counts[bisect_left(EDGES, duration)] += 1
    first, last = bisect_left(EDGES, durations[0]), bisect_left(EDGES, durations[-1])
    places = range(first, last + 1)
    labels = [f"{EDGES[place]:g}" if place < len(EDGES) else f"over {EDGES[-1]:g}" for place in places]
    said = ", ".join(f"{number} % within {milliseconds(percentile(durations, number))}" for number in PERCENTS)
    summary = f"Of {len(durations)} answers, {said}."
    with canvas("latency", height=230, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        axes.bar(labels, [counts[place] for place in places], 0.86, color=RIGHT)
        axes.set(xlabel="at most … milliseconds", ylabel="answers")
        axes.locator_params(axis="y", nbins=4, integer=True)
        axes.grid(axis="x", visible=False)
        axes.tick_params(axis="x", rotation=60 if len(labels) > 8 else 0)
    rows = [
        [f"{label} ms", str(counts[place]), percent(sum(counts[: place + 1]) / len(durations))]
        for place, label in zip(places, labels, strict=True)
    ]
    table = Table("Answers by duration", ["at most", "answers", "all so far"], rows)
    note = "As measured during the run, beside whatever else the machine did; every question of the run counts."
    return Chart("latency", "Time to answer", summary, note, drawn.svg, table)


def before_after(suites: Sequence[SuiteTally]) -> Chart:
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
            _label(axes, place, name, f"{percent(before)} → {percent(after)}")
        _lay_out(axes, len(shares))
    rows = [
        [name, percent(before), percent(after), *map(percent, wilson_interval(after, count)), str(count)]
        for name, before, after, count in shares
    ]
    columns = ["suite", "before", "after", "95 % from", "to", "cases"]
    table = Table("Cases that came out right", columns, rows)
    note = "Hollow: before. Full, with its 95 % score interval: after."
    return Chart("before-after", "Right outcomes by suite", summary, note, drawn.svg, table)


def _label(axes: Any, place: int, left: str, right: str) -> None:
    """Write above a row what it is about, and what it comes to."""
    above = place - BAR_HEIGHT / 2 - 0.08
    axes.text(0, above, left, ha="left", va="bottom")
    axes.text(1, above, right, ha="right", va="bottom", color=SOFT)


def _lay_out(axes: Any, row_count: int) -> None:
    """Lay shares out from 0 to 100 %, one row a group from the top."""
    axes.set(xlim=(0, 1), ylim=(row_count - 0.6, -0.75), yticks=[])
    axes.set_xticks(*ACROSS)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
