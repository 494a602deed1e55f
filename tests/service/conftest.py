"""Noa put together as the service is, with a fake embedder in place of the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.chroma_store import ChromaStore
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.spelling import Glossary
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.factories import a_theme, an_agency
from tests.fakes import FakeEmbedder, FakeJudge


@pytest.fixture
def noa(settings: Settings, records: Records, tmp_path: Path) -> Iterator[Noa]:
    """A service over an empty base with one agency; it follows the base only once told to."""
    records.directory.save([an_agency()], [a_theme()])
    embedder = FakeEmbedder()
    index = SearchIndex(
        embedder,
        ChromaStore(tmp_path / "index" / "chroma"),
        VectorCache(tmp_path / "index" / "vectors.db", embedder.dimension),
        Glossary(),
    )
    noa = Noa(settings, records, index, read_calibration())
    noa.judge = FakeJudge()  # what was learned with the model says nothing of bags of words
    noa._answering = noa.answering()
    noa.refresh()
    yield noa
    noa.close()
