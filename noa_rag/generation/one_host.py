"""An HTTP client that talks to one host only, in plain, bounded answers."""

import ssl
from collections.abc import AsyncIterator

import httpx

from noa_rag.domain.generation import GenerationFailed, GenerationFault

ANSWER_BYTES_LIMIT = 1 << 20  # 200 tokens are 60 to 80 KB as events of llama.cpp's server
SENT_HEADERS = ("host", "content-length", "content-type", "accept")
BROKEN_OFF = ("disconnected", "closed connection", "incomplete")


def open_client(base_url: str, key: str = "") -> httpx.AsyncClient:
    """Return a client for this address: no proxies, no redirects, nothing from the environment.

    Deadlines are the event loop's business. `key` is sent as a bearer token.
    """
    return httpx.AsyncClient(
        transport=OneHost(base_url, key), base_url=base_url, timeout=None, trust_env=False, follow_redirects=False
    )


class OneHost(httpx.AsyncBaseTransport):
    """Refuses every other host, sends only the headers that are needed, and cuts answers that are too long.

    The libraries above add headers of their own, some read from variables that are not Noa's (OPENAI_ORG_ID,
    OLLAMA_API_KEY): none of them is sent.
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
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise GenerationFailed(GenerationFault.UNREADABLE, "a compressed answer, which was not asked for")
        assert isinstance(response.stream, httpx.AsyncByteStream)
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
