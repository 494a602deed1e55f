"""The bundled model writes, obeys a grammar, and stops when it is told to."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, LanguageModel, Prompt

pytestmark = pytest.mark.llm

PROMPT = Prompt(
    name="test-1",
    text="La capitale de la France est Paris.\nLa capitale de l'Italie est Rome.\nLa capitale de l'Espagne est",
    stop=("\n",),
    token_limit=12,
)
LONG = replace(PROMPT, text=PROMPT.text * 40, stop=(), token_limit=400)
PATIENT_SECONDS = 120.0


@pytest.fixture(scope="module")
def model(bundled_file: Path) -> Iterator[LanguageModel]:
    from noa_rag.rephrasing.clients.bundled.llama_cpp import open_bundled

    model = open_bundled(bundled_file)
    yield model
    model.close()


def test_goes_on_with_a_text_always_in_the_same_way(model: LanguageModel) -> None:
    texts = {model.complete(PROMPT, deadline_seconds=PATIENT_SECONDS).text for _ in range(2)}

    assert len(texts) == 1
    assert "Madrid" in texts.pop()


def test_writes_only_what_the_grammar_allows(model: LanguageModel) -> None:
    held = replace(PROMPT, grammar='root ::= " Lisbonne." | " Séville."')

    assert model.complete(held, deadline_seconds=PATIENT_SECONDS).text in (" Lisbonne.", " Séville.")


@pytest.mark.parametrize(
    ("prompt", "fault"),
    [
        (replace(PROMPT, grammar="root ::= nothing-of-that-name"), GenerationFault.REFUSED),
        (replace(PROMPT, text=PROMPT.text * 200), GenerationFault.REFUSED),
        (replace(PROMPT, grammar='root ::= ""'), GenerationFault.EMPTY),
    ],
)
def test_what_cannot_be_done_is_told(model: LanguageModel, prompt: Prompt, fault: GenerationFault) -> None:
    with pytest.raises(GenerationFailed) as failed:
        model.complete(prompt, deadline_seconds=PATIENT_SECONDS)

    assert failed.value.fault is fault


def test_the_processor_is_free_after_the_deadline(model: LanguageModel) -> None:
    model.complete(PROMPT, deadline_seconds=PATIENT_SECONDS)

    with pytest.raises(GenerationFailed, match="timed_out"):
        model.complete(LONG, deadline_seconds=0.4)

    assert_comes_to_rest()


OPENED_AND_CLOSED = """
import sys
from pathlib import Path
from noa_rag.rephrasing.clients.bundled.llama_cpp import _load

for _ in range(6):
    server = _load(sys.argv[1], 2)
    del server
"""


def test_a_model_that_is_closed_as_soon_as_it_is_loaded_holds_nobody_up(bundled_file: Path) -> None:
    """Else the process stands still for ever, Python's lock in its hands: hence one of its own."""
    done = subprocess.run(
        [sys.executable, "-c", OPENED_AND_CLOSED, str(bundled_file)], timeout=PATIENT_SECONDS, check=False
    )

    assert done.returncode == 0


def assert_comes_to_rest() -> None:
    """Within a few seconds on a busy machine; the whole text would have taken ten on a free one."""
    until = time.monotonic() + 5.0
    while True:
        before = seconds_of_the_model()
        time.sleep(0.5)
        spent = seconds_of_the_model() - before
        if spent < 0.15:  # writing takes all that it gets
            return
        assert time.monotonic() < until, f"{spent:.2f} s of processor time in half a second"


def seconds_of_the_model() -> float:
    """Return the processor time of llama.cpp's threads: what other tests left running in this process is not theirs."""
    others = {thread.native_id for thread in threading.enumerate() if not thread.name.startswith("llama-cpp")}
    ticks = 0
    for task in Path("/proc/self/task").iterdir():
        if int(task.name) not in others:
            with suppress(FileNotFoundError):  # it ended meanwhile
                ticks += sum(map(int, (task / "stat").read_text().rpartition(") ")[2].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
