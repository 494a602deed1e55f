"""A service of two workers that is told to end: what is under way is answered, what is new is refused, in time."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from evals.lab.benches.served import free_port, wait_until
from noa_rag.web.operations.server import GRACEFUL_SECONDS, LEAVING_SECONDS

BODY = b'{"question": "marque ?", "lang": "fr"}'
HEAD = b"POST /api/v1/ask HTTP/1.1\r\nhost: noa\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
START_SECONDS = 60


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def service(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", "tests.web.workers_of_a_fake", str(port)])
    assert wait_until(lambda: answered(port), START_SECONDS)
    yield process
    process.kill()
    process.wait()


def answered(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
            connection.sendall(b"GET /ready HTTP/1.1\r\nhost: noa\r\nconnection: close\r\n\r\n")
            return connection.recv(1_000).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def begun(port: int) -> socket.socket:
    """Return a connection whose request has come but for the end of its body."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS)
    connection.sendall(HEAD % len(BODY) + BODY[:10])
    return connection


def is_refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.slow
def test_what_is_under_way_is_answered_what_is_new_is_refused_and_what_never_ends_keeps_nobody(
    service: "subprocess.Popen[bytes]", port: int
) -> None:
    under_way, never_ends = [begun(port) for _ in range(4)], begun(port)
    time.sleep(0.5)  # until workers have taken them

    start = time.monotonic()
    service.terminate()

    assert wait_until(lambda: not answered(port), LEAVING_SECONDS)
    time.sleep(LEAVING_SECONDS / 2)
    assert not is_refused(port)  # balancers find /ready at 503 before connections close
    assert wait_until(lambda: is_refused(port), LEAVING_SECONDS + 3)
    assert service.poll() is None
    for connection in under_way:
        connection.sendall(BODY[10:])
    replies = [connection.recv(65_536) for connection in under_way]
    assert [reply.partition(b"\r\n")[0] for reply in replies] == [b"HTTP/1.1 200 OK"] * 4
    service.wait(2 * GRACEFUL_SECONDS)
    assert time.monotonic() - start > GRACEFUL_SECONDS / 2  # the last one was waited for
    for connection in (*under_way, never_ends):
        connection.close()
