"""A thread with an event loop of its own: what runs in it ends at its deadline, or when nobody wants it any more.

Blocking clients only bound each read: a server that drips a line a second kept one busy for 12 s under a timeout of 2.
A task in an event loop can be cancelled wherever it waits, which closes its connection at once.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from noa_rag.domain.generation import GenerationFailed, GenerationFault

POLL_SECONDS = 0.02  # how soon a cancellation is seen
CLOSE_SECONDS = 5.0

Result = TypeVar("Result")


class LoopThread:
    """Runs coroutines for callers in other threads; the thread starts at the first of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def run(self, work: Coroutine[Any, Any, Result], *, deadline_at: float, is_cancelled: Callable[[], bool]) -> Result:
        """Return what the work returns; at the deadline, or when cancelled, stop it and raise GenerationFailed."""
        try:
            running = asyncio.run_coroutine_threadsafe(work, self._started())
        except BaseException:
            work.close()
            raise
        try:
            return _awaited(running, deadline_at, is_cancelled)
        finally:
            running.cancel()  # does nothing to what has ended

    def close(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel what runs, run `last`, and end the thread."""
        with self._lock:
            self._is_closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_ended(last), loop).add_done_callback(
            lambda _: loop.call_soon_threadsafe(loop.stop)
        )
        thread.join(CLOSE_SECONDS)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._is_closed:
                raise GenerationFailed(GenerationFault.CANCELLED, "the model is closed")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_spin, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
            return self._loop


def _awaited(running: "Future[Result]", deadline_at: float, is_cancelled: Callable[[], bool]) -> Result:
    while True:
        if is_cancelled():
            raise GenerationFailed(GenerationFault.CANCELLED)
        left = deadline_at - time.monotonic()
        try:
            return running.result(timeout=max(0.0, min(POLL_SECONDS, left)))
        except CancelledError as error:
            raise GenerationFailed(GenerationFault.CANCELLED, "the model was closed meanwhile") from error
        except TimeoutError:
            if running.done():
                raise  # the work's own
            if left <= 0:
                raise GenerationFailed(GenerationFault.TIMED_OUT) from None


def _spin(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _ended(last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), CLOSE_SECONDS)
    await last()
    await asyncio.get_running_loop().shutdown_asyncgens()
