"""A line before a model: so many calls at once, so many waiting, in the order they came."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from noa_rag.domain.rephrasing import Completion, GenerationFailed, GenerationFault, LanguageModel, Prompt

POLL_SECONDS = 0.02  # how soon one who left gives up her place


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
