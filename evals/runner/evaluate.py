"""From outcomes to figures, so that a run can be judged again whenever a metric changes; and gates for a release."""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby
from pathlib import Path

import msgspec

from evals.metrics.answering import (
    answered_in_scope,
    asked_back,
    distress_recognised,
    false_alarms,
    hit_at,
    invariance_figures,
    missing_told,
    ndcg_at,
    near_miss_wrong_entries,
    near_misses_answered_by_one,
    near_misses_given_several,
    near_misses_not_answered,
    near_misses_opened,
    near_misses_refused,
    opened_right,
    other_manners,
    out_of_scope_not_answered,
    out_of_scope_refused,
    precision,
    reciprocal_rank,
    right_answers,
    right_answers_or_offers,
    right_or_opened,
    right_variants,
    tempting_shown,
    verbatim,
    wrong_per_hundred,
    wrong_refusals,
)
from evals.metrics.confidence import area, auroc, expected_calibration_error
from evals.metrics.figure import Figure, mean_figure, quantile_figure, share, statistic_figure
from evals.runner.runs import CaseOutcome, Key, by
from evals.suites.cases import CaseKind
from evals.suites.splits import MIX, NEAR
from noa_rag.domain.errors import NoaError

Outcomes = Sequence[CaseOutcome]
Measure = Callable[[Outcomes], Figure]

# Suites whose cases were written as visitors ask; the breakdowns count them together.
ASKED_BY_VISITORS = ("near_miss", "answering", "retrieval", "multilingual", "noisy")
ELSEWHERE = "distress: false alarms in the other suites"
BREAKDOWNS = (Key.THEME, Key.AGENCY, Key.LANGUAGE, Key.REGISTER, Key.CONTRAST, Key.KNOWN)
GATES = Path(__file__).parent.parent / "gates.toml"


def figures(run: Mapping[str, Outcomes]) -> dict[str, list[Figure]]:
    """Return the figures of each suite of a run in reading order, near misses first."""
    measured = {
        suite: [measure(run[suite]) for measure in measures] for suite, measures in _MEASURES.items() if suite in run
    }
    if "retrieval" in run and "hidden_retrieval" in run:
        measured["hidden_retrieval"].append(told_apart(run["retrieval"], run["hidden_retrieval"]))
    if "invariance" in run:
        measured["invariance"] = invariance_figures(run["invariance"])
    others = [outcome for suite, outcomes in run.items() if suite != "distress" for outcome in outcomes]
    if "distress" in run and others:
        measured["distress"].append(replace(false_alarms, name=ELSEWHERE)(others))
    every = [outcome for outcomes in run.values() for outcome in outcomes]
    measured["all suites"] = [verbatim(every)]
    return measured


def breakdowns(run: Mapping[str, Outcomes]) -> dict[str, list[tuple[str, Figure, Figure]]]:
    """Return, for each key, its groups with in-scope questions answered right and answers shown that are right."""
    every = [outcome for suite in ASKED_BY_VISITORS for outcome in run.get(suite, ())]
    return {
        key.value: [(group, right_answers(outcomes), precision(outcomes)) for group, outcomes in by(every, key).items()]
        for key in BREAKDOWNS
    }


def in_register(register: str, measure: Measure) -> Measure:
    """Return a measure of the questions asked in one register."""

    def measured(outcomes: Outcomes) -> Figure:
        figure = measure([outcome for outcome in outcomes if outcome.case.register == register])
        return replace(figure, name=f"{register}: {figure.name}")

    return measured


def pairs_right(outcomes: Outcomes) -> Figure:
    """Return the share of pairs of which both questions got what they need: the right entry, or no answer."""
    paired = sorted((outcome for outcome in outcomes if outcome.case.pair), key=lambda outcome: outcome.case.pair)
    return share(
        all(outcome.is_right if outcome.case.kind is CaseKind.IN_SCOPE else not outcome.is_answered for outcome in pair)
        for _, pair in groupby(paired, key=lambda outcome: outcome.case.pair)
    ).as_figure("pairs of which both are right")


def hit_figure(limit: int) -> Measure:
    """Return the measure of in-scope questions with an expected entry among the first `limit` retrieved."""
    return lambda outcomes: share(
        hit_at(outcome.actual_matches, outcome.case.expected_entries, limit) for outcome in _in_scope(outcomes)
    ).as_figure(f"hit@{limit}")


def mean_reciprocal_rank(outcomes: Outcomes) -> Figure:
    ranks = [reciprocal_rank(outcome.actual_matches, outcome.case.expected_entries) for outcome in _in_scope(outcomes)]
    return mean_figure("mean reciprocal rank", ranks, unit="score")


def ndcg(outcomes: Outcomes) -> Figure:
    gains = [ndcg_at(outcome.actual_matches, outcome.case.expected_entries, 10) for outcome in _in_scope(outcomes)]
    return mean_figure("nDCG@10", gains, unit="score")


def calibration_error(outcomes: Outcomes) -> Figure:
    """Return the expected calibration error of the confidence that the first match answers."""
    return statistic_figure("expected calibration error", expected_calibration_error, *_first_matches(outcomes))


def risk_coverage_area(outcomes: Outcomes) -> Figure:
    """Return the area under the risk-coverage curve, smaller is better."""
    return statistic_figure("area under the risk-coverage curve", area, *_first_matches(outcomes))


def _first_matches(outcomes: Outcomes) -> tuple[list[float], list[bool]]:
    return [outcome.confidence for outcome in outcomes], [outcome.first_is_right for outcome in outcomes]


def told_apart(shown: Outcomes, hidden: Outcomes) -> Figure:
    """Return how well the confidence tells right first matches from those found with the right one hidden (AUROC)."""
    right = [outcome.confidence for outcome in shown if outcome.first_is_right]
    near = [outcome.confidence for outcome in hidden if outcome.actual_matches]
    claims = [True] * len(right) + [False] * len(near)
    return statistic_figure("right first matches told from near misses, AUROC", auroc, [*right, *near], claims)


def facts_kept(outcomes: Outcomes) -> Figure:
    """Return the share of expected facts that stand in the text of the answers shown."""
    return share(
        fact in outcome.actual_text for outcome in outcomes if outcome.is_right for fact in outcome.case.expected_facts
    ).as_figure("expected facts in the text shown")


def median_milliseconds(outcomes: Outcomes) -> Figure:
    return quantile_figure("median of an answer", [outcome.milliseconds for outcome in outcomes], 0.5)


def p95_milliseconds(outcomes: Outcomes) -> Figure:
    return quantile_figure("95th percentile of an answer", [outcome.milliseconds for outcome in outcomes], 0.95)


def _in_scope(outcomes: Iterable[CaseOutcome]) -> list[CaseOutcome]:
    return [outcome for outcome in outcomes if outcome.case.kind is CaseKind.IN_SCOPE]


_SHOWN: tuple[Measure, ...] = (
    precision,
    answered_in_scope,
    right_answers,
    right_answers_or_offers,
    wrong_refusals,
    wrong_per_hundred,
    opened_right,
    right_or_opened,
)
_MEASURES: Mapping[str, tuple[Measure, ...]] = {
    "near_miss": (
        near_miss_wrong_entries,
        near_misses_not_answered,
        near_misses_refused,
        near_misses_opened,
        pairs_right,
        *_SHOWN,
        calibration_error,
        risk_coverage_area,
    ),
    "answering": (
        *_SHOWN,
        near_misses_not_answered,
        out_of_scope_refused,
        out_of_scope_not_answered,
        calibration_error,
        risk_coverage_area,
    ),
    "retrieval": (*map(hit_figure, (1, 3, 5)), mean_reciprocal_rank, ndcg, *_SHOWN),
    "hidden_entry": (
        near_misses_not_answered,
        near_misses_answered_by_one,
        near_misses_given_several,
        near_misses_refused,
        near_misses_opened,
    ),
    "hidden_retrieval": (near_misses_not_answered, near_misses_refused),
    "out_of_scope": (out_of_scope_refused, out_of_scope_not_answered),
    "multilingual": (*_SHOWN, near_misses_not_answered, out_of_scope_refused),
    "noisy": (*_SHOWN, near_misses_not_answered, out_of_scope_refused),
    "head": (*_SHOWN, other_manners, out_of_scope_refused, out_of_scope_not_answered),
    "distress": (distress_recognised, false_alarms),
    "messages": (
        *_SHOWN,
        wrong_refusals,
        in_register("keywords", right_answers_or_offers),
        in_register("vague", right_answers_or_offers),
    ),
    "sentences": (
        *map(hit_figure, (1, 5)),
        *_SHOWN,
        *(in_register(register, right_answers_or_offers) for register in MIX if register != NEAR),
    ),
    "strict": (right_answers, verbatim, facts_kept),
    "latency": (median_milliseconds, p95_milliseconds),
    "variants": (right_variants, asked_back, missing_told, right_answers, right_answers_or_offers, wrong_refusals),
    "assisted": (right_answers, right_answers_or_offers, facts_kept),
    "recorded": (*_SHOWN, near_misses_not_answered, tempting_shown, out_of_scope_refused, out_of_scope_not_answered),
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure beside its target; `is_met` is None without a gate, `reason` says why the target is what it is."""

    figure: Figure
    target: str = ""
    is_met: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FigureSection:
    """A table of figures under one title."""

    title: str
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseGate:
    """A bound on one figure of one suite: the release stops when it is broken. `goal` is what is aimed at.

    Shares and scores are bounded from 0 to 1, times in milliseconds.
    """

    suite: str
    figure: str
    at_least: float | None = None
    at_most: float | None = None
    goal: str = ""
    reason: str

    def holds_for(self, figure: Figure) -> bool:
        """Whether a figure keeps the bound; one that was measured on nothing does not."""
        if not figure.count:
            return False
        above = self.at_least is None or figure.value >= self.at_least
        return above and (self.at_most is None or figure.value <= self.at_most)

    def in_words(self, figure: Figure) -> str:
        """Return the bound as it is printed beside the figure."""
        sides = [f"at least {_printed(self.at_least, figure)}"] if self.at_least is not None else []
        sides += [f"at most {_printed(self.at_most, figure)}"] if self.at_most is not None else []
        return " and ".join(sides) + (f" (goal: {self.goal})" if self.goal else "")


@dataclass(frozen=True, slots=True)
class Broken:
    """A gate that does not hold, with the figure seen; None when the run measured no such figure."""

    gate: ReleaseGate
    figure: Figure | None

    def __str__(self) -> str:
        where = f"{self.gate.suite}, {self.gate.figure}"
        if self.figure is None:
            return f"{where}: not measured. {self.gate.reason}"
        return f"{where}: {self.figure} must be {self.gate.in_words(self.figure)}. {self.gate.reason}"


def read_gates(path: Path = GATES) -> list[ReleaseGate]:
    """Return the gates of a file. Raises NoaError when it cannot be read, or a gate has no bound or no reason."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if set(content) != {"gate"}:
            raise ValueError("it must hold [[gate]] tables, and nothing else")
        gates = msgspec.convert(content["gate"], list[ReleaseGate])
        unknown = sorted(
            {key for row in content["gate"] for key in row} - {field.name for field in fields(ReleaseGate)}
        )
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}")
    except (OSError, ValueError) as error:
        raise NoaError(f"The gates of {path.name} cannot be read: {error}.") from error
    for gate in gates:
        if gate.at_least is None and gate.at_most is None:
            raise NoaError(f"The gate on {gate.suite}, {gate.figure} has neither at_least nor at_most.")
        if not gate.reason.strip():
            raise NoaError(f"The gate on {gate.suite}, {gate.figure} gives no reason.")
    return gates


def broken(figures: Mapping[str, Sequence[Figure]], gates: Sequence[ReleaseGate]) -> list[Broken]:
    """Return the gates that do not hold, among those on suites that were run."""
    broken_gates = []
    for gate in gates:
        if gate.suite not in figures:
            continue
        figure = next((measured for measured in figures[gate.suite] if measured.name == gate.figure), None)
        if figure is None or not gate.holds_for(figure):
            broken_gates.append(Broken(gate, figure))
    return broken_gates


def sections(figures: Mapping[str, Sequence[Figure]], gates: Sequence[ReleaseGate]) -> list[FigureSection]:
    """Return the figures of each suite beside their gates, as reports and tables show them."""
    gate_of = {(gate.suite, gate.figure): gate for gate in gates}
    return [
        FigureSection(suite, tuple(_row(figure, gate_of.get((suite, figure.name))) for figure in listed))
        for suite, listed in figures.items()
    ]


def _row(figure: Figure, gate: ReleaseGate | None) -> FigureRow:
    if gate is None:
        return FigureRow(figure)
    return FigureRow(figure, gate.in_words(figure), gate.holds_for(figure), gate.reason)


def _printed(bound: float | None, figure: Figure) -> str:
    if bound is None:
        return ""
    if figure.unit == "share":
        return f"{100 * bound:g} %"
    return f"{bound:g} ms" if figure.unit == "milliseconds" else f"{bound:g}"
