"""What every language model keeps to, the fake that other tests use included."""

import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, LanguageModel, Prompt
from noa_rag.rephrasing.clients.streaming import RestingModel, StreamedModel, WaitingModel
from tests.rephrasing.fake_model import FakeLanguageModel
from tests.rephrasing.stub_server import StubServer

PATIENT_SECONDS = 120.0
PROMPT = Prompt(name="test-1", system="Les capitales d'Europe.", text="La capitale de la France est", token_limit=8)


@pytest.fixture(params=["fake", "guarded", "openai", "ollama"])
def model(request: pytest.FixtureRequest) -> Iterator[LanguageModel]:
    kind: str = request.param
    if kind not in ("fake", "guarded") and find_spec("llama_index.llms.openai_like") is None:
        pytest.skip("the extra `assistant` is not installed")
    with StubServer() as stub:
        model = opened(kind, stub)
        yield model
        model.close()


def opened(kind: str, stub: StubServer) -> LanguageModel:
    if kind == "fake":
        return FakeLanguageModel()
    if kind == "guarded":
        return WaitingModel(RestingModel(FakeLanguageModel()), concurrency=2, waiting_limit=8)
    from noa_rag.rephrasing.clients.servers import open_server

    address = f"ollama+{stub.ollama_url}" if kind == "ollama" else stub.openai_url
    return StreamedModel(open_server(address, model="m"), name="m")


def fault_of(model: LanguageModel, deadline_seconds: float, *, is_cancelled: bool = False) -> GenerationFault:
    with pytest.raises(GenerationFailed) as failed:
        model.complete(PROMPT, deadline_seconds=deadline_seconds, is_cancelled=lambda: is_cancelled)
    return failed.value.fault


def test_it_writes_and_says_how_long_it_took(model: LanguageModel) -> None:
    started_at = time.monotonic()

    written = model.complete(PROMPT, deadline_seconds=PATIENT_SECONDS)

    assert written.text.strip()
    assert 0 <= written.seconds <= time.monotonic() - started_at


def test_a_deadline_that_has_passed_and_a_visitor_who_has_left_are_told(model: LanguageModel) -> None:
    assert fault_of(model, 0.0) is GenerationFault.TIMED_OUT
    assert fault_of(model, PATIENT_SECONDS, is_cancelled=True) is GenerationFault.CANCELLED

    assert model.complete(PROMPT, deadline_seconds=PATIENT_SECONDS).text


def test_several_threads_may_ask_at_once(model: LanguageModel) -> None:
    texts: list[str] = []

    def ask() -> None:
        texts.append(model.complete(PROMPT, deadline_seconds=PATIENT_SECONDS).text)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(texts) == 4
    assert len(set(texts)) == 1


def test_once_closed_it_writes_no_more(model: LanguageModel) -> None:
    model.complete(PROMPT, deadline_seconds=PATIENT_SECONDS)

    model.close()
    model.close()

    assert fault_of(model, 1.0) is GenerationFault.CANCELLED


def test_closing_ends_what_it_is_writing(model: LanguageModel) -> None:
    outcomes: list[GenerationFault | str] = []

    def ask() -> None:
        try:
            long = Prompt(name="long", text=PROMPT.text * 100, token_limit=200)
            outcomes.append(model.complete(long, deadline_seconds=PATIENT_SECONDS).text)
        except GenerationFailed as failed:
            outcomes.append(failed.fault)

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.05)
    model.close()
    asking.join(20)

    assert not asking.is_alive()
    assert len(outcomes) == 1


def test_it_tells_what_it_writes_as_it_comes(model: LanguageModel) -> None:
    pieces: list[str] = []

    written = model.complete(PROMPT, deadline_seconds=PATIENT_SECONDS, heard=pieces.append)

    assert written.text.startswith("".join(pieces))
