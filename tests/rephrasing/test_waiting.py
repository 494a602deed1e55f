"""The line before a model: bounded, in order, and left by those who will not wait."""

import threading
import time

import pytest

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, Prompt
from noa_rag.rephrasing.clients.streaming import WaitingModel
from tests.rephrasing.fake_model import FakeLanguageModel


def a_prompt(name: str) -> Prompt:
    return Prompt(name=name, text="Bonjour")


class Callers:
    """Calls from threads of their own, started one after the other."""

    def __init__(self, model: WaitingModel) -> None:
        self.model = model
        self.outcomes: dict[str, GenerationFault | str] = {}
        self.threads: list[threading.Thread] = []

    def start(self, name: str, *, deadline_seconds: float = 5.0, leave: threading.Event | None = None) -> None:
        def call() -> None:
            is_cancelled = leave.is_set if leave else (lambda: False)
            try:
                written = self.model.complete(
                    a_prompt(name), deadline_seconds=deadline_seconds, is_cancelled=is_cancelled
                )
                self.outcomes[name] = written.text
            except GenerationFailed as failed:
                self.outcomes[name] = failed.fault

        self.threads.append(threading.Thread(target=call))
        self.threads[-1].start()
        time.sleep(0.15)

    def join(self) -> None:
        for thread in self.threads:
            thread.join(5)


def test_so_many_run_so_many_wait_and_the_next_is_refused_at_once() -> None:
    fake = FakeLanguageModel()
    fake.hold.clear()
    callers = Callers(WaitingModel(fake, concurrency=2, waiting_limit=2))
    for name in ("a", "b", "c", "d"):
        callers.start(name)

    callers.start("e")
    refused = dict(callers.outcomes)
    fake.hold.set()
    callers.join()

    assert refused == {"e": GenerationFault.BUSY}
    assert fake.most_running == 2
    assert [prompt.name for prompt in fake.prompts] == ["a", "b", "c", "d"]
    assert callers.outcomes == dict.fromkeys("abcd", "Une réponse.") | {"e": GenerationFault.BUSY}


def test_whoever_leaves_gives_up_her_place() -> None:
    fake = FakeLanguageModel()
    fake.hold.clear()
    callers = Callers(WaitingModel(fake, concurrency=1, waiting_limit=1))
    leaves = threading.Event()
    callers.start("a")
    callers.start("b", leave=leaves)

    leaves.set()
    callers.threads[1].join(5)
    callers.start("c")
    fake.hold.set()
    callers.join()

    assert callers.outcomes == {"a": "Une réponse.", "b": GenerationFault.CANCELLED, "c": "Une réponse."}
    assert [prompt.name for prompt in fake.prompts] == ["a", "c"]


def test_the_deadline_holds_while_waiting() -> None:
    fake = FakeLanguageModel()
    fake.hold.clear()
    callers = Callers(WaitingModel(fake, concurrency=1, waiting_limit=1))
    callers.start("a")
    started_at = time.monotonic()

    with pytest.raises(GenerationFailed, match="timed_out: while waiting in line"):
        callers.model.complete(a_prompt("b"), deadline_seconds=0.1)

    assert time.monotonic() - started_at < 4  # the call before takes five seconds
    fake.hold.set()
    callers.join()


def test_what_was_waited_counts_in_the_seconds_and_against_the_deadline() -> None:
    fake = FakeLanguageModel()
    fake.hold.clear()
    callers = Callers(WaitingModel(fake, concurrency=1, waiting_limit=1))
    callers.start("a", deadline_seconds=1.2)

    started_at = time.monotonic()
    with pytest.raises(GenerationFailed, match="timed_out"):
        callers.model.complete(a_prompt("b"), deadline_seconds=1.6)

    assert 1.5 < time.monotonic() - started_at < 2.6  # nearly three seconds, were the waiting not counted
    callers.join()


def test_a_failure_frees_the_place() -> None:
    model = WaitingModel(FakeLanguageModel([GenerationFault.REFUSED, "oui"]), concurrency=1, waiting_limit=0)
    with pytest.raises(GenerationFailed):
        model.complete(a_prompt("a"), deadline_seconds=1.0)

    assert model.complete(a_prompt("b"), deadline_seconds=1.0).text == "oui"
