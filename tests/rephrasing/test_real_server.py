"""OpenAI's protocol against a real server: llama.cpp's, with the bundled model, on loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, LanguageModel, Prompt
from tests.rephrasing import llama_server

pytestmark = pytest.mark.llm

KEY = "a-key-for-this-test"
PATIENT_SECONDS = 120.0
PROMPT = Prompt(
    name="test-1",
    text="La capitale de la France est Paris.\nLa capitale de l'Italie est Rome.\nLa capitale de l'Espagne est",
    stop=("\n",),
    token_limit=12,
)


@dataclass(frozen=True)
class Running:
    url: str
    process: psutil.Process


@pytest.fixture(scope="module")
def server(bundled_file: Path) -> Iterator[Running]:
    child = subprocess.Popen(
        [sys.executable, llama_server.__file__, str(bundled_file), KEY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_WAIT_POLICY": "passive"},
    )
    assert child.stdout is not None
    address = child.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:")
    yield Running(f"{address}/v1", psutil.Process(child.pid))
    child.communicate(timeout=30)


def opened(server: Running, *, is_chat: bool = False, takes_grammar: bool = True, key: str = KEY) -> LanguageModel:
    from noa_rag.rephrasing.clients.servers import open_openai_like

    return open_openai_like(server.url, model="gemma", key=key, is_chat=is_chat, takes_grammar=takes_grammar)


def written(server: Running, prompt: Prompt, *, is_chat: bool = False, takes_grammar: bool = True) -> str:
    model = opened(server, is_chat=is_chat, takes_grammar=takes_grammar)
    try:
        return model.complete(prompt, deadline_seconds=PATIENT_SECONDS).text
    finally:
        model.close()


def test_a_base_model_goes_on_with_the_text(server: Running) -> None:
    assert "Madrid" in written(server, PROMPT)


def test_a_chat_is_answered(server: Running) -> None:
    chat = replace(PROMPT, system="Réponds en un mot.", text="Quelle est la capitale de la France ?", stop=())

    assert written(server, chat, is_chat=True)


@pytest.mark.parametrize("is_chat", [False, True])
def test_the_grammar_is_applied_where_it_is_sent(server: Running, is_chat: bool) -> None:
    held = replace(PROMPT, grammar='root ::= "Lisbonne" | "Séville"', stop=())

    assert written(server, held, is_chat=is_chat) in ("Lisbonne", "Séville")
    assert written(server, held, is_chat=is_chat, takes_grammar=False) not in ("Lisbonne", "Séville")


@pytest.mark.parametrize(
    ("prompt", "key"),
    [
        (PROMPT, "a-wrong-key"),
        (replace(PROMPT, text=PROMPT.text * 200), KEY),
        (replace(PROMPT, grammar="root ::= nothing-of-that-name"), KEY),
    ],
    ids=["wrong key", "too long", "bad grammar"],
)
def test_what_the_server_refuses_is_told(server: Running, prompt: Prompt, key: str) -> None:
    model = opened(server, key=key)

    with pytest.raises(GenerationFailed) as failed:
        model.complete(prompt, deadline_seconds=PATIENT_SECONDS)

    model.close()
    assert failed.value.fault is GenerationFault.REFUSED


def test_the_server_stops_when_the_deadline_has_passed(server: Running) -> None:
    model = opened(server)
    long = replace(PROMPT, text=PROMPT.text * 40, stop=(), token_limit=400)

    with pytest.raises(GenerationFailed, match="timed_out"):
        model.complete(long, deadline_seconds=0.5)

    model.close()
    assert_comes_to_rest(server.process)


def assert_comes_to_rest(process: psutil.Process) -> None:
    until = time.monotonic() + 8.0  # the server looks every second whether anybody still listens
    while True:
        before = sum(process.cpu_times()[:2])
        time.sleep(0.5)
        spent = sum(process.cpu_times()[:2]) - before
        if spent < 0.05:
            return
        assert time.monotonic() < until, f"{spent:.2f} s of processor time in half a second"
