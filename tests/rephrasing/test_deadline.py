"""What a model's own failure is told as, when it comes at the very moment somebody looks whether it has ended."""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

import pytest

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault
from noa_rag.rephrasing.clients.streaming import LoopThread


class FailsAsTheWaitEnds(Future[str]):
    """Fails between the moment a wait for it gives up and the moment the caller asks whether it has ended."""

    def result(self, timeout: float | None = None) -> str:
        if timeout is None or self.done():
            return super().result(timeout)
        self.fail()
        raise TimeoutError

    def fail(self) -> None:
        self.set_exception(GenerationFailed(GenerationFault.UNREADABLE))


async def something() -> str:
    return "what nobody waits for"


def test_a_failure_as_the_wait_ends_is_the_models_own_and_no_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    work, looks = FailsAsTheWaitEnds(), 0

    def in_its_stead(started: Coroutine[Any, Any, str], _: asyncio.AbstractEventLoop) -> Future[str]:
        started.close()
        return work

    def fails_at_the_second_look() -> None:
        nonlocal looks
        looks += 1
        if looks == 2 and not work.done():
            work.fail()

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", in_its_stead)
    with pytest.raises(GenerationFailed) as raised:
        LoopThread("a loop under test").run(
            something(),
            deadline_at=time.monotonic() + 60,
            is_cancelled=lambda: False,
            meanwhile=fails_at_the_second_look,
        )

    assert raised.value.fault is GenerationFault.UNREADABLE
