"""Background work rests, and waits while visitors are being answered."""

import threading

import pytest

from noa_rag.service.upkeep import Visitors

LONG = 10  # seconds, for what comes at once


@pytest.fixture
def visitors() -> Visitors:
    return Visitors()


def working(visitors: Visitors, stop: threading.Event, *, rest: float = 0.0) -> tuple[threading.Thread, list[bool]]:
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(visitors.let_go_first(rest, stop)))
    thread.start()
    return thread, results


def test_work_waits_until_the_last_visitor_has_her_answer(visitors: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noa_rag.service.upkeep.LONGEST_WAIT_SECONDS", LONG)
    with visitors.one_more():
        with visitors.one_more():
            thread, results = working(visitors, threading.Event())
        thread.join(0.2)
        assert results == []

    thread.join(LONG)
    assert results == [False]


@pytest.mark.parametrize("rest", [0.0, 60.0], ids=["waiting", "resting"])
def test_work_stops_when_the_service_does(visitors: Visitors, monkeypatch: pytest.MonkeyPatch, rest: float) -> None:
    monkeypatch.setattr("noa_rag.service.upkeep.LONGEST_WAIT_SECONDS", 60)
    stop = threading.Event()
    with visitors.one_more():
        thread, results = working(visitors, stop, rest=rest)
        stop.set()
        thread.join(LONG)

    assert results == [True]
