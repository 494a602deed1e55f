"""`noa eval run rephrasing`: shares by kind, and gates that a step back breaks."""

import pytest

from evals.metrics.figure import Figure, share
from evals.runner.evaluate import read_gates
from evals.runner.rephrasing import TURNED_NAME, WITH_CHECKER, CheckedRephrasing, figures_of
from evals.runner.running import against_gates


def _cases(kind: str, right: int, wrong: int) -> list[CheckedRephrasing]:
    return [CheckedRephrasing(f"{kind}-{n}", kind, n < right, ()) for n in range(right + wrong)]


def _named(figures: list[Figure], name: str) -> Figure:
    return next(figure for figure in figures if figure.name == name)


def test_faithful_ones_and_wrong_ones_are_counted_apart_and_by_kind() -> None:
    figures = figures_of([*_cases("faithful", 7, 3), *_cases("negation", 9, 1), *_cases("date", 10, 0)])

    assert _named(figures, "faithful: shown whole").value == pytest.approx(0.7)
    assert _named(figures, "wrong: not shown").value == pytest.approx(0.95)
    assert _named(figures, "checked to the letter: not shown").value == 1
    assert _named(figures, "negation: not shown").value == pytest.approx(0.9)


def test_a_single_wrong_date_breaks_a_gate() -> None:
    assert {gate.figure for gate in read_gates() if gate.suite == WITH_CHECKER} >= {"checked to the letter: not shown"}
    right = [*_cases("faithful", 10, 0), *_cases("negation", 99, 1)]

    turned = share([True]).as_figure(TURNED_NAME)

    assert not against_gates({WITH_CHECKER: [*figures_of([*right, *_cases("date", 100, 0)]), turned]}).broken
    (complaint,) = against_gates({WITH_CHECKER: [*figures_of([*right, *_cases("date", 99, 1)]), turned]}).broken
    assert "checked to the letter" in str(complaint)
