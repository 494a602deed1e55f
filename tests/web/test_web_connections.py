"""Connections that are slow or too many, against a real server on loopback whose deadlines are short."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_network
from typing import Any

import pytest
import uvicorn

from noa_rag.web.operations import connections
from noa_rag.web.operations.connections import OpenConnections, guarded

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
def served(open_connections: OpenConnections) -> Iterator[int]:
    """Yield the port of a server of its own thread."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        config = uvicorn.Config(
            small_app, http=guarded(open_connections), lifespan="off", log_level="error", timeout_keep_alive=60
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        port = listener.getsockname()[1]
        thread.start()
        yield port
        server.should_exit = server.force_exit = True
        thread.join()


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEADER_SECONDS", "BODY_SECONDS", "READER_SECONDS"):
        monkeypatch.setattr(connections, name, 0.5)


@pytest.fixture
def port() -> Iterator[int]:
    with served(OpenConnections(limit=100, limit_per_client=100)) as port:
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


def test_a_body_that_trickles_is_cut_and_told_so(port: int) -> None:
    with connect(port, b"POST / HTTP/1.1\r\nhost: noa\r\ncontent-length: 1000\r\n\r\n") as connection:
        assert trickle(connection, b"x").startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_a_body_in_trickling_chunks_is_cut(port: int) -> None:
    with connect(port, b"POST / HTTP/1.1\r\nhost: noa\r\ntransfer-encoding: chunked\r\n\r\n") as connection:
        assert trickle(connection, b"1\r\nx\r\n").startswith(b"HTTP/1.1 408")


def test_an_endless_header_is_refused_before_its_deadline(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 60)
    with connect(port, b"GET / HTTP/1.1\r\nx-long: ") as connection:
        assert trickle(connection, b"x" * 30_000).startswith(b"HTTP/1.1 431")


def test_an_answer_that_takes_longer_than_every_deadline_is_not_cut(port: int) -> None:
    with connect(port, b"GET /slow HTTP/1.1\r\nhost: noa\r\nconnection: close\r\n\r\n") as connection:
        assert b"half" in read(connection)

    with connect(port, b"GET /slow HTTP/1.1\r\nhost: noa\r\n\r\nGET / HTTP/1.1\r\n") as connection:
        received = read(connection)  # the request behind it is slow, the answer before it is complete

    assert received.endswith(b"half\r\n1\r\n0\r\n0\r\n\r\n")


def test_whoever_does_not_read_an_answer_loses_the_connection() -> None:
    open_connections = OpenConnections(limit=100, limit_per_client=100)
    with served(open_connections) as port, connect(port, b"GET /large HTTP/1.1\r\nhost: noa\r\n\r\n"):
        until = time.monotonic() + WAIT_SECONDS
        while not open_connections._clients:
            assert time.monotonic() < until
        while open_connections._clients:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_a_client_with_too_many_connections_is_turned_away_until_one_ends() -> None:
    with served(OpenConnections(limit=100, limit_per_client=3)) as port:
        held = [connect(port) for _ in range(3)]
        with connect(port) as surplus:
            assert read(surplus).startswith(b"HTTP/1.1 503")

        held.pop().close()

        time.sleep(0.1)
        with connect(port, b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n") as next_one:
            assert read(next_one).startswith(ANSWER)
        for one in held:
            one.close()


def test_exempt_networks_are_not_counted() -> None:
    exempt = (ip_network("127.0.0.0/8"),)
    open_connections = OpenConnections(limit=100, limit_per_client=1, exempt=exempt)
    asked = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n"
    with served(open_connections) as port, connect(port), connect(port, asked) as second:
        assert read(second).startswith(ANSWER)


def test_where_there_is_no_room_whoever_kept_us_waiting_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 60)
    with served(OpenConnections(limit=3, limit_per_client=100)) as port:
        answered = connect(port, b"GET /slow HTTP/1.1\r\nconnection: close\r\n\r\n")
        assert answered.recv(1_000).startswith(ANSWER)
        oldest, younger = connect(port, b"GET"), connect(port, b"GET")

        with connect(port, b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n") as visitor:
            assert read(visitor).startswith(ANSWER)

        assert read(oldest) == b""
        younger.sendall(b" / HTTP/1.1\r\nconnection: close\r\n\r\n")
        assert read(younger).startswith(ANSWER)
        assert read(answered).endswith(b"0\r\n\r\n")
        for one in (answered, oldest, younger):
            one.close()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8::1", "2001:db8::2", True),  # one subscriber has a /64
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_clients_are_counted_by_address_or_by_their_64(one: str, other: str, is_same: bool) -> None:
    class Connection:
        def __init__(self, address: str) -> None:
            self.client = (address, 1)

    counted = OpenConnections(limit=10, limit_per_client=1)

    assert counted.admit(Connection(one))  # type: ignore[arg-type]
    assert counted.admit(Connection(other)) is not is_same  # type: ignore[arg-type]
    exempt = OpenConnections(
        limit=10, limit_per_client=0, exempt=[ip_network("2001:db8::/64"), ip_network("192.0.2.1")]
    )
    assert exempt.admit(Connection(one)) is (one != "192.0.2.2")  # type: ignore[arg-type]
