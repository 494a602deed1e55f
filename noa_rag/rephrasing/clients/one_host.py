"""An HTTP client that talks to one host only, in plain, bounded answers."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import httpx

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault

ANSWER_BYTES_LIMIT = 1 << 20  # 200 tokens are 60 to 80 KB as events of llama.cpp's server
SENT_HEADERS = ("host", "content-length", "content-type", "accept")
BROKEN_OFF = ("disconnected", "closed connection", "incomplete")


class OneHost(httpx.AsyncBaseTransport):
    """Refuses every other host, sends only the headers that are needed, and cuts answers that are too long.

    `key` is sent as a bearer token. Deadlines are the event loop's business. The libraries above add headers of their
    own, some read from variables that are not Noa's (OPENAI_ORG_ID, OLLAMA_API_KEY): none of them is sent.
    """

    def __init__(self, base_url: str, key: str = "") -> None:
        address = httpx.URL(base_url)
        self._origin = (address.scheme, address.host, address.port)
        self._key = key
        # The system's certificates, or those in SSL_CERT_FILE: an agency's server may have an authority of its own.
        verify = ssl.create_default_context() if address.scheme == "https" else False
        # A connection a call: one that was kept may be closed by the server just as it is used again.
        self._inner = httpx.AsyncHTTPTransport(
            verify=verify, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )
        self._open: dict[asyncio.Task[object] | None, list[httpx.AsyncByteStream]] = defaultdict(list)

    def client_options(self) -> dict[str, Any]:
        """Return what a client over this transport is made with: no proxies, no redirects, no variables read."""
        return {"transport": self, "timeout": None, "trust_env": False, "follow_redirects": False}

    async def hang_up(self) -> None:
        """Close what the current task has opened; generators of libraries do so only when they are collected."""
        for stream in self._open.pop(asyncio.current_task(), ()):
            await stream.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = (request.url.scheme, request.url.host, request.url.port)
        if origin != self._origin:
            raise GenerationFailed(GenerationFault.UNREACHABLE, f"refused to call {request.url.host}")
        request.headers = httpx.Headers(
            {name: request.headers[name] for name in SENT_HEADERS if name in request.headers}
            | {"user-agent": "noa", "accept-encoding": "identity"}
            | ({"authorization": f"Bearer {self._key}"} if self._key else {})
        )
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self._open[asyncio.current_task()].append(response.stream)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise GenerationFailed(GenerationFault.UNREADABLE, "a compressed answer, which was not asked for")
        response.stream = _Bounded(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = ANSWER_BYTES_LIMIT
        async for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise GenerationFailed(GenerationFault.UNREADABLE, f"an answer of over {ANSWER_BYTES_LIMIT:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def failed_over_http(error: BaseException) -> GenerationFailed:
    """Return what went wrong below the libraries; anything that is not a connection's is a matter of reading."""
    if isinstance(error, GenerationFailed):
        return error
    seen = type(error).__name__
    if isinstance(error, httpx.RemoteProtocolError):
        is_broken = any(words in str(error) for words in BROKEN_OFF)
        return GenerationFailed(GenerationFault.UNREACHABLE if is_broken else GenerationFault.UNREADABLE, seen)
    if isinstance(error, httpx.TimeoutException):
        return GenerationFailed(GenerationFault.TIMED_OUT, seen)
    if isinstance(error, httpx.TransportError | ConnectionError):
        return GenerationFailed(GenerationFault.UNREACHABLE, seen)
    return GenerationFailed(GenerationFault.UNREADABLE, seen)
