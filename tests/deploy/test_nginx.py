"""deploy/nginx.conf in the real nginx, on loopback, in front of a small application that tells what reached it."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from evals.lab.benches.served import free_port
from noa_rag.web.api.openai import MAX_CHAT_BYTES
from tests.deploy.nginx_server import NEEDS_NGINX, WAIT_SECONDS, running_nginx

pytestmark = NEEDS_NGINX
CONNECTIONS = 5  # of one address, where the file has 100


async def telling_app(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """Answer with the client, the scheme and the headers that the application sees."""
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    request = {"client": scope["client"][0], "scheme": scope["scheme"], "headers": headers}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(request).encode()})


@pytest.fixture(scope="module")
def application() -> Iterator[int]:
    """The port of an application that trusts the proxy on this machine, as the unit sets it up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        config = uvicorn.Config(
            telling_app, lifespan="off", log_level="error", proxy_headers=True, forwarded_allow_ips=["127.0.0.1"]
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def nginx(application: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx with the files as they are, but for addresses, paths, a deadline and the limits by address."""
    changes = {
        "limit_conn noa_connections 100": f"limit_conn noa_connections {CONNECTIONS}",
        "rate=20r/s": "rate=1000r/s",  # connections are what is counted here
        "client_header_timeout 10s": "client_header_timeout 1s",
    }
    with running_nginx(tmp_path_factory.mktemp("nginx"), nodes=[application], changes=changes) as port:
        yield port


@pytest.fixture
def visitor(nginx: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"https://127.0.0.1:{nginx}", verify=False, timeout=WAIT_SECONDS) as client:
        yield client


def secured(port: int, *, address: str = "127.0.0.1") -> ssl.SSLSocket:
    """Return a connection to nginx from an address of this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), WAIT_SECONDS, (address, 0)))


def test_a_page_passes_with_the_client_and_the_scheme(visitor: httpx.Client) -> None:
    reply = visitor.get("/", headers={"host": "noa.example.fr"}).raise_for_status().json()

    assert (reply["client"], reply["scheme"]) == ("127.0.0.1", "https")
    assert reply["headers"]["host"] == "noa.example.fr"


def test_forwarding_headers_that_a_client_invents_do_not_reach_the_application(visitor: httpx.Client) -> None:
    invented = "203.0.113.9"
    names = ("x-forwarded-for", "x-real-ip", "forwarded", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto")

    reply = visitor.get("/", headers=dict.fromkeys(names, invented)).raise_for_status().json()

    assert reply["client"] == "127.0.0.1"
    assert invented not in json.dumps(reply)


def test_a_header_that_trickles_is_cut(nginx: int) -> None:
    with secured(nginx) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: noa.example.fr\r\n")
        until = time.monotonic() + WAIT_SECONDS
        with pytest.raises((ssl.SSLError, OSError)):  # noqa: PT012
            while time.monotonic() < until:
                connection.sendall(b"x-slow: 1\r\n")
                time.sleep(0.2)
            pytest.fail("the connection is still open")


def test_long_bodies_are_refused_outside_of_the_workspace(visitor: httpx.Client) -> None:
    assert visitor.post("/api/v1/ask", content=b"x" * 300_000).status_code == 413
    assert visitor.post("/revuex", content=b"x" * 300_000).status_code == 413


def test_conversations_as_long_as_the_chat_protocol_takes_reach_noa(visitor: httpx.Client) -> None:
    assert visitor.post("/v1/chat/completions", content=b"x" * 2 * MAX_CHAT_BYTES).status_code == 200
    assert visitor.post("/v1/chat/completions", content=b"x" * (2 * MAX_CHAT_BYTES + 1)).status_code == 413


def spellings(path: str) -> list[str]:
    """Return addresses that nginx or the application may take for this path."""
    first, rest = path[1], path[2:]
    return [
        *(path + end for end in ("", "/", "//", "%2f", "/.", "/x/..", "?a=1", "#a")),
        *(before + path for before in ("/", "/.", "/x/..", "/%2e", "/x/%2e%2e")),
        f"/%{ord(first):02x}{rest}",
        path.upper(),
        path.capitalize(),
    ]


def status_of(nginx: int, target: str, *, address: str) -> int:
    """Return the status of a request whose target is sent as it is written, from an address of this machine."""
    with secured(nginx, address=address) as connection:
        connection.sendall(f"GET {target} HTTP/1.0\r\nhost: noa.example.fr\r\n\r\n".encode())
        return int(connection.recv(1_000).split()[1])


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_what_watches_the_service_is_closed_to_the_public_however_it_is_spelt(nginx: int, path: str) -> None:
    statuses = {spelling: status_of(nginx, spelling, address="127.0.0.2") for spelling in spellings(path)}

    assert set(statuses.values()) == {404 if path == "/metrics" else 403}, statuses


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_is_open_to_this_machine(nginx: int, path: str) -> None:
    assert [status_of(nginx, address, address="127.0.0.1") for address in (path, path + "/")] == [200, 200]


@pytest.mark.parametrize("prefix", ["/revue", "/en/revue"])
def test_the_workspace_has_the_same_limits_in_both_languages(visitor: httpx.Client, prefix: str) -> None:
    for path in (prefix, f"{prefix}/fiches", f"{prefix}//fiches", f"{prefix}%2ffiches", f"{prefix}/x/../fiches"):
        assert visitor.post(path, content=b"x" * 4_000_000).status_code == 200, path
        assert visitor.post(path, content=b"x" * 5_000_000).status_code == 413, path


@pytest.mark.parametrize("path", ["/", "/en/revue/fiches", "/ready", "/metrics"])
def test_browsers_are_told_to_come_over_tls_alone(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path).headers["strict-transport-security"] == "max-age=31536000"


def test_an_address_with_too_many_connections_is_turned_away(nginx: int) -> None:
    held: list[ssl.SSLSocket] = []
    try:
        for _ in range(CONNECTIONS):
            held.append(secured(nginx))
            held[-1].sendall(b"POST / HTTP/1.1\r\nhost: noa.example.fr\r\ncontent-length: 9\r\n\r\n")
        time.sleep(0.2)
        with secured(nginx) as surplus:
            surplus.sendall(b"GET / HTTP/1.1\r\nhost: noa.example.fr\r\n\r\n")
            assert surplus.recv(1_000).startswith(b"HTTP/1.1 503")
    finally:
        for connection in held:
            connection.close()


def test_a_node_that_is_gone_is_passed_over_for_pages_questions_and_the_workspace(
    application: int, tmp_path: Path
) -> None:
    changes = {"rate=20r/s": "rate=1000r/s"}
    with (
        running_nginx(tmp_path, nodes=[free_port(), application, free_port()], changes=changes) as port,
        httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False, timeout=WAIT_SECONDS) as client,
    ):
        statuses = [
            reply.status_code
            for _ in range(6)
            for reply in (client.get("/"), client.post("/api/v1/ask", content=b"{}"), client.post("/revue/connexion"))
        ]

    assert statuses == [200] * 18


def test_requests_of_an_address_are_counted_for_all_nodes_together(application: int, tmp_path: Path) -> None:
    changes = {"rate=20r/s": "rate=1r/s", "burst=200": "burst=4"}
    with (
        running_nginx(tmp_path, nodes=[application, application], changes=changes) as port,
        httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False, timeout=WAIT_SECONDS) as client,
    ):
        statuses = [client.get("/").status_code for _ in range(12)]

    assert statuses[:5] == [200] * 5
    assert statuses.count(429) >= 4
