"""What bounds the work: a bucket for each address, the line in front of the service, and a process that ends."""

import asyncio
import contextvars
import ipaddress
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, SerializationException
from litestar.handlers.base import BaseRouteHandler

from noa_rag.answering.distress.recognise import is_in_distress
from noa_rag.domain.errors import NoaError
from noa_rag.domain.integrations import ClientKey, KnownKeys, UnknownKey, key_in
from noa_rag.domain.limits import CLIENT, IS_BEYOND_LIMIT, Buckets, TooOften, network_of
from noa_rag.service.limits import OwnBuckets

WATCHES = {"watches": True}  # for handlers that tell others about the state of this process
# An agency or a business centre may sit behind one address: 60 questions a minute are one a second all day long, and a
# burst of half as many lets a training room press the button together. A script of one machine sends hundreds a second.
BURST_SECONDS = 30
PAGE_COST = 0.25  # of a question: a page takes less than that of the work, and people open several to read an answer
COSTS_A_PAGE = {"costs_a_page": True}  # for handlers of a `q` that do no more than that, such as a search while typing

_LOGGER = logging.getLogger("noa.web")


class Draining(NoaError):
    """The process is about to end: it takes no new request, and turns away those that wait."""


async def not_draining(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuse requests while the process is ending, except on routes that report its state."""
    if connection.app.state.is_draining and "watches" not in handler.opt:
        raise Draining


class RateLimit:
    """Lets an address ask `per_minute` questions a minute, half of them at once; 0: no limit.

    A client with a key is counted by the key, whatever its address, and has the limit of the key.
    """

    def __init__(self, per_minute: int, buckets: Buckets | None = None) -> None:
        """`buckets` are those of this process unless others are given."""
        self._per_minute = per_minute
        self._has_warned = False
        self._buckets = buckets or OwnBuckets()

    @property
    def burst(self) -> float:
        """How many questions may come at once, at least one."""
        return max(1.0, self._per_minute * BURST_SECONDS / 60)

    async def let_in(self, address: str, cost: float = 1.0, *, key: ClientKey | None = None) -> None:
        """Count a request as `take` does, without blocking the event loop when a server counts."""
        if self._buckets.waits:
            await asyncio.to_thread(self.take, address, cost, key=key)
        else:
            self.take(address, cost, key=key)

    def take(self, address: str, cost: float = 1.0, *, key: ClientKey | None = None) -> None:
        """Count a request. Raises TooOften, and counts nothing, when the bucket of its client does not hold enough."""
        per_minute = key.per_minute if key else self._per_minute
        if not per_minute:
            return
        client = client_of(address, key)
        wait = self._buckets.take(client, cost * 60 / per_minute, room=BURST_SECONDS)
        if wait > 0 and key is not None:
            raise TooOften(retry_seconds=math.ceil(wait), kind="key_too_often")
        if wait > 0:
            self._warn_of_proxy(client)
            raise TooOften(retry_seconds=math.ceil(wait))

    def _warn_of_proxy(self, address: str) -> None:
        """Warn the operator, once, when the address may be that of a proxy through which all visitors come."""
        with suppress(ValueError):  # the network of an IPv6 address
            if not self._has_warned and ipaddress.ip_address(address).is_private:  # loopback, 10.0.0.0/8 and the like
                self._has_warned = True
                said = "%s asks more than NOA_RATE_LIMIT allows. If it is a proxy, name it in NOA_TRUSTED_PROXIES."
                _LOGGER.warning(said, address)


def client_of(address: str, key: ClientKey | None) -> str:
    """Return what a client is counted by: its key, or the network of its address."""
    return f"key {key.id}" if key else network_of(address)


async def within_rate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard a public route: refuse clients that ask too often or have an invalid key, unless in distress.

    Raises TooOften and UnknownKey.
    """
    limit: RateLimit = connection.app.state.rate_limit
    keys: KnownKeys = connection.app.state.site.service.client_keys
    address = connection.client.host if connection.client else ""
    is_question = connection.scope.get("method") == "POST" or "q" in connection.query_params
    is_page = "costs_a_page" in handler.opt or not is_question
    key = None
    try:
        if token := key_in(connection.headers.get("authorization", "")):
            key = keys.find(token)
        CLIENT.set(client_of(address, key))  # for what counts further down: the tokens of the language model
        connection.state.client_key = key
        await limit.let_in(address, PAGE_COST if is_page else 1.0, key=key)
    except (TooOften, UnknownKey):
        if await is_cry_for_help(connection):
            IS_BEYOND_LIMIT.set(True)
            return
        if key is not None:
            keys.count(key.id, is_refused=True)
        raise
    if key is not None and not is_page:
        keys.count(key.id, is_refused=False)


async def count_further(request: Request[Any, Any, Any], message: str, questions: int) -> None:
    """Count so many more questions than the one that was counted already. Raises TooOften, unless in distress.

    No more than a full bucket holds: what `NOA_RATE_LIMIT` lets through at all is let through once it is full.
    """
    limit: RateLimit = request.app.state.rate_limit
    address = request.client.host if request.client else ""
    try:
        await limit.let_in(address, min(questions, limit.burst - 1), key=request.state.client_key)
    except TooOften:
        if not is_in_distress(message):
            raise
        IS_BEYOND_LIMIT.set(True)


async def is_cry_for_help(request: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Return whether the question sent comes from somebody in distress; False for a body that cannot be read."""
    if request.scope.get("method") == "GET":  # a search
        return is_in_distress(request.query_params.get("q", ""))
    if not isinstance(request, Request) or request.method != "POST":
        return False
    try:
        is_json = request.content_type[0] == "application/json"
        sent = await request.json() if is_json else await request.form()
        if "messages" in sent:  # a conversation as OpenAI's protocol has it
            message = last_text([turn for turn in sent["messages"] if turn.get("role") == "user"])
        else:
            message = sent.get("question" if is_json else "q", "")
    except (AttributeError, TypeError, HTTPException, SerializationException, UnicodeDecodeError, RecursionError):
        return False  # the handler says what is wrong with it, once the address may ask again
    return isinstance(message, str) and is_in_distress(message)


def last_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the last message of OpenAI's protocol, "" where it has none. Raises TypeError, AttributeError.

    Its content is a text, or a list of parts, some of which are texts.
    """
    content = messages[-1].get("content") if messages else ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content or () if part.get("type") == "text")


THREAD_COUNT = 2  # An answer is 6 to 10 ms of computation: more threads than cores only lengthens each one.

P = ParamSpec("P")
T = TypeVar("T")


class Saturated(NoaError):
    """As many calls wait as the line can hold."""


class WaitingLine:
    """Runs synchronous calls on a few threads, and turns callers away once `max_waiting` are queued.

    The server's own thread pool has an unbounded queue: 120 slow calls made the next one wait 20 s.
    """

    def __init__(
        self,
        *,
        max_waiting: int,
        thread_count: int = THREAD_COUNT,
        on_change: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._threads = ThreadPoolExecutor(thread_count, thread_name_prefix="noa-web")
        self._limit = thread_count + max_waiting
        self._calls: set[Future[Any]] = set()
        self._is_draining = False
        self._on_change = on_change

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, or raise Saturated at once; Draining where it waited and was turned away."""
        if len(self._calls) >= self._limit:
            raise Saturated
        context = contextvars.copy_context()  # so that lines logged by the call bear the request's id
        self._on_change(len(self._calls) + 1)
        begun = self._threads.submit(lambda: context.run(call, *args, **kwargs))
        self._calls.add(begun)
        try:
            return await asyncio.wrap_future(begun)
        except asyncio.CancelledError:
            if self._is_draining and begun.cancelled():
                raise Draining from None
            raise
        finally:
            self._calls.remove(begun)
            self._on_change(len(self._calls))

    def turn_away(self) -> None:
        """Cancel the calls that wait, as the process is about to end; those that run go on."""
        self._is_draining = True
        for call in self._calls:
            call.cancel()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
