"""How sure Noa was where its first match answers, where it does not, and where the answer was hidden."""

from collections.abc import Sequence

from evals.report.chart import Chart, Table
from evals.report.charts.populations import as_asked, hidden
from evals.report.drawing import HIDDEN, RIGHT, SOFT, WRONG, canvas
from evals.report.numbers import percent
from evals.runner.outcomes import Outcome

BINS = 10


def confidence_histogram(outcomes: Sequence[Outcome]) -> Chart | None:
    """Return one panel a population, on one scale of confidence."""
    populations = (
        ("first match answers", RIGHT, "", [one for one in as_asked(outcomes) if one.first_is_right]),
        ("first match does not answer", WRONG, "////", [one for one in as_asked(outcomes) if not one.first_is_right]),
        ("entry hidden", HIDDEN, "....", hidden(outcomes)),
    )
    if not any(members for *_, members in populations):
        return None
    counts = {name: _counts(members) for name, _, _, members in populations}
    shares = ", ".join(f"{percent(_share_from_half(counts[name]))} of {sum(counts[name])} ({name})" for name in counts)
    summary = f"Confidence of 0.5 or more: {shares}."
    with canvas("confidence", height=330, summary=summary) as drawn:
        for place, (name, colour, hatch, members) in enumerate(populations, start=1):
            axes = drawn.figure.add_subplot(len(populations), 1, place)
            middles = [(number + 0.5) / BINS for number in range(BINS)]
            axes.bar(middles, counts[name], 0.9 / BINS, color=colour, hatch=hatch)
            axes.set_title(f"{name} ({len(members)})", loc="left", fontsize="medium")
            axes.set(xlim=(0, 1))
            axes.locator_params(axis="y", nbins=3, integer=True)
            axes.grid(axis="x", visible=False)
            if place < len(populations):
                axes.set_xticks([])
        axes.set_xlabel("confidence")
        drawn.figure.supylabel("questions", fontsize="medium", color=SOFT)
    rows = [
        [f"{number / BINS:.1f} to {(number + 1) / BINS:.1f}", *(str(counts[name][number]) for name in counts)]
        for number in range(BINS)
    ]
    table = Table("Questions by confidence", ["confidence", *counts], rows)
    note = "Each panel has its own scale. The less the first panel overlaps the others, the better."
    return Chart("confidence", "Confidence, by whether the first match answers", summary, note, drawn.svg, table)


def _counts(outcomes: Sequence[Outcome]) -> list[int]:
    counts = [0] * BINS
    for one in outcomes:
        counts[min(int(one.confidence * BINS), BINS - 1)] += 1
    return counts


def _share_from_half(counts: Sequence[int]) -> float:
    return sum(counts[BINS // 2 :]) / sum(counts) if sum(counts) else 0.0
