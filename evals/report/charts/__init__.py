"""The charts of a run, one file each."""

from collections.abc import Sequence

from evals.metrics import share
from evals.metrics.breakdown import Key, by
from evals.report.chart import Chart
from evals.report.charts.bars import bars
from evals.report.charts.confidence import confidence_histogram
from evals.report.charts.hidden import hidden_trade_off
from evals.report.charts.latency import latency
from evals.report.charts.populations import as_asked, in_scope
from evals.report.charts.reliability import reliability_diagram
from evals.report.charts.risk_coverage import risk_coverage
from evals.report.drawing import RIGHT, WRONG
from evals.runner.outcomes import Outcome


def run_charts(outcomes: Sequence[Outcome]) -> list[Chart]:
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


def _wrong_by_contrast(outcomes: Sequence[Outcome]) -> Chart | None:
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


def _right_by(key: Key, outcomes: Sequence[Outcome]) -> Chart | None:
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
