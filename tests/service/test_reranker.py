"""What the setting NOA_RERANKER puts into the service."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from noa_rag.french.places import BUILT_IN
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.verifier.verifier import Verifier, read_verifier
from noa_rag.service.models import open_reranker
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa
from tests.retrieval.retrieval_helpers import BASE, HashingEmbedder, an_index, asked
from tests.retrieval.verifier_helpers import a_stored_aligner

QUESTION = asked("comment embaucher un salarié pour ouvrir un restaurant")


@pytest.fixture
def filled(records: Records) -> Records:
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions(
        [a_new_version(entry.id, question=entry.content.question, answer=entry.content.answer) for entry in BASE]
    )
    return records


def test_with_none_nothing_is_read(settings: Settings, filled: Records, tmp_path: Path) -> None:
    noa = a_noa(replace(settings, reranker="none"), filled, tmp_path)

    assert noa.verifier is None
    assert noa.health()["reranker"] == "none"
    assert noa.searcher_over(noa.index).retriever.retrieve(QUESTION).matches
    noa.close()


def test_the_bundled_one_serves_the_embedding_model_that_it_was_trained_for_and_no_other(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_stored_aligner(tmp_path, "e5", dimension=HashingEmbedder().dimension)
    monkeypatch.setattr("noa_rag.service.models.read_verifier", partial(read_verifier, path=path))
    for fingerprint, expected in (("e5-int8-avx2#1", Verifier), ("bge-m3#1", None)):
        index = an_index(tmp_path / fingerprint, *BASE, embedder=HashingEmbedder(fingerprint))

        with capture_logs() as logs:
            reranker = open_reranker(settings, index, read_calibration(), gazetteer=BUILT_IN, kept_in=tmp_path)

        assert logs == []
        assert (reranker and type(reranker.reader)) is expected
        if reranker is not None:
            assert reranker.fingerprint == "bundled"
            reranker.close()
        index.close()
