"""A language model from anything that streams text: its deadline and cancellation, its waiting line and its breaker.

Blocking clients only bound each read: a server that drips a line a second kept one busy for 12 s under a timeout of 2.
A task in an event loop can be cancelled wherever it waits, which closes its connection at once.
The breaker is our own: pybreaker 1.4 and purgatory 3.0 read the wall clock, which jumps and which a test cannot set.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from noa_rag.domain.rephrasing import (
    Completion,
    GenerationFailed,
    GenerationFault,
    Heard,
    LanguageModel,
    Prompt,
    Tokens,
    unheard,
)

CHARACTERS_PER_TOKEN = 32  # French has four or five; past this a server ignores the cap it was given
POLL_SECONDS = 0.02  # how soon a cancellation is noticed, and a cancelled caller leaves the line
CLOSE_SECONDS = 5.0
Result = TypeVar("Result")
FAILURES_TO_OPEN = 5
REST_SECONDS = 30.0
NOT_THE_MODELS_FAULT = frozenset({GenerationFault.CANCELLED, GenerationFault.BUSY, GenerationFault.RESTING})
Clock = Callable[[], float]


class Writer(Protocol):
    """Streams what one model writes; translates its library's exceptions into GenerationFailed."""

    def write(self, prompt: Prompt) -> AsyncGenerator[str | Tokens, None]:
        """Yield pieces of text, and the tokens where they are told; closing the generator stops the model."""

    async def aclose(self) -> None:
        """Let go of connections and memory."""


class SaysFirstWords(Protocol):
    """Says what a model would write first; translates its library's exceptions into GenerationFailed."""

    async def first_words(self, prompts: Sequence[Prompt]) -> Sequence[Mapping[str, float]]:
        """Return for each prompt the likeliest first tokens with their probabilities, or the shares of a few votes."""

    async def aclose(self) -> None:
        """Let go of connections and memory."""


class StreamedModel:
    """Implements the domain's LanguageModel over a writer."""

    def __init__(self, writer: Writer, *, name: str) -> None:
        self.name = name
        self._writer = writer
        self._loop = LoopThread("language-model")

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        started_at = time.monotonic()
        pieces: queue.SimpleQueue[str] = queue.SimpleQueue()

        def hear() -> None:
            with suppress(queue.Empty):
                while True:
                    heard(pieces.get_nowait())

        text, tokens = self._loop.run(
            self._written(prompt, pieces.put),
            deadline_at=started_at + deadline_seconds,
            is_cancelled=is_cancelled,
            meanwhile=hear,
        )
        return Completion(text, time.monotonic() - started_at, tokens)

    def close(self) -> None:
        self._loop.close(self._writer.aclose)

    async def _written(self, prompt: Prompt, put: Heard) -> tuple[str, Tokens | None]:
        pieces: list[str] = []
        tokens = None
        room = prompt.token_limit * CHARACTERS_PER_TOKEN
        async with aclosing(self._writer.write(prompt)) as stream:
            async for piece in stream:
                if isinstance(piece, Tokens):
                    tokens = piece
                    continue
                pieces.append(piece)
                put(piece)
                room -= len(piece)
                if room < 0:
                    raise GenerationFailed(GenerationFault.UNREADABLE, "far more text than was asked for")
        text = "".join(pieces)
        if not text.strip():
            raise GenerationFailed(GenerationFault.EMPTY)
        return text, tokens


def tokens_told(told: Mapping[str, Any]) -> Tokens | None:
    """Return the tokens that a piece of a stream tells, in the words of OpenAI's protocol; None where it tells none."""
    counts = told.get("usage") or {}
    prompt, generated = counts.get("prompt_tokens"), counts.get("completion_tokens")
    return Tokens(int(prompt), int(generated)) if prompt and generated is not None else None


class LoopThread:
    """Runs coroutines for callers in other threads; the thread starts at the first of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def run(
        self,
        work: Coroutine[Any, Any, Result],
        *,
        deadline_at: float,
        is_cancelled: Callable[[], bool],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Result:
        """Return what the work returns; at the deadline, or when cancelled, stop it and raise GenerationFailed.

        `meanwhile` is called in the caller's thread again and again until then.
        """
        try:
            running = asyncio.run_coroutine_threadsafe(work, self._started())
        except BaseException:
            work.close()
            raise
        try:
            return _awaited(running, deadline_at, is_cancelled, meanwhile)
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


def _awaited(
    running: "Future[Result]", deadline_at: float, is_cancelled: Callable[[], bool], meanwhile: Callable[[], None]
) -> Result:
    while True:
        meanwhile()
        if is_cancelled():
            raise GenerationFailed(GenerationFault.CANCELLED)
        left = deadline_at - time.monotonic()
        ended, _ = wait([running], timeout=max(0.0, min(POLL_SECONDS, left)))
        if ended:
            try:
                return running.result()
            except CancelledError as error:
                raise GenerationFailed(GenerationFault.CANCELLED, "the model was closed meanwhile") from error
        if left <= 0:
            raise GenerationFailed(GenerationFault.TIMED_OUT)


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


class RestingModel:
    """Implements LanguageModel over another one; refuses with `resting` while the breaker is open."""

    def __init__(
        self,
        model: LanguageModel,
        *,
        failures_to_open: int = FAILURES_TO_OPEN,
        rest_seconds: float = REST_SECONDS,
        clock: Clock = time.monotonic,
    ) -> None:
        self.name = model.name
        self._model = model
        self._failures_to_open = failures_to_open
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0  # in a row
        self._rests_until: float | None = None  # None while the breaker is closed
        self._is_tried = False  # whether the trial call is under way

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        is_trial = self._let_through()
        try:
            written = self._model.complete(
                prompt, deadline_seconds=deadline_seconds, is_cancelled=is_cancelled, heard=heard
            )
        except GenerationFailed as failed:
            self._settle(is_trial, is_well=None if failed.fault in NOT_THE_MODELS_FAULT else False)
            raise
        except BaseException:
            self._settle(is_trial, is_well=None)
            raise
        self._settle(is_trial, is_well=True)
        return written

    def close(self) -> None:
        self._model.close()

    def _let_through(self) -> bool:
        """Return whether this is the trial call after a rest. Raises GenerationFailed while the breaker is open."""
        with self._lock:
            if self._rests_until is None:
                return False
            left = self._rests_until - self._clock()
            if left > 0 or self._is_tried:
                raise GenerationFailed(GenerationFault.RESTING, f"for {max(left, 0.0):.0f} s more")
            self._is_tried = True
            return True

    def _settle(self, is_trial: bool, *, is_well: bool | None) -> None:
        with self._lock:
            if is_trial:
                self._is_tried = False
            if is_well is None:
                return
            if is_well:
                if is_trial or self._rests_until is None:  # a call that began before the breaker opened proves nothing
                    self._failures, self._rests_until = 0, None
                return
            self._failures += 1
            if is_trial or self._failures >= self._failures_to_open:
                self._rests_until = self._clock() + self._rest_seconds


class WaitingModel:
    """Implements LanguageModel over another one; refuses with `busy` when the line is full."""

    def __init__(self, model: LanguageModel, *, concurrency: int, waiting_limit: int) -> None:
        self.name = model.name
        self._model = model
        self._concurrency = concurrency
        self._waiting_limit = waiting_limit
        self._changed = threading.Condition()
        self._running = 0
        self._line: deque[object] = deque()

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        started_at = time.monotonic()
        self._wait(started_at + deadline_seconds, is_cancelled)
        try:
            left = deadline_seconds - (time.monotonic() - started_at)
            written = self._model.complete(prompt, deadline_seconds=left, is_cancelled=is_cancelled, heard=heard)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
        return replace(written, seconds=time.monotonic() - started_at)

    def close(self) -> None:
        self._model.close()

    def _wait(self, deadline_at: float, is_cancelled: Callable[[], bool]) -> None:
        ticket = object()
        with self._changed:
            if self._running + len(self._line) >= self._concurrency + self._waiting_limit:
                raise GenerationFailed(GenerationFault.BUSY, f"{self._running} running, {len(self._line)} waiting")
            self._line.append(ticket)
            try:
                while self._line[0] is not ticket or self._running >= self._concurrency:
                    if is_cancelled():
                        raise GenerationFailed(GenerationFault.CANCELLED)
                    left = deadline_at - time.monotonic()
                    if left <= 0:
                        raise GenerationFailed(GenerationFault.TIMED_OUT, "while waiting in line")
                    self._changed.wait(min(POLL_SECONDS, left))
                self._running += 1
            finally:
                with suppress(ValueError):
                    self._line.remove(ticket)
                self._changed.notify_all()
