"""The breaker opens after failures in a row, lets one call try after a rest, and closes when that one succeeds."""

import threading

import pytest

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, Prompt
from noa_rag.rephrasing.clients.streaming import RestingModel
from tests.rephrasing.fake_model import FakeLanguageModel

PROMPT = Prompt(name="test-1", text="Bonjour")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_breaker(model: FakeLanguageModel, clock: Clock) -> RestingModel:
    return RestingModel(model, failures_to_open=3, rest_seconds=30.0, clock=clock)


def outcome(model: RestingModel) -> GenerationFault | str:
    try:
        return model.complete(PROMPT, deadline_seconds=1.0).text
    except GenerationFailed as failed:
        return failed.fault


DOWN, RESTING = GenerationFault.UNREACHABLE, GenerationFault.RESTING


def test_opens_after_so_many_failures_in_a_row_and_asks_no_more() -> None:
    fake = FakeLanguageModel([DOWN])
    model = a_breaker(fake, Clock())

    outcomes = [outcome(model) for _ in range(5)]

    assert outcomes == [DOWN, DOWN, DOWN, RESTING, RESTING]
    assert len(fake.prompts) == 3


def test_a_success_in_between_starts_the_count_anew() -> None:
    model = a_breaker(FakeLanguageModel([DOWN, DOWN, "oui", DOWN, DOWN, "oui"]), Clock())

    assert [outcome(model) for _ in range(6)] == [DOWN, DOWN, "oui", DOWN, DOWN, "oui"]


def test_closes_when_the_call_after_the_rest_succeeds() -> None:
    clock = Clock()
    model = a_breaker(FakeLanguageModel([DOWN, DOWN, DOWN, "oui", DOWN, DOWN, "oui"]), clock)
    before = [outcome(model) for _ in range(4)]

    clock.now += 30.0

    assert before == [DOWN, DOWN, DOWN, RESTING]
    assert [outcome(model) for _ in range(4)] == ["oui", DOWN, DOWN, "oui"]


def test_rests_again_when_the_call_after_the_rest_fails() -> None:
    clock = Clock()
    fake = FakeLanguageModel([DOWN])
    model = a_breaker(fake, clock)
    for _ in range(3):
        outcome(model)

    clock.now += 30.0
    tried = [outcome(model) for _ in range(2)]
    clock.now += 29.9
    still = outcome(model)

    assert tried == [DOWN, RESTING]
    assert still is RESTING
    assert len(fake.prompts) == 4


def test_only_one_call_tries_a_model_again() -> None:
    clock = Clock()
    fake = FakeLanguageModel([DOWN, DOWN, DOWN, "oui"])
    model = a_breaker(fake, clock)
    for _ in range(3):
        outcome(model)
    clock.now += 30.0
    fake.hold.clear()
    first: list[GenerationFault | str] = []
    trying = threading.Thread(target=lambda: first.append(outcome(model)))
    trying.start()
    while not fake.running:
        pass

    second = outcome(model)
    fake.hold.set()
    trying.join()

    assert (second, first) == (RESTING, ["oui"])


@pytest.mark.parametrize("fault", [GenerationFault.CANCELLED, GenerationFault.BUSY])
def test_what_is_not_the_models_fault_opens_nothing(fault: GenerationFault) -> None:
    model = a_breaker(FakeLanguageModel([fault]), Clock())

    assert {outcome(model) for _ in range(10)} == {fault}


def test_a_trial_that_was_cancelled_leaves_the_next_call_to_try() -> None:
    clock = Clock()
    model = a_breaker(FakeLanguageModel([DOWN, DOWN, DOWN, GenerationFault.CANCELLED, "oui"]), clock)
    for _ in range(3):
        outcome(model)
    clock.now += 30.0

    assert [outcome(model) for _ in range(2)] == [GenerationFault.CANCELLED, "oui"]
