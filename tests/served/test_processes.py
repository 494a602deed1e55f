"""The processes of a running service: they are started again when they end, and nothing is left behind."""

import signal
import socket
from pathlib import Path

import psutil
import pytest

from evals.lab.benches.served import START_SECONDS, Served, wait_until
from noa_rag.web.operations.supervision import STOP_SECONDS

pytestmark = pytest.mark.model

QUESTION = "Comment déposer une marque ?"


def is_replaced(service: Served, name: str, old: psutil.Process) -> bool:
    return service.processes().get(name, old).pid != old.pid


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


REPLACED_SECONDS = 20  # half a second of waiting, and a new interpreter on a busy machine


def test_workers_that_are_killed_are_started_again_while_visitors_are_answered(two_workers: Served) -> None:
    before = two_workers.processes()

    before["noa-worker-1"].kill()

    assert wait_until(lambda: is_replaced(two_workers, "noa-worker-1", before["noa-worker-1"]), REPLACED_SECONDS)
    assert two_workers.processes()["noa-worker-2"].pid == before["noa-worker-2"].pid
    assert two_workers.ask(QUESTION)["status"] == "answered"
    before["noa-worker-2"].kill()  # the new first worker answers alone
    assert wait_until(two_workers.is_answering, START_SECONDS)
    assert wait_until(lambda: is_replaced(two_workers, "noa-worker-2", before["noa-worker-2"]), REPLACED_SECONDS)


def test_a_killed_supervisor_leaves_nothing_behind_and_can_be_started_again_at_once(two_workers: Served) -> None:
    two_workers.kill()

    assert wait_until(lambda: not two_workers.left(), 5)
    assert not is_listening(two_workers.port)
    two_workers.start()
    assert two_workers.ask(QUESTION)["status"] == "answered"


def test_a_worker_that_stopped_answering_does_not_keep_the_service_from_ending(two_workers: Served) -> None:
    two_workers.processes()["noa-worker-1"].suspend()

    assert two_workers.stop() < STOP_SECONDS + 5

    assert wait_until(lambda: not two_workers.left(), 5)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_service_that_is_told_to_end_while_it_starts_ends_at_once(
    workers: int, variables: dict[str, str | Path]
) -> None:
    service = Served(variables, workers=workers)
    service.begin()
    wait_until(lambda: service.has_ended() or psutil.Process(service.pid).memory_info().rss > 200_000_000, 60)

    assert not service.has_ended()
    assert service.stop() < STOP_SECONDS + 5

    assert wait_until(lambda: not service.left(), 5)
    assert not is_listening(service.port)


def test_one_process_that_is_killed_can_be_started_again_at_once(variables: dict[str, str | Path]) -> None:
    with Served(variables) as service:
        service.kill()

        service.start()

        assert service.ask(QUESTION)["status"] == "answered"
        psutil.Process(service.pid).send_signal(signal.SIGINT)
        assert wait_until(service.has_ended, STOP_SECONDS + 5)
