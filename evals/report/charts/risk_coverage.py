"""How many answers would be wrong, were more or fewer questions answered."""

from collections.abc import Sequence

from evals.metrics import share
from evals.metrics.risk_coverage import area, curve
from evals.report.chart import Chart, Table
from evals.report.charts.populations import as_asked
from evals.report.drawing import INK, WRONG, canvas
from evals.report.numbers import percent
from evals.runner.outcomes import Outcome

SHOWN_COVERAGES = [number / 10 for number in range(1, 11)]


def risk_coverage(outcomes: Sequence[Outcome]) -> Chart | None:
    """Return the curve over all thresholds, with what this run did as a point."""
    asked = as_asked(outcomes)
    if not asked:
        return None
    confidences, is_right = [one.confidence for one in asked], [one.first_is_right for one in asked]
    points = curve(confidences, is_right)
    answered = share(one.is_answered for one in asked)
    wrong = share(one.is_wrong for one in asked if one.is_answered)
    summary = (
        f"This run answers {percent(answered.rate)} of {answered.whole} questions, and {percent(wrong.rate)} of its "
        f"answers are wrong; the area under the curve is {area(confidences, is_right):.3f}."
    )
    with canvas("risk-coverage", height=280, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        axes.plot([one.coverage for one in points], [one.risk for one in points], color=WRONG)
        axes.plot(answered.rate, wrong.rate, marker="D", markersize=8, color=INK)
        is_far = answered.rate > 0.3
        axes.annotate(
            "this run",
            (answered.rate, wrong.rate),
            xytext=(-9 if is_far else 0, 5 if is_far else 9),
            textcoords="offset points",
            ha="right" if is_far else "center",
        )
        axes.set(xlim=(0, 1.02), ylim=(0, None), xlabel="questions answered", ylabel="wrong among answers")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25", "50", "75", "100 %"])
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    rows = []
    for coverage in SHOWN_COVERAGES:
        point = next(one for one in points if one.coverage >= coverage)
        rows.append([f"{100 * coverage:.0f} %", percent(point.risk), f"{point.threshold:.3f}"])
    rows.append([f"this run: {percent(answered.rate)}", percent(wrong.rate), "its own rules"])
    columns = ["answered, at least", "wrong among answers", "from confidence"]
    table = Table("Wrong answers by share of questions answered", columns, rows)
    note = (
        "The line answers with the first match, the most confident questions first; low and to the right is better. "
        "It must rise at its end, as some questions have no answer."
    )
    return Chart("risk-coverage", "What answering more would cost", summary, note, drawn.svg, table)
