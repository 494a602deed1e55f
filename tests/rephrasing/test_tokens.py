"""A client may use so many tokens of the language model in a minute; beyond that the approved text is read."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from noa_rag.domain.limits import CLIENT
from noa_rag.domain.rephrasing import (
    Completion,
    GenerationFailed,
    GenerationFault,
    LanguageModel,
    Prompt,
    Tokens,
)
from noa_rag.rephrasing.clients.streaming import StreamedModel
from noa_rag.service.limits import MeteredModel, OwnBuckets
from tests.rephrasing.fake_model import FakeLanguageModel
from tests.rephrasing.stub_server import StubServer

PROMPT = Prompt("test-1", "a" * 270, system="b" * 30, token_limit=20)  # 100 tokens as estimated, and 20 at most


class Counting(FakeLanguageModel):
    """Tells how many tokens it took."""

    def __init__(self, *outcomes: str | GenerationFault, tokens: Tokens | None = None) -> None:
        super().__init__(outcomes or ("Une réponse.",))
        self.tokens = tokens

    def complete(self, prompt: Prompt, **options: object) -> Completion:
        return replace(super().complete(prompt, **options), tokens=self.tokens)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _somebody() -> Iterator[None]:
    token = CLIENT.set("192.0.2.1")
    yield
    CLIENT.reset(token)


def metered(model: LanguageModel, per_minute: int, now: float = 1_000.0) -> MeteredModel:
    return MeteredModel(model, OwnBuckets(lambda: now), per_minute=per_minute)


def answered(model: LanguageModel, times: int) -> int:
    """Return how many of so many calls were not refused for the limit."""
    count = 0
    for _ in range(times):
        try:
            model.complete(PROMPT, deadline_seconds=5)
        except GenerationFailed as failed:
            count += failed.fault is not GenerationFault.LIMITED
        else:
            count += 1
    return count


def test_tokens_are_counted_as_the_model_tells_them() -> None:
    model = metered(Counting(tokens=Tokens(45, 5)), 300)

    # 50 each; a call needs room for the 120 that it may take: after 200 there is none.
    assert answered(model, 10) == 4
    assert model.health() == {"limit_a_minute": 300, "used": 200, "refused": 6, "is_estimated": False}


def test_tokens_that_a_server_does_not_tell_are_estimated_and_that_is_said() -> None:
    model = metered(Counting("x" * 30), 300)  # 100 read, 10 written

    assert answered(model, 10) == 2
    assert model.health() == {"limit_a_minute": 300, "used": 220, "refused": 8, "is_estimated": True}


def test_a_model_that_was_not_asked_costs_nothing_and_one_that_failed_does() -> None:
    assert answered(metered(Counting(GenerationFault.BUSY), 120), 5) == 5
    assert answered(metered(Counting(GenerationFault.TIMED_OUT), 120), 5) == 1


def test_clients_do_not_count_for_each_other_and_what_nobody_asked_for_is_not_limited() -> None:
    model = metered(Counting(tokens=Tokens(100, 20)), 120)
    assert answered(model, 3) == 1

    CLIENT.set("192.0.2.2")
    assert answered(model, 3) == 1
    CLIENT.set("")
    assert answered(model, 3) == 3
    assert answered(metered(Counting(), 0), 3) == 3


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_servers_tell_their_tokens(kind: str) -> None:
    servers = pytest.importorskip("noa_rag.rephrasing.clients.servers")
    with StubServer() as stub:
        address = f"ollama+{stub.ollama_url}" if kind == "ollama" else stub.openai_url
        model = StreamedModel(servers.open_server(address, model="m"), name="m")
        without = model.complete(PROMPT, deadline_seconds=60)
        stub.tokens = (120, 9)
        reply = model.complete(PROMPT, deadline_seconds=60)
        model.close()

    assert (without.tokens, reply.tokens) == (None, Tokens(120, 9))
    assert without.text == reply.text
