"""What a threshold trades: hidden entries refused against other questions answered right."""

from bisect import bisect_left
from collections.abc import Sequence

from evals.metrics import share
from evals.report.chart import Chart, Table
from evals.report.charts.populations import hidden, in_scope
from evals.report.drawing import HIDDEN, INK, canvas
from evals.report.numbers import percent
from evals.runner.outcomes import Outcome

SHOWN_THRESHOLDS = [number / 10 for number in range(1, 10)]


def hidden_trade_off(outcomes: Sequence[Outcome]) -> Chart | None:
    """Return the curve over all thresholds, with what this run did as a point."""
    twins, others = hidden(outcomes), in_scope(outcomes)
    if not twins or not others:
        return None
    refused = share(not one.is_answered for one in twins)
    right = share(one.is_right for one in others)
    summary = (
        f"This run shows nothing for {percent(refused.rate)} of {refused.whole} questions whose entry is hidden, and "
        f"answers {percent(right.rate)} of {right.whole} others right."
    )
    curve = trade_off(twins, others, sorted({0.0, *(one.confidence for one in (*twins, *others))}))
    with canvas("hidden", height=290, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        axes.plot([point[1] for point in curve], [point[2] for point in curve], color=HIDDEN)
        axes.plot(right.rate, refused.rate, marker="D", markersize=8, color=INK)
        on_left = right.rate > 0.5
        axes.annotate(
            "this run",
            (right.rate, refused.rate),
            xytext=(-9 if on_left else 9, -4),
            textcoords="offset points",
            ha="right" if on_left else "left",
            va="top",
        )
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="other in-scope questions answered right")
        axes.set_ylabel("hidden: nothing shown")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25", "50", "75", "100 %"])
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    rows = [
        [f"{threshold:.1f}", percent(answered), percent(kept)]
        for threshold, answered, kept in trade_off(twins, others, SHOWN_THRESHOLDS)
    ]
    rows.append(["this run", percent(right.rate), percent(refused.rate)])
    table = Table(
        f"Thresholds, over {len(twins)} questions with their entry hidden and {len(others)} in-scope questions",
        ["answered from confidence", "others answered right", "hidden: nothing shown"],
        rows,
    )
    note = (
        "The line answers with the first match from a threshold on; up and to the right is better. "
        "The diamond is the whole decision, which also asks back and weighs more than the confidence."
    )
    return Chart("hidden", "Entries hidden: what caution costs", summary, note, drawn.svg, table)


def trade_off(
    twins: Sequence[Outcome], others: Sequence[Outcome], thresholds: Sequence[float]
) -> list[tuple[float, float, float]]:
    """Return for each threshold the share of others answered right, and of hidden ones below it."""
    below = sorted(one.confidence for one in twins)
    right = sorted(one.confidence for one in others if one.first_is_right)
    return [
        (
            threshold,
            (len(right) - bisect_left(right, threshold)) / len(others),
            bisect_left(below, threshold) / len(below),
        )
        for threshold in thresholds
    ]
