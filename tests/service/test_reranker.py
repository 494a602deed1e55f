"""What the setting NOA_RERANKER puts into the service."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from noa_rag.french.places import BUILT_IN
from noa_rag.retrieval.calibration import Calibration, read_calibration
from noa_rag.retrieval.confidence import CalibratedJudge, features
from noa_rag.retrieval.reranker import CrossEncoderReranker
from noa_rag.retrieval.verifier.verifier import Verifier, read_verifier
from noa_rag.service.models import open_reranker
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa
from tests.retrieval.retrieval_helpers import BASE, HashingEmbedder, an_index, asked
from tests.retrieval.tiny_cross_encoder import a_cross_encoder
from tests.retrieval.verifier_helpers import a_stored_aligner

QUESTION = asked("comment embaucher un salarié pour ouvrir un restaurant")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_cross_encoder(tmp_path / "models" / "tiny")


@pytest.fixture
def filled(records: Records) -> Records:
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions(
        [a_new_version(one.id, question=one.content.question, answer=one.content.answer) for one in BASE]
    )
    return records


def eager(calibration: Calibration, **changes: object) -> Calibration:
    """Return a calibration with which every question is read."""
    return replace(
        calibration,
        with_alternates=replace(calibration.with_alternates, offer_from=0.0, brief=None, longer=None, **changes),  # type: ignore[arg-type]
        bare=replace(calibration.bare, offer_from=0.0, brief=None, longer=None, **changes),  # type: ignore[arg-type]
    )


def test_a_cross_encoder_puts_in_order_and_without_a_calibration_the_scores_alone_decide(
    settings: Settings, filled: Records, folder: Path, tmp_path: Path
) -> None:
    with capture_logs() as logs:
        noa = a_noa(replace(settings, reranker=str(folder)), filled, tmp_path)
    assert noa.verifier is not None
    assert isinstance(noa.verifier.reader, CrossEncoderReranker)
    retrieved = noa.retriever.retrieve(QUESTION)
    order = tuple(match.entry_id for match in noa.verifier.read(QUESTION, retrieved).matches)

    calibration = eager(read_calibration())
    judgement = CalibratedJudge(calibration, noa.verifier).judge(QUESTION, retrieved)

    assert len(order) == len(BASE)
    assert judgement.order == order
    by_id = {match.entry_id: match for match in retrieved.matches}
    as_ordered = replace(retrieved, matches=tuple(by_id[one] for one in order))
    assert judgement.confidence == pytest.approx(calibration.bare.answers.probability(features(as_ordered)))
    assert [(one["reranker"], one["calibrated_with"], one["advice"]) for one in logs if "reranker" in one] == [
        (noa.verifier.fingerprint, "bundled", "noa eval calibrate --own-base")
    ]
    assert noa.health()["reranker"] == noa.verifier.fingerprint
    noa.close()


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
