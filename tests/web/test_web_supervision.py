"""Processes under supervision, with tiny ones in place of workers."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from evals.lab.benches.served import free_port, wait_until
from noa_rag.web.operations import supervision
from noa_rag.web.operations.supervision import Child


def end_at_once() -> None:
    os._exit(3)


def sleep_deaf(folder: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / str(os.getpid())).touch()
    time.sleep(60)


def tend_until(child: Child, is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        child.tend()
        time.sleep(0.01)


def test_a_process_that_ends_soon_is_started_again_later_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(supervision, "LONGEST_WAIT_SECONDS", 0.06)
    child, started_at = Child("ends", f"{__name__}:end_at_once"), []

    with capture_logs() as logs:
        for _ in range(4):
            tend_until(child, lambda: child._process is not None)
            started_at.append(child._started_at)
            tend_until(child, lambda: child._process is None)

    waits = [log["again_in_seconds"] for log in logs if log["event"] == "process_ended"][:3]
    assert waits == [0.02, 0.04, 0.06]
    assert all(later - earlier >= wait for wait, (earlier, later) in zip(waits, pairwise(started_at), strict=True))


@pytest.mark.slow
def test_a_worker_whose_event_loop_is_stuck_ends() -> None:
    program = (
        "import socket, sys, time; from ctypes import c_bool; from litestar import Litestar, get\n"
        "from noa_rag.settings import Settings; from noa_rag.web.operations import server\n"
        "@get('/', sync_to_thread=False)\n"
        "def hangs() -> None: time.sleep(60)\n"
        "server.SILENCE_SECONDS, server.application = 2, lambda *_, **__: Litestar([hangs])\n"
        "listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "server.run_worker(Settings(), listener, None, c_bool())"
    )
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", program, str(port)], stderr=subprocess.PIPE) as worker:
        try:
            assert wait_until(lambda: is_asked(port), 60)
            assert worker.wait(30) == 1
            assert worker.stderr is not None
            assert b"hangs" in worker.stderr.read()  # it says where
        finally:
            worker.kill()


def is_asked(port: int) -> bool:
    """Send a request; return whether somebody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nhost: noa\r\n\r\n")
            time.sleep(0.1)
            return True
    except OSError:
        return False


def test_processes_that_do_not_listen_to_sigterm_are_killed_in_time(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from noa_rag.web.operations import supervision as s;"
        "s.STOP_SECONDS, target = 1, 'tests.web.test_web_supervision:sleep_deaf';"
        "s.supervise([s.Child(f'deaf-{n}', target, Path(sys.argv[1])) for n in (1, 2)])"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    try:
        until = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)

        supervisor.terminate()
        supervisor.wait(10)

        assert not any(psutil.pid_exists(int(path.name)) for path in tmp_path.iterdir())
    finally:
        supervisor.kill()
        supervisor.wait()
