"""Noa put together as the service is, with a fake embedder in place of the model, and nothing else faked."""

from pathlib import Path

from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.spelling import Glossary
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.fakes import FakeEmbedder, FakeJudge


def a_noa(settings: Settings, records: Records, folder: Path) -> Noa:
    """Return a service over these records, in step with them; vectors are searched one by one."""
    embedder = FakeEmbedder()
    index = SearchIndex(embedder, VectorCache(folder / "vectors.db", embedder.dimension), Glossary())
    noa = Noa(settings, records, index, read_calibration())
    noa.judge = FakeJudge()  # what was learned with the model says nothing of bags of words
    noa._answering = noa.answering()
    noa.refresh()
    return noa
