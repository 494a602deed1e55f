"""What the settings open, what `noa doctor` says of it, and what is said when it cannot be."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from noa_rag.domain.errors import ModelUnavailable, NoaError
from noa_rag.service.assistant import language_model_in_words, open_language_model
from noa_rag.settings import Settings
from tests.rephrasing.stub_server import Fault, StubServer
from tests.shared_model import link_models


def test_without_the_setting_there_is_none(settings: Settings) -> None:
    assert open_language_model(settings) is None
    assert language_model_in_words(settings) == "none; NOA_LLM is empty, answers are the approved texts"


@pytest.mark.parametrize("llm", ["bundled", "http://127.0.0.1:9/v1", "ollama+http://127.0.0.1:9"])
def test_a_missing_extra_is_named(llm: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("servers", "bundled.llama_cpp"):
        monkeypatch.setitem(sys.modules, f"noa_rag.rephrasing.clients.{name}", None)
    monkeypatch.setattr("noa_rag.rephrasing.clients.bundled.files.prepare_bundled", lambda *_, **__: tmp_path)

    with pytest.raises(ModelUnavailable, match=r"which is not installed: pip install 'noa\[assistant\]'"):
        open_language_model(Settings(llm=llm, llm_model="m"))


@pytest.mark.llm
def test_the_doctor_tries_the_bundled_model_and_names_its_terms(bundled_file: Path, tmp_path: Path) -> None:
    link_models(tmp_path)

    words = language_model_in_words(Settings(llm="bundled", data_dir=tmp_path))

    assert words.startswith("gemma3-270m-q4-k-m at bundled, a trial took ")
    assert "it only points out paragraphs of the official text, and writes nothing of its own (choose-base-1)" in words
    assert "under the Gemma Terms of Use (https://ai.google.dev/gemma/terms, a copy in " in words


def test_the_doctor_tries_a_server_and_tells_what_it_does_wrong() -> None:
    pytest.importorskip("llama_index.llms.openai_like", reason="the extra `assistant` is not installed")
    with StubServer() as stub:
        settings = Settings(llm=stub.openai_url, llm_model="albert-small", llm_key="a-secret")
        well = language_model_in_words(settings)
        unchecked = language_model_in_words(replace(settings, embedding_model="another/model"))
        stub.fault = Fault.ERROR_500

        with pytest.raises(NoaError, match=r"albert-small gave nothing \(refused: HTTP 500\).* NOA_LLM") as raised:
            language_model_in_words(settings)

    assert well.startswith(f"albert-small at {stub.openai_url}, a trial took ")
    assert well.endswith("it writes sentences, shown where the gate lets them pass (answer-chat-2)")
    assert "only points out paragraphs of the official text" in unchecked
    assert unchecked.endswith("the checker belongs to another embedding model than another/model (answer-chat-2)")
    assert "a-secret" not in well + str(raised.value)
