"""Before a model: a line of so many calls, and a breaker that leaves a model alone that failed again and again.

Our own: pybreaker 1.4 and purgatory 3.0 read the wall clock, which jumps and which a test cannot set.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from noa_rag.domain.rephrasing import Completion, GenerationFailed, GenerationFault, LanguageModel, Prompt

FAILURES_TO_OPEN = 5
REST_SECONDS = 30.0
NOT_THE_MODELS_FAULT = frozenset({GenerationFault.CANCELLED, GenerationFault.BUSY, GenerationFault.RESTING})

Clock = Callable[[], float]

POLL_SECONDS = 0.02  # how soon one who left gives up her place


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
        self.is_chat = model.is_chat
        self.takes_grammar = model.takes_grammar
        self._model = model
        self._failures_to_open = failures_to_open
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0  # in a row
        self._rests_until: float | None = None  # None while the breaker is closed
        self._is_tried = False  # one call is out to see whether the model is well again

    def complete(
        self, prompt: Prompt, *, deadline_seconds: float, is_cancelled: Callable[[], bool] = lambda: False
    ) -> Completion:
        is_trial = self._let_through()
        try:
            written = self._model.complete(prompt, deadline_seconds=deadline_seconds, is_cancelled=is_cancelled)
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
        """Return whether this call is the one that tries a model again. Raises GenerationFailed at rest."""
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
                if is_trial or self._rests_until is None:  # a call from before the rest proves nothing
                    self._failures, self._rests_until = 0, None
                return
            self._failures += 1
            if is_trial or self._failures >= self._failures_to_open:
                self._rests_until = self._clock() + self._rest_seconds


class WaitingModel:
    """Implements LanguageModel over another one; refuses with `busy` when the line is full."""

    def __init__(self, model: LanguageModel, *, concurrency: int, waiting_limit: int) -> None:
        self.name = model.name
        self.is_chat = model.is_chat
        self.takes_grammar = model.takes_grammar
        self._model = model
        self._concurrency = concurrency
        self._waiting_limit = waiting_limit
        self._changed = threading.Condition()
        self._running = 0
        self._line: deque[object] = deque()

    def complete(
        self, prompt: Prompt, *, deadline_seconds: float, is_cancelled: Callable[[], bool] = lambda: False
    ) -> Completion:
        started_at = time.monotonic()
        self._wait(started_at + deadline_seconds, is_cancelled)
        try:
            left = deadline_seconds - (time.monotonic() - started_at)
            written = self._model.complete(prompt, deadline_seconds=left, is_cancelled=is_cancelled)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
        return Completion(written.text, time.monotonic() - started_at)

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
