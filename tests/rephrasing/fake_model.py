"""A language model that does what a test tells it to."""

import threading
import time
from collections.abc import Callable, Iterable

from noa_rag.domain.rephrasing import Completion, GenerationFailed, GenerationFault, Heard, Prompt, unheard


class FakeLanguageModel:
    """Answers each call with the next text or fault of a list, the last one for ever; `hold` keeps calls inside."""

    name = "fake"

    def __init__(self, outcomes: Iterable[str | GenerationFault] = ("Une réponse.",)) -> None:
        self.outcomes = list(outcomes)
        self.prompts: list[Prompt] = []
        self.running = 0
        self.most_running = 0
        self.is_closed = False
        self.hold = threading.Event()
        self.hold.set()
        self._lock = threading.Lock()

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        started_at = time.monotonic()
        if is_cancelled() or self.is_closed:
            raise GenerationFailed(GenerationFault.CANCELLED)
        if deadline_seconds <= 0:
            raise GenerationFailed(GenerationFault.TIMED_OUT)
        with self._lock:
            self.prompts.append(prompt)
            outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            while not self.hold.wait(0.005):
                if is_cancelled():
                    raise GenerationFailed(GenerationFault.CANCELLED)
                if time.monotonic() - started_at > deadline_seconds:
                    raise GenerationFailed(GenerationFault.TIMED_OUT)
        finally:
            with self._lock:
                self.running -= 1
        if is_cancelled():
            raise GenerationFailed(GenerationFault.CANCELLED)
        if isinstance(outcome, GenerationFault):
            raise GenerationFailed(outcome)
        if not outcome.strip():
            raise GenerationFailed(GenerationFault.EMPTY)
        heard(outcome)
        return Completion(outcome, time.monotonic() - started_at)

    def close(self) -> None:
        self.is_closed = True
