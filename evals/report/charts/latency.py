"""How long answers took."""

from bisect import bisect_left
from collections.abc import Sequence

from evals.outcomes import Outcome
from evals.report.chart import Chart, Table
from evals.report.drawing import RIGHT, canvas
from evals.report.numbers import milliseconds, percent
from noa_rag.statistics.tally import percentile

# Steps of about a half: few bars, and a doubling is seen wherever it happens.
STEPS = (1, 1.5, 2, 3, 5, 7)
EDGES = [step * 10**power for power in range(5) for step in STEPS]
PERCENTS = (50, 95, 99)


def latency(outcomes: Sequence[Outcome]) -> Chart | None:
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
