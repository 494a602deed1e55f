"""The bounded line in which calls to the service wait for a thread."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from noa_rag.domain.errors import NoaError

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
        self._taken = 0
        self._on_change = on_change

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, or raise Saturated at once."""
        if self._taken >= self._limit:
            raise Saturated
        self._take(1)
        context = contextvars.copy_context()  # so that lines logged by the call bear the request's id
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: context.run(call, *args, **kwargs)
            )
        finally:
            self._take(-1)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _take(self, count: int) -> None:
        self._taken += count
        self._on_change(self._taken)
