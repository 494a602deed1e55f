"""Whatever a server does wrong, the caller hears of it within the deadline, and nothing of it stays behind."""

import gc
import os
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("llama_index.llms.openai_like", reason="the extra `assistant` is not installed")

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, LanguageModel, Prompt
from noa_rag.rephrasing.clients.servers import open_server
from noa_rag.rephrasing.clients.streaming import RestingModel, StreamedModel
from tests.rephrasing.stall_meter import StallMeter
from tests.rephrasing.stub_server import ENGLISH, FRENCH, SCRIPT, Fault, StubServer

TIMES = 50
AT_ONCE = 10
DEADLINE_SECONDS = 0.3  # for servers that keep silent
PATIENT_SECONDS = 5.0  # for those that answer wrongly: what they did is then told, not that time was up
MARGIN_SECONDS = 0.8  # ten callers and the stub share two cores; a third job on them added half a second
PROMPT = Prompt(name="test-1", system="Réponds en français.", text="Comment déposer une marque ?", token_limit=60)

Open = Callable[[StubServer], LanguageModel]
BACKENDS: dict[str, Open] = {
    "openai": lambda stub: StreamedModel(open_server(stub.openai_url, model="m"), name="m"),
    "ollama": lambda stub: StreamedModel(open_server(f"ollama+{stub.ollama_url}", model="m"), name="m"),
}
EXPECTED = {
    Fault.HANGS_BEFORE_HEADERS: {GenerationFault.TIMED_OUT},
    Fault.HANGS_MID_STREAM: {GenerationFault.TIMED_OUT},
    Fault.DRIPS: {GenerationFault.TIMED_OUT},
    Fault.ERROR_500: {GenerationFault.REFUSED},
    Fault.ERROR_429: {GenerationFault.REFUSED},
    Fault.GARBAGE: {GenerationFault.UNREADABLE},
    Fault.GARBAGE_EVENTS: {GenerationFault.UNREADABLE},
    Fault.TRUNCATED_JSON: {GenerationFault.UNREADABLE},
    Fault.BROKEN_OFF: {GenerationFault.UNREACHABLE, GenerationFault.UNREADABLE},
    Fault.HUGE: {GenerationFault.UNREADABLE},
    Fault.HUGE_TEXT: {GenerationFault.UNREADABLE},
    Fault.HUGE_ERROR: {GenerationFault.UNREADABLE, GenerationFault.REFUSED},
    Fault.COMPRESSED: {GenerationFault.UNREADABLE},
    Fault.REDIRECT: {GenerationFault.REFUSED},
    Fault.ERROR_EVENT: {GenerationFault.REFUSED},
    Fault.EMPTY: {GenerationFault.EMPTY},
    Fault.NO_EVENT: {GenerationFault.EMPTY, GenerationFault.UNREADABLE},
}
# These come through as text: whether it may be shown is for the gate to say.
WRITTEN = {
    Fault.NONE: FRENCH,
    Fault.WRONG_LANGUAGE: ENGLISH,
    Fault.REPEATS_PROMPT: PROMPT.text,
    Fault.SCRIPTS: SCRIPT,
}


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server


@pytest.fixture(scope="module")
def stalls() -> Iterator[StallMeter]:
    with StallMeter() as meter:
        yield meter


@pytest.fixture(params=list(BACKENDS))
def model(request: pytest.FixtureRequest, stub: StubServer) -> Iterator[LanguageModel]:
    model = BACKENDS[request.param](stub)
    asked(model, deadline_seconds=10.0)  # the libraries load more of themselves at the first call
    yield model
    model.close()


def asked(model: LanguageModel, deadline_seconds: float = DEADLINE_SECONDS) -> tuple[GenerationFault | str, float]:
    """What came of one call, and the seconds it took."""
    started_at = time.monotonic()
    try:
        outcome: GenerationFault | str = model.complete(PROMPT, deadline_seconds=deadline_seconds).text
    except GenerationFailed as failed:
        outcome = failed.fault
    return outcome, time.monotonic() - started_at


def asked_often(model: LanguageModel, deadline_seconds: float) -> list[tuple[GenerationFault | str, float]]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda _: asked(model, deadline_seconds), range(TIMES)))


@pytest.mark.parametrize("fault", list(EXPECTED))
def test_each_fault_is_told_within_the_deadline_fifty_times_and_leaves_nothing_behind(
    fault: Fault, model: LanguageModel, stub: StubServer, stalls: StallMeter
) -> None:
    threads, files = threading.active_count(), open_file_count()
    stub.fault = fault
    deadline_seconds = DEADLINE_SECONDS if GenerationFault.TIMED_OUT in EXPECTED[fault] else PATIENT_SECONDS

    stalls.longest_seconds()
    outcomes = asked_often(model, deadline_seconds)

    assert {outcome for outcome, _ in outcomes} <= EXPECTED[fault]
    assert max(seconds for _, seconds in outcomes) < deadline_seconds + MARGIN_SECONDS + 2 * stalls.longest_seconds()
    assert threading.active_count() <= threads
    assert comes_true(lambda: stub.open_connections == 0), f"{stub.open_connections} connections are open"
    assert comes_true(lambda: open_file_count() <= files)


@pytest.mark.parametrize("fault", list(WRITTEN))
def test_what_is_text_comes_through_as_it_is(fault: Fault, model: LanguageModel, stub: StubServer) -> None:
    stub.fault = fault

    outcomes = [asked(model, deadline_seconds=5.0)[0] for _ in range(TIMES)]

    assert all(isinstance(outcome, str) and WRITTEN[fault] in outcome for outcome in outcomes)


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_a_refused_connection_is_told_at_once(backend: str, stub: StubServer) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening
        stub.port = nobody.getsockname()[1]
        model = BACKENDS[backend](stub)

        outcomes = asked_often(model, PATIENT_SECONDS)

        model.close()
    assert {outcome for outcome, _ in outcomes} == {GenerationFault.UNREACHABLE}
    assert max(seconds for _, seconds in outcomes) < PATIENT_SECONDS


@pytest.mark.parametrize("fault", [fault for fault in EXPECTED if GenerationFault.TIMED_OUT not in EXPECTED[fault]])
def test_the_breaker_opens_on_each_fault_and_closes_when_the_server_is_well_again(
    fault: Fault, stub: StubServer
) -> None:
    now = [0.0]
    model = RestingModel(BACKENDS["openai"](stub), failures_to_open=3, rest_seconds=30.0, clock=lambda: now[0])
    stub.fault = fault
    failing = [asked(model, PATIENT_SECONDS)[0] for _ in range(TIMES)]
    asked_meanwhile = len(stub.bodies)

    stub.fault = Fault.NONE
    still_resting, _ = asked(model, PATIENT_SECONDS)
    now[0] += 30.0
    well, _ = asked(model, PATIENT_SECONDS)

    model.close()
    assert set(failing[:3]) <= EXPECTED[fault]
    assert {*failing[3:], still_resting} == {GenerationFault.RESTING}
    assert asked_meanwhile == 3
    assert well == FRENCH


@pytest.mark.parametrize("fault", [Fault.HUGE, Fault.HUGE_ERROR, Fault.HUGE_TEXT])
def test_a_hundred_megabytes_are_not_read(fault: Fault, model: LanguageModel, stub: StubServer) -> None:
    asked(model, deadline_seconds=10.0)
    gc.collect()
    stub.fault = fault
    tracemalloc.start()

    asked(model, deadline_seconds=10.0)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    assert stub.sent_bytes < 20_000_000  # the rest of them lies in the system's buffers


def comes_true(holds: Callable[[], bool]) -> bool:
    """Whether something holds within five seconds, or once what is unreachable was collected.

    A call that is cut off while it connects, on a machine that stalls, is closed by the collector alone.
    """
    if _comes_true(holds):
        return True
    gc.collect()
    return _comes_true(holds)


def _comes_true(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5.0
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def open_file_count() -> int:
    return len(os.listdir("/proc/self/fd"))
