"""`python -m evals.lab.benches.beside_suites`: how much longer answers take while the same service runs a suite."""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np

from evals.runner.bases import ROOT, keep, opened
from evals.runner.service_runs import Cancelled, ServiceRuns
from evals.suites.suite_list import SUITE_LIST
from noa_rag.cli.console import shown_progress
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa

ROUNDS = 4  # idle and busy take turns, so that other work on the machine weighs on both
SECONDS = 15.0
EVERY_SECONDS = 0.2  # arrivals at a fixed rate; the time counts from when a question was due
THREADS = 2  # as in the web's waiting line
RESULT = ROOT / "build" / "service_bench.json"


def main(rest_share: float | None = None) -> None:
    """Print the 95th percentiles idle and busy, and their ratio; keep them as JSON."""
    if rest_share is not None:
        import evals.runner.service_runs

        evals.runner.service_runs.REST_SHARE = rest_share
    with shown_progress() as progress, opened("pack", pack=True, fiches=False, progress=progress) as noa:
        if noa.verifier is not None:
            noa.verifier.warm()
        questions = [case.question for case in SUITE_LIST["retrieval"].cases(noa)]
        _answer_times(noa, questions[:40], seconds=4.0)  # the first ones warm up
        idle: list[float] = []
        busy: list[float] = []
        for number in range(ROUNDS):
            asked = questions[number * 60 :] + questions[: number * 60]
            idle += _answer_times(noa, asked)
            busy += _while_running(noa, asked)
    found = {
        "idle_p50_ms": _quantile(idle, 0.5),
        "idle_p95_ms": _quantile(idle, 0.95),
        "busy_p50_ms": _quantile(busy, 0.5),
        "busy_p95_ms": _quantile(busy, 0.95),
        "ratio_p95": round(_quantile(busy, 0.95) / _quantile(idle, 0.95), 2),
        "questions": len(idle) + len(busy),
    }
    keep(RESULT, found)
    print(json.dumps(found))


def _while_running(noa: Noa, questions: Sequence[str]) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        runs = ServiceRuns(Path(folder))
        begun = threading.Event()

        def work() -> None:
            def progress(doing: str, done: int, total: int) -> None:
                if total:
                    begun.set()

            with suppress(Cancelled):
                runs.run(noa, [SUITE_LIST["near_miss"], SUITE_LIST["hidden_entry"]], progress=progress)

        running = threading.Thread(target=work)
        running.start()
        begun.wait()
        times = _answer_times(noa, questions)
        if not running.is_alive():
            raise AssertionError("the run ended before the questions did: nothing was measured")
        runs.cancel()
        running.join()
    return times


def _answer_times(noa: Noa, questions: Sequence[str], *, seconds: float = SECONDS) -> list[float]:
    """Ask at a fixed rate and return how long after its moment each answer was there, in milliseconds."""
    answering = noa.answering(is_recorded=False)
    start = time.perf_counter()

    def ask(question: str, due_at: float) -> float:
        answering.ask(Ask(question))
        return 1_000 * (time.perf_counter() - due_at)

    with ThreadPoolExecutor(THREADS) as line:
        waiting = []
        for number in range(int(seconds / EVERY_SECONDS)):
            due_at = start + number * EVERY_SECONDS
            time.sleep(max(0.0, due_at - time.perf_counter()))
            waiting.append(line.submit(ask, questions[number % len(questions)], due_at))
        return [one.result() for one in waiting]


def _quantile(times: Sequence[float], at: float) -> float:
    return round(float(np.quantile(times, at)), 1)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else None)
