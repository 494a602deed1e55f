"""Nothing is called that the operator did not name, nothing is sent that is not Noa's, the key is never shown."""

import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("llama_index.llms.openai_like", reason="the extra `assistant` is not installed")

from noa_rag.domain.rephrasing import GenerationFailed, GenerationFault, Prompt
from noa_rag.service.assistant import open_models
from noa_rag.settings import Settings
from tests.rephrasing.stub_server import FRENCH, Fault, StubServer

KEY = "sk-a-secret-of-the-operator"
PROMPT = Prompt(name="test-1", system="Réponds en français.", text="Comment déposer une marque ?")
SENT = {"host", "content-length", "content-type", "accept", "user-agent", "accept-encoding", "connection"}
NOT_OURS = {
    "OPENAI_API_KEY": "sk-of-somebody-else",
    "OPENAI_ORG_ID": "org-of-somebody-else",
    "OPENAI_PROJECT_ID": "project-of-somebody-else",
    "OPENAI_API_BASE": "http://192.0.2.1/v1",
    "OPENAI_BASE_URL": "http://192.0.2.1/v1",
    "OPENAI_CUSTOM_HEADERS": "X-Leak: yes",
    "OLLAMA_API_KEY": "of-somebody-else",
    "OLLAMA_HOST": "http://192.0.2.1:11434",
    "HTTP_PROXY": "http://192.0.2.1:3128",
    "http_proxy": "http://192.0.2.1:3128",
    "ALL_PROXY": "http://192.0.2.1:3128",
}


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server


def settings_for(stub: StubServer, kind: str, key: str = "") -> Settings:
    address = stub.openai_url if kind == "openai" else f"ollama+{stub.ollama_url}"
    return Settings(llm=address, llm_model="m", llm_key=key)


def written(settings: Settings) -> str:
    model = open_models(settings)[0]
    try:
        return model.complete(PROMPT, deadline_seconds=10.0).text
    finally:
        model.close()


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_variables_that_are_not_ours_change_nothing(
    kind: str, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in NOT_OURS.items():
        monkeypatch.setenv(name, value)

    assert written(settings_for(stub, kind)) == FRENCH

    (headers,) = stub.headers
    assert set(headers) <= SENT
    assert "somebody-else" not in json.dumps(headers)


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_the_key_is_sent_as_a_bearer_token(kind: str, stub: StubServer) -> None:
    written(settings_for(stub, kind, KEY))

    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("kind", ["openai", "ollama"])
@pytest.mark.parametrize("fault", [Fault.NONE, Fault.ERROR_500, Fault.GARBAGE])
def test_neither_key_nor_question_is_logged_or_shown(
    kind: str, fault: Fault, stub: StubServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.fault = fault
    settings = settings_for(stub, kind, KEY)
    shown = repr(settings)

    try:
        written(settings)
    except GenerationFailed as failed:
        shown += f"{failed} {failed!r} {failed.evidence}"

    assert KEY not in shown + caplog.text
    assert "marque" not in shown + caplog.text


@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_a_redirect_is_not_followed(kind: str, stub: StubServer, connected: list[str]) -> None:
    stub.fault = Fault.REDIRECT

    with pytest.raises(GenerationFailed) as failed:
        written(settings_for(stub, kind))

    assert failed.value.fault is GenerationFault.REFUSED
    assert set(connected) == {"127.0.0.1"}


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that anything in this process connects to or looks up from now on."""
    seen: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def noted_connect(self: socket.socket, address: tuple[str, int]) -> None:
        seen.append(str(address[0]))
        connect(self, address)

    def noted_look_up(host: str | None, *rest: object, **options: object) -> object:
        seen.append(str(host))
        return look_up(host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", noted_connect)
    monkeypatch.setattr(socket, "getaddrinfo", noted_look_up)
    return seen


def test_only_what_is_needed_is_asked(stub: StubServer) -> None:
    written(settings_for(stub, "openai"))

    messages = [{"role": "system", "content": PROMPT.system}, {"role": "user", "content": PROMPT.text}]
    usual = {"model": "m", "temperature": 0.0, "max_tokens": 200, "stream": True}
    assert stub.bodies == [{**usual, "stream_options": {"include_usage": True}, "messages": messages}]


def test_ollama_is_asked_one_thing_only(stub: StubServer) -> None:
    written(settings_for(stub, "ollama"))

    (body,) = stub.bodies
    assert body["messages"] == [
        {"role": "system", "content": PROMPT.system},
        {"role": "user", "content": PROMPT.text},
    ]
    assert body["options"] == {"num_predict": 200, "temperature": 0.0, "num_ctx": 4096}


STRICT = """
import sys
from noa_rag.cli import doctor
from noa_rag.service import noa
import noa_rag.service.assistant
import noa_rag.web.operations.server
barred = ("noa_rag.rephrasing", "llama_index.llms", "openai", "ollama")
print([name for name in sys.modules if name.startswith(barred)])
"""


def test_without_the_setting_nothing_of_it_is_imported() -> None:
    child = subprocess.run([sys.executable, "-c", STRICT], capture_output=True, text=True, check=True, env=clean())

    assert child.stdout.strip() == "[]"


ALONE = """
import socket, sys
def refuse(*rest, **options):
    raise SystemExit(f"somebody was called: {rest}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from noa_rag.service.assistant import open_models
from noa_rag.environment import read_settings
for model in open_models(read_settings()):
    model.close()
"""


@pytest.mark.parametrize("llm", ["http://127.0.0.1:9/v1", "ollama+http://127.0.0.1:9"])
def test_opening_a_model_calls_nobody(llm: str, tmp_path: Path) -> None:
    """Not even for the encodings that tiktoken downloads at their first use."""
    run_alone(NOA_LLM=llm, NOA_LLM_MODEL="m", NOA_DATA_DIR=str(tmp_path))


def run_alone(**variables: str) -> None:
    child = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=False, env=clean() | variables
    )
    assert child.returncode == 0, child.stderr


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("NOA_")}
