"""Noa's retriever in LlamaIndex's own query engine, put together as docs/answering.md says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import BaseRetriever

from noa_rag.domain.entry import EntryStatus
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa
from tests.shared_model import REPOSITORY

QUESTION = "Comment déposer une marque ?"
ANSWER = "Le dépôt se fait **en ligne**, auprès de l'INPI."


@pytest.fixture
def noa(settings: Settings, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Noa]:
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version("marque", question=QUESTION, answer=ANSWER)])
    noa = a_noa(settings, records, tmp_path / "index")
    monkeypatch.setattr("noa_rag.service.noa.open_noa", lambda settings: noa)
    yield noa
    noa.close()


def run_example() -> dict[str, Any]:
    """Return what the page's Python example leaves."""
    page = (REPOSITORY / "docs" / "answering.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {"llm": MockLLM()}
    exec(example, names)
    return names


@pytest.mark.usefixtures("noa")
def test_a_query_engine_answers_from_the_approved_text() -> None:
    ran = run_example()

    assert isinstance(ran["retriever"], BaseRetriever)
    assert ANSWER in str(ran["answer"])
    (node,) = ran["answer"].source_nodes
    assert node.text == ANSWER
    assert (node.metadata["entry_id"], node.metadata["version"]) == ("marque", 1)


def test_what_was_withdrawn_is_not_returned_though_the_index_still_has_it(noa: Noa) -> None:
    noa.records.entries.add_versions(
        [a_new_version("marque", expected_version=1, status=EntryStatus.WITHDRAWN, question=QUESTION, answer=ANSWER)]
    )

    assert run_example()["retriever"].retrieve(QUESTION) == []
