"""A language model from anything that streams text: its deadline, its cancellation, and how much it may write.

Blocking clients only bound each read: a server that drips a line a second kept one busy for 12 s under a timeout of 2.
A task in an event loop can be cancelled wherever it waits, which closes its connection at once.
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import aclosing
from typing import Any, Protocol, TypeVar

from noa_rag.domain.rephrasing import Completion, GenerationFailed, GenerationFault, Prompt

CHARACTERS_PER_TOKEN = 32  # French has four or five; past this a server ignores the cap it was given

POLL_SECONDS = 0.02  # how soon a cancellation is seen
CLOSE_SECONDS = 5.0

Result = TypeVar("Result")


class Writer(Protocol):
    """Streams what one model writes; translates its library's exceptions into GenerationFailed."""

    def write(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """Yield pieces of text; closing the generator stops the model."""

    async def aclose(self) -> None:
        """Let go of connections and memory."""


class StreamedModel:
    """Implements the domain's LanguageModel over a writer."""

    def __init__(self, writer: Writer, *, name: str, is_chat: bool, takes_grammar: bool) -> None:
        self.name = name
        self.is_chat = is_chat
        self.takes_grammar = takes_grammar
        self._writer = writer
        self._loop = LoopThread("language-model")

    def complete(
        self, prompt: Prompt, *, deadline_seconds: float, is_cancelled: Callable[[], bool] = lambda: False
    ) -> Completion:
        started_at = time.monotonic()
        text = self._loop.run(
            self._written(prompt), deadline_at=started_at + deadline_seconds, is_cancelled=is_cancelled
        )
        return Completion(text, time.monotonic() - started_at)

    def close(self) -> None:
        self._loop.close(self._writer.aclose)

    async def _written(self, prompt: Prompt) -> str:
        pieces: list[str] = []
        room = prompt.token_limit * CHARACTERS_PER_TOKEN
        async with aclosing(self._writer.write(prompt)) as stream:
            async for piece in stream:
                pieces.append(piece)
                room -= len(piece)
                if room < 0:
                    raise GenerationFailed(GenerationFault.UNREADABLE, "far more text than was asked for")
        text = "".join(pieces)
        if not text.strip():
            raise GenerationFailed(GenerationFault.EMPTY)
        return text


def as_one_text(prompt: Prompt) -> str:
    """Return a prompt as a base model is sent it: what it is to know, an empty line, the text to go on with."""
    return f"{prompt.system}\n\n{prompt.text}" if prompt.system else prompt.text


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
