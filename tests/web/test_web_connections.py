"""Connections that are slow or too many, against a real server on loopback whose deadlines are short."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest
import uvicorn

from evals.lab.benches.served import wait_until
from noa_rag.web.operations import connections
from noa_rag.web.operations.connections import ConnectionLimits, LimitedProtocol

WAIT_SECONDS = 5
ANSWER = b"HTTP/1.1 200"
SLOW_ANSWER_SECONDS = 1.2  # longer than every deadline here


async def small_app(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """Answer the length of the body; slowly, by halves, at /slow, and with more than anybody reads at /large."""
    if scope["type"] != "http":
        return
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/slow":
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.sleep(SLOW_ANSWER_SECONDS)
    if scope["path"] == "/large":
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
    await send({"type": "http.response.body", "body": str(size).encode(), "more_body": False})


@contextmanager
def served(limits: ConnectionLimits) -> Iterator[int]:
    """Yield the port of a server in a thread of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        protocol: Any = partial(LimitedProtocol, limits=limits)
        config = uvicorn.Config(small_app, http=protocol, lifespan="off", log_level="error", timeout_keep_alive=60)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        port = listener.getsockname()[1]
        thread.start()
        yield port
        server.should_exit = server.force_exit = True
        thread.join()


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUEST_SECONDS", "READER_SECONDS"):
        monkeypatch.setattr(connections, name, 0.5)


@pytest.fixture
def port() -> Iterator[int]:
    with served(ConnectionLimits(total=100, per_client=100)) as port:
        yield port


def connect(port: int, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
    connection.sendall(sent)
    return connection


def read(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except ConnectionResetError:
        pass
    return received


def trickle(connection: socket.socket, part: bytes) -> bytes:
    """Send a part again and again, each well within the deadline; return what came before the other side closed."""
    connection.settimeout(0.1)
    until = time.monotonic() + WAIT_SECONDS
    received = b""
    while time.monotonic() < until:
        try:
            connection.sendall(part)
            if not (came := connection.recv(65_536)):
                return received
            received += came
        except TimeoutError:
            continue
        except (ConnectionResetError, BrokenPipeError):
            return received
    raise AssertionError("the connection is still open")


def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    with connect(port) as connection:
        assert read(connection) == b""


def test_a_header_that_trickles_is_cut(port: int) -> None:
    with connect(port, b"GET / HTTP/1.1\r\nhost: noa\r\n") as connection:
        trickle(connection, b"x-slow: 1\r\n")


@pytest.mark.parametrize("part", [b"\r\n", b"G"])
def test_the_header_of_a_next_request_is_cut_too(port: int, part: bytes) -> None:
    with connect(port, b"GET / HTTP/1.1\r\nhost: noa\r\n\r\n") as connection:
        assert connection.recv(1_000).startswith(ANSWER)

        trickle(connection, part)


@pytest.mark.parametrize(
    ("header", "part"), [(b"content-length: 1000", b"x"), (b"transfer-encoding: chunked", b"1\r\nx\r\n")]
)
def test_a_body_that_trickles_is_cut_and_told_so(port: int, header: bytes, part: bytes) -> None:
    with connect(port, b"POST / HTTP/1.1\r\nhost: noa\r\n" + header + b"\r\n\r\n") as connection:
        assert trickle(connection, part).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_an_endless_header_is_refused_before_its_deadline(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 60)
    with connect(port, b"GET / HTTP/1.1\r\nx-long: ") as connection:
        assert trickle(connection, b"x" * 30_000).startswith(b"HTTP/1.1 431")


def test_an_answer_that_takes_longer_than_every_deadline_is_not_cut(port: int) -> None:
    with connect(port, b"GET /slow HTTP/1.1\r\nhost: noa\r\nconnection: close\r\n\r\n") as connection:
        assert b"half" in read(connection)

    with connect(port, b"GET /slow HTTP/1.1\r\nhost: noa\r\n\r\nGET / HTTP/1.1\r\n") as connection:
        received = read(connection)  # the request behind it is slow, the answer before it is complete

    assert received.endswith(b"half\r\n1\r\n0\r\n0\r\n\r\n")


def test_whoever_does_not_read_an_answer_loses_the_connection() -> None:
    limits = ConnectionLimits(total=100, per_client=100)
    with served(limits) as port, connect(port, b"GET /large HTTP/1.1\r\nhost: noa\r\n\r\n"):
        assert wait_until(lambda: bool(limits.counts), WAIT_SECONDS)
        assert wait_until(lambda: not limits.counts, WAIT_SECONDS)


@pytest.mark.parametrize("limits", [{"total": 100, "per_client": 3}, {"total": 3, "per_client": 100}])
def test_connections_beyond_a_limit_are_turned_away_until_one_ends(limits: dict[str, int]) -> None:
    with served(ConnectionLimits(**limits)) as port:
        held = [connect(port) for _ in range(3)]
        with connect(port) as surplus:
            refusal = read(surplus)

        held.pop().close()

        time.sleep(0.1)
        with connect(port, b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n") as next_one:
            assert read(next_one).startswith(ANSWER)
        for connection in held:
            connection.close()

    assert refusal.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 5" in refusal


def test_exempt_networks_are_not_counted() -> None:
    limits = ConnectionLimits(total=100, per_client=1, exempt=(ip_network("127.0.0.0/8"),))
    request = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"
    with served(limits) as port, connect(port), connect(port, request) as second:
        assert read(second).startswith(ANSWER)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("2001:db8::1", "2001:db8::/64"),  # one subscriber has a /64
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", None),
        ("::ffff:192.0.2.9", None),
    ],
)
def test_clients_are_counted_by_address_or_by_their_64(address: str, client: str | None) -> None:
    limits = ConnectionLimits(total=1, per_client=1, exempt=[ip_network("fe80::/64"), ip_network("192.0.2.9")])

    assert limits.client_of(address) == client
