"""Whether a confidence of 0.9 is right nine times in ten, drawn."""

from collections.abc import Sequence

from evals.metrics.calibration import expected_calibration_error, reliability
from evals.metrics.shares import wilson_interval
from evals.report.chart import Chart, Table
from evals.report.charts.populations import as_asked
from evals.report.drawing import INK, RIGHT, SOFT, canvas
from evals.report.numbers import percent
from evals.runner.outcomes import Outcome

SMALLEST_DOT, LARGEST_DOT = 14.0, 190.0  # areas, in square points


def reliability_diagram(outcomes: Sequence[Outcome]) -> Chart | None:
    """Return the share of first matches that answer, by confidence; on the diagonal the two agree."""
    asked = as_asked(outcomes)
    confidences, is_right = [one.confidence for one in asked], [one.first_is_right for one in asked]
    bins = reliability(confidences, is_right)
    if not bins:
        return None
    intervals = [wilson_interval(one.share_right, one.count) for one in bins]
    furthest = max(bins, key=lambda one: one.count * abs(one.mean_confidence - one.share_right))
    summary = (
        f"Over {len(asked)} questions the confidence is {expected_calibration_error(confidences, is_right):.3f} off on "
        f"average; what weighs most are {furthest.count} questions with a mean confidence of "
        f"{furthest.mean_confidence:.2f}, of which {percent(furthest.share_right)} are right."
    )
    with canvas("reliability", height=300, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1.2)
        arms = [
            [max(0.0, one.share_right - low) for one, (low, _) in zip(bins, intervals, strict=True)],
            [max(0.0, high - one.share_right) for one, (_, high) in zip(bins, intervals, strict=True)],
        ]
        means, shares = [one.mean_confidence for one in bins], [one.share_right for one in bins]
        axes.errorbar(means, shares, yerr=arms, fmt="none", ecolor=INK, elinewidth=1.2, capsize=3)
        most = max(one.count for one in bins)
        areas = [SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * one.count / most for one in bins]
        axes.scatter(means, shares, areas, color=RIGHT, zorder=3, clip_on=False)
        axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.02), xlabel="confidence (mean of the bin)")
        axes.set_ylabel("first match answers")
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    rows = [
        [f"{one.low:.1f} to {one.high:.1f}", str(one.count), f"{one.mean_confidence:.3f}", percent(one.share_right)]
        + [percent(edge) for edge in interval]
        for one, interval in zip(bins, intervals, strict=True)
    ]
    columns = ["confidence", "questions", "mean", "right", "95 % from", "to"]
    table = Table("First matches that answer, by confidence", columns, rows)
    note = (
        "Larger dots stand for more questions; whiskers are 95 % score intervals. Above the dashed diagonal Noa is "
        "right more often than it says, below it less often."
    )
    return Chart("reliability", "Is the confidence borne out?", summary, note, drawn.svg, table)
