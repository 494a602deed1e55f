"""Strict mode imports nothing that serves assisted mode: not the models, not the steps, not the gate."""

import subprocess
import sys

ASSISTED = (
    "noa_rag.rephrasing",
    "xllamacpp",
    "llama_index.llms",
    "openai",
    "ollama",
)
# Asks in strict mode, and in assisted mode without a model, under a finder that refuses all of the above.
SCRIPT = """
import sys
from pathlib import Path

ASSISTED = {assisted!r}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in ASSISTED):
            raise AssertionError("imported in strict mode: " + name)

sys.meta_path.insert(0, Refuse())

import noa_rag.web.app, noa_rag.cli.ask
from noa_rag.service.assistant import open_assistant
from noa_rag.service.records import open_records
from noa_rag.service.records import fill_empty_base
from noa_rag.domain.ports import no_progress
from noa_rag.domain.question import Ask, Mode
from noa_rag.settings import Settings
from tests.fake_noa import a_noa
from tests.fakes import FakeEmbedder

settings = Settings(data_dir=Path({folder!r}) / "data", knowledge=Path({pack!r}))
records = open_records(settings)
fill_empty_base(settings, records, no_progress)
assert open_assistant(settings, records, FakeEmbedder()) is None
noa = a_noa(settings, records, Path({folder!r}))
for mode in (Mode.STRICT, Mode.ASSISTED):
    answer = noa.ask(Ask("Comment déposer une marque en France ?", mode=mode))
    assert answer.entry is not None, answer.status
    assert answer.text == answer.official_text and answer.mode is Mode.STRICT
    assert noa.rephrase(answer.question_id) is None
noa.close()
print("answered")
"""


def test_strict_mode_imports_nothing_of_assisted_mode(tmp_path, small_pack) -> None:  # type: ignore[no-untyped-def]
    script = SCRIPT.format(assisted=ASSISTED, folder=str(tmp_path), pack=str(small_pack))

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)

    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "answered"
