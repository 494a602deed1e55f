"""The socket that a service listens on, and limits on connections that take too long or are too many.

nginx holds slow clients off by itself (deploy/nginx.conf). uvicorn does not: it waits for ever for a request.
"""

import asyncio
import ipaddress
import resource
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from noa_rag.domain.errors import NoaError
from noa_rag.domain.limits import network_of

BACKLOG = 2048  # connections that the system holds until a worker takes them, also while all are being restarted
REQUEST_SECONDS = 30.0  # from the connection, or from the first byte of a next request, to the end of the body
READER_SECONDS = 30.0  # for 64 KB of an answer to be read
MAX_HEADER_BYTES = 64 * 1024  # httptools has no limit of its own
MOST_DESCRIPTORS = 65_536
CONNECTION_SHARE = 0.75  # of the descriptors; the database, the index and the models need the others

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class ConnectionLimits:
    """How many connections this process may hold in all and for each client, and how many each client holds now.

    Clients in `exempt` networks are not counted.
    """

    total: int
    per_client: int
    exempt: Sequence[Network] = ()
    counts: Counter[str] = field(default_factory=Counter)

    def client_of(self, host: str) -> str | None:
        """Return the client for which a connection from this address is counted, None when it is not counted."""
        host = host.partition("%")[0]
        address = ipaddress.ip_address(host)
        address = getattr(address, "ipv4_mapped", None) or address
        return None if any(address in network for network in self.exempt) else network_of(host)


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits, and with deadlines for a request and for whoever reads the answer.

    It does not limit how long an answer takes to be computed or streamed.
    """

    def __init__(self, *args: Any, limits: ConnectionLimits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._client: str | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._reader_deadline: asyncio.TimerHandle | None = None
        self._is_in_header = False
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        limits = self._limits
        self._client = client = limits.client_of(self.client[0]) if self.client else None
        if client is not None:
            limits.counts[client] += 1
        has_too_many = client is not None and limits.counts[client] > limits.per_client
        if has_too_many or len(self.connections) > limits.total:
            self._refuse(503, b"Too many connections.")
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._client is not None:
            self._limits.counts[self._client] -= 1
            if not self._limits.counts[self._client]:
                del self._limits.counts[self._client]
        self._set_deadline(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:
            self._await_request()
        was_in_header = self._is_in_header
        super().data_received(data)
        if was_in_header and self._is_in_header and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._refuse(431, b"The header is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:  # behind another request, in one piece with it
            self._await_request()

    def on_headers_complete(self) -> None:
        self._is_in_header = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._set_deadline(None)
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reader_deadline = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._reader_deadline is not None:
            self._reader_deadline.cancel()
            self._reader_deadline = None
        super().resume_writing()

    def _await_request(self) -> None:
        self._is_in_header = True
        self._header_bytes = 0
        self._set_deadline(REQUEST_SECONDS, self._request_is_late)

    def _request_is_late(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if self._is_in_header and is_answering:
            self._set_deadline(REQUEST_SECONDS, self._request_is_late)  # the request before it is still being answered
        elif is_answering and not self.cycle.response_started:
            self._refuse(408, b"The request took too long to arrive.")
        else:
            self._close()  # without a word: a browser may have opened the connection in advance

    def _refuse(self, status: int, words: bytes) -> None:
        length = str(len(words)).encode()
        head = b"content-type: text/plain\r\nconnection: close\r\nretry-after: 5\r\ncontent-length: " + length
        self.transport.write(STATUS_LINE[status] + head + b"\r\n\r\n" + words)
        self._close()

    def _close(self) -> None:
        self._is_in_header = False
        self.transport.close()
        self._set_deadline(READER_SECONDS, self.transport.abort)  # what was written may never be read

    def _set_deadline(self, seconds: float | None, call: Callable[[], None] = lambda: None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, call)


def connection_limit() -> int:
    """Return how many connections this process may hold, after raising its limit of descriptors as far as it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return int(wanted * CONNECTION_SHARE)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address, so that a taken one is reported before anything is opened.

    Raises NoaError when the address cannot be had.
    """
    is_ipv6 = ":" in host
    listener = socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_ipv6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _taken(host, port, error) from error
    return listener


def listen(listener: socket.socket) -> None:
    """Start listening; visitors who come before a worker is ready wait. Raises NoaError when another was quicker."""
    try:
        listener.listen(BACKLOG)
    except OSError as error:  # another service was started at the same moment
        host, port = listener.getsockname()[:2]
        raise _taken(host, port, error) from error


def _taken(host: str, port: int, error: OSError) -> NoaError:
    return NoaError(
        f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port, or stop what uses this one."
    )
