"""Charts of the confidence: calibration, distribution, and what each threshold trades."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from evals.metrics.confidence import area, curve, expected_calibration_error, reliability
from evals.metrics.figure import share, wilson_interval
from evals.report.chart import ACROSS, HIDDEN, INK, RIGHT, SOFT, UPWARDS, WRONG, Chart, Table, canvas, percent
from evals.runner.runs import CaseOutcome
from evals.suites.cases import CaseKind

# An entry's own questions are found by their wording alone: among visitors' questions they would flatter every figure.
OWN_QUESTIONS = ("canonical", "alternate")
SMALLEST_DOT, LARGEST_DOT = 14.0, 190.0  # areas, in square points
BINS = 10
SHOWN_COVERAGES = [number / 10 for number in range(1, 11)]
SHOWN_THRESHOLDS = [number / 10 for number in range(1, 10)]


def hidden(outcomes: Iterable[CaseOutcome]) -> list[CaseOutcome]:
    """Return the questions whose answers were all hidden, so that any entry shown for them is wrong."""
    return [one for one in outcomes if one.case.hides and not one.case.expected_entries]


def as_asked(outcomes: Iterable[CaseOutcome]) -> list[CaseOutcome]:
    """Return the questions in visitors' words that were asked of the whole base, without those of `invariance`."""
    return [
        one
        for one in outcomes
        if not one.case.hides and one.case.register not in OWN_QUESTIONS and not one.case.same_as
    ]


def in_scope(outcomes: Iterable[CaseOutcome]) -> list[CaseOutcome]:
    """Return the questions of `as_asked` that an entry answers."""
    return [one for one in as_asked(outcomes) if one.case.kind is CaseKind.IN_SCOPE]


def reliability_diagram(outcomes: Sequence[CaseOutcome]) -> Chart | None:
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
        axes.set_yticks(*UPWARDS)
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


def confidence_histogram(outcomes: Sequence[CaseOutcome]) -> Chart | None:
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


def _counts(outcomes: Sequence[CaseOutcome]) -> list[int]:
    counts = [0] * BINS
    for one in outcomes:
        counts[min(int(one.confidence * BINS), BINS - 1)] += 1
    return counts


def _share_from_half(counts: Sequence[int]) -> float:
    return sum(counts[BINS // 2 :]) / sum(counts) if sum(counts) else 0.0


def risk_coverage(outcomes: Sequence[CaseOutcome]) -> Chart | None:
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
        is_far = answered.rate > 0.3
        beside = (-9, 5) if is_far else (0, 9)
        _mark_this_run(axes, (answered.rate, wrong.rate), beside, ha="right" if is_far else "center")
        axes.set(xlim=(0, 1.02), ylim=(0, None), xlabel="questions answered", ylabel="wrong among answers")
        axes.set_xticks(*ACROSS)
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


def hidden_trade_off(outcomes: Sequence[CaseOutcome]) -> Chart | None:
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
    points = trade_off(twins, others, sorted({0.0, *(one.confidence for one in (*twins, *others))}))
    with canvas("hidden", height=290, summary=summary) as drawn:
        axes = drawn.figure.add_subplot()
        axes.plot([answered for _, answered, _ in points], [kept for *_, kept in points], color=HIDDEN)
        on_left = right.rate > 0.5
        beside = (-9 if on_left else 9, -4)
        _mark_this_run(axes, (right.rate, refused.rate), beside, ha="right" if on_left else "left", va="top")
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="other in-scope questions answered right")
        axes.set_ylabel("hidden: nothing shown")
        axes.set_xticks(*ACROSS)
        axes.set_yticks(*UPWARDS)
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
    twins: Sequence[CaseOutcome], others: Sequence[CaseOutcome], thresholds: Sequence[float]
) -> list[tuple[float, float, float]]:
    """Return each threshold with the share of `others` answered right, and the share of `twins` below it."""
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


def _mark_this_run(axes: Any, at: tuple[float, float], beside: tuple[int, int], **alignment: str) -> None:
    """Draw what the run did as a diamond, with its label so many points beside it."""
    axes.plot(*at, marker="D", markersize=8, color=INK)
    axes.annotate("this run", at, xytext=beside, textcoords="offset points", **alignment)
