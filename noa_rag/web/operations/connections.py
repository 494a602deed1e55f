"""Connections that take too long or are too many: uvicorn itself waits for ever for a header and for a body."""

import asyncio
import ipaddress
import resource
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from noa_rag.domain.limits import network_of

HEADER_SECONDS = 10.0  # from the connection, or from the first byte of a next request, to the end of the header
BODY_SECONDS = 30.0  # from the end of the header to the end of the body: 4 MB at 1.2 Mbit/s
READER_SECONDS = 30.0  # for 64 KB of an answer to be read, and for its rest once the connection is to be closed
MAX_HEADER_BYTES = 64 * 1024  # httptools has no limit of its own
MOST_DESCRIPTORS = 65_536
CONNECTION_SHARE = 0.75  # of the descriptors; the database, the index and the models need the others

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class OpenConnections:
    """The open connections of this process, counted by client."""

    def __init__(self, *, limit: int, limit_per_client: int, exempt: Sequence[Network] = ()) -> None:
        self._limit = limit
        self._limit_per_client = limit_per_client
        self._exempt = exempt
        self._clients: dict[GuardedProtocol, str | None] = {}
        self._counts: Counter[str] = Counter()
        self._waiting: dict[GuardedProtocol, None] = {}  # in the order in which they began to wait

    def admit(self, connection: "GuardedProtocol") -> bool:
        """Admit a connection; return False when its client has too many, or when there is no room.

        To make room, the connection that has waited longest without sending a whole request is closed.
        """
        client = self._client_of(connection)
        if client is not None and self._counts[client] >= self._limit_per_client:
            return False
        if len(self._clients) >= self._limit:
            if not self._waiting:
                return False
            longest = next(iter(self._waiting))
            self.release(longest)
            longest.transport.abort()
        self._clients[connection] = client
        if client is not None:
            self._counts[client] += 1
        self._waiting[connection] = None
        return True

    def release(self, connection: "GuardedProtocol") -> None:
        self._waiting.pop(connection, None)
        client = self._clients.pop(connection, None)
        if client is not None:
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]

    def note_request(self, connection: "GuardedProtocol") -> None:
        """Note that a whole request has come: the connection may no longer be closed to make room."""
        self._waiting.pop(connection, None)

    def note_answer(self, connection: "GuardedProtocol") -> None:
        """Note that an answer is complete: the connection waits again, behind the others."""
        if connection in self._clients:
            self._waiting.pop(connection, None)
            self._waiting[connection] = None

    def _client_of(self, connection: "GuardedProtocol") -> str | None:
        """Return the client for which a connection is counted, None when it is not counted."""
        if connection.client is None:
            return None
        host = connection.client[0].partition("%")[0]
        address = ipaddress.ip_address(host)
        address = getattr(address, "ipv4_mapped", None) or address
        return None if any(address in network for network in self._exempt) else network_of(host)


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with deadlines for the header, for the body and for whoever reads the answer.

    It does not limit how long an answer takes to be computed or streamed.
    """

    open_connections: ClassVar[OpenConnections]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._reader_deadline: asyncio.TimerHandle | None = None
        self._is_in_header = False
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.open_connections.admit(self):
            self._await_header()
        else:
            self._refuse(503, b"Too many connections.")

    def connection_lost(self, exc: Exception | None) -> None:
        self.open_connections.release(self)
        self._set_deadline(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:
            self._await_header()
        was_in_header = self._is_in_header
        super().data_received(data)
        if was_in_header and self._is_in_header and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._refuse(431, b"The header is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:  # behind another request, in one piece with it
            self._await_header()

    def on_headers_complete(self) -> None:
        self._is_in_header = False
        self._set_deadline(BODY_SECONDS, self._body_is_late)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._set_deadline(None)
        self.open_connections.note_request(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.open_connections.note_answer(self)
        if self.transport.is_closing():
            self._set_deadline(READER_SECONDS, self.transport.abort)
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reader_deadline = self.loop.call_later(READER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._reader_deadline is not None:
            self._reader_deadline.cancel()
            self._reader_deadline = None
        super().resume_writing()

    def _await_header(self) -> None:
        self._is_in_header = True
        self._header_bytes = 0
        self._set_deadline(HEADER_SECONDS, self._header_is_late)

    def _header_is_late(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._set_deadline(HEADER_SECONDS, self._header_is_late)  # the request before it is still being answered
        else:
            self._close()  # without a word: a browser may have opened the connection in advance

    def _body_is_late(self) -> None:
        if self.cycle.response_started:
            self._close()
        else:
            self._refuse(408, b"The request took too long to arrive.")

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


def guarded(open_connections: OpenConnections) -> type[GuardedProtocol]:
    """Return the protocol class for uvicorn's `http` setting, over the connections of one process."""
    return cast("type[GuardedProtocol]", type("Guarded", (GuardedProtocol,), {"open_connections": open_connections}))


def connection_limit() -> int:
    """Return how many connections this process may hold, after raising its limit of descriptors as far as it can."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return int(wanted * CONNECTION_SHARE)
