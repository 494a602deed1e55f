"""Questions at a fixed rate: what is told of the answers, the refusals and the memory."""

import pytest

from evals.lab.benches.open_loop import OpenLoop, Soak


def test_refusals_must_come_within_a_hundred_milliseconds_and_nothing_else_may_happen() -> None:
    asked = OpenLoop(40.0, answered=[300.0] * 50, refused=[20.0] * 50)
    assert asked.is_well()

    asked.refused += [150.0] * 10
    assert not asked.is_well()

    asked.refused = []
    asked.others["ReadTimeout"] += 1
    assert not asked.is_well()


def test_the_slope_of_memory_is_told_in_megabytes_an_hour() -> None:
    growing = [(float(at), 800.0 + at / 3_600 * 3) for at in range(0, 1_800, 5)]

    assert Soak(700.0, OpenLoop(5.0), growing).slope == pytest.approx(3.0, abs=0.01)
