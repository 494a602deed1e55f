"""What a service does without: in strict mode all of assisted mode, with the bundled model the heavy libraries.

Those take 470 MB and six seconds of a processor, in every worker and for every command.
"""

import subprocess
import sys

import pytest

from noa_rag.settings import Settings

ASSISTED = (
    "noa_rag.rephrasing",
    "llama_index.llms",
    "openai",
    "ollama",
)
HEAVY = ("torch", "sentence_transformers", "transformers", "sklearn", "optimum", "datasets", "pandas")
REFUSING = """
import sys
from pathlib import Path

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in {refused!r}):
            raise AssertionError("imported all the same: " + name)

sys.meta_path.insert(0, Refuse())
"""
# Asks in strict mode, and in assisted mode without a model.
STRICT = """
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


# Asks with the bundled model, of an index that was filled before, and of one that is filled anew.
BUNDLED = """
from noa_rag.domain.question import Ask
from noa_rag.service.noa import open_noa
from noa_rag.settings import Settings

settings = Settings(data_dir=Path({data_dir!r}), knowledge=Path({pack!r}), database_url={url!r})
noa = open_noa(settings)
assert noa.verifier is not None
read = noa.ask(Ask("pour ma marque, ça dure combien de temps la protection"))
assert read.entry is not None or read.choices, read.status
noa.index.rebuild()
assert noa.ask(Ask("Comment déposer une marque en France ?")).entry is not None
noa.close()
print("answered")
"""


def run_refusing(refused: tuple[str, ...], script: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", REFUSING.format(refused=refused) + script],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "answered"


def test_strict_mode_imports_nothing_of_assisted_mode(tmp_path, small_pack) -> None:  # type: ignore[no-untyped-def]
    run_refusing(ASSISTED, STRICT.format(folder=str(tmp_path), pack=str(small_pack)))


@pytest.mark.model
def test_the_bundled_model_needs_none_of_the_heavy_libraries(model_settings: Settings) -> None:
    run_refusing(
        HEAVY,
        BUNDLED.format(
            data_dir=str(model_settings.data_dir),
            pack=str(model_settings.knowledge),
            url=model_settings.effective_database_url,
        ),
    )
