"""Opens the models that the settings name, the embedding model and the reranker, and the index over their vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from structlog import get_logger

from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.french.places import Gazetteer
from noa_rag.knowledge.rules.questions import Embed
from noa_rag.retrieval.bundled_model.weights_file import FILE_NAME as WEIGHTS_FILE
from noa_rag.retrieval.calibration import Calibration, learned_here, read_calibration
from noa_rag.retrieval.embedding import SentenceEmbedder, VectorCache, load_embedder
from noa_rag.retrieval.index import SearchIndex, vector_cache_path
from noa_rag.retrieval.reranker import CrossEncoderReranker, KeptReadings, Reranker, load_cross_encoder
from noa_rag.retrieval.spelling import read_glossary
from noa_rag.retrieval.verifier.verifier import read_verifier
from noa_rag.settings import BUNDLED, NO_RERANKER, Settings

CALIBRATE = "noa eval calibrate --own-base"
_log = get_logger(__name__)


def open_reranker(
    settings: Settings, index: SearchIndex, calibration: Calibration, *, gazetteer: Gazetteer, kept_in: Path
) -> KeptReadings | None:
    """Return the reranker of the first candidates; None when the scores alone decide.

    That is so with the setting `none`, and with the bundled reranker beside another embedding model than it was trained
    for. `kept_in` is the folder for its readings of entries. Raises ModelUnavailable for one that cannot be loaded.
    """
    reranker = _opened(settings, index, gazetteer, kept_in)
    if reranker is None:
        return None
    fitted_with = calibration.verified_with
    if reranker.fingerprint != fitted_with:
        _log.warning(
            "reranker_not_calibrated", reranker=reranker.fingerprint, calibrated_with=fitted_with, advice=CALIBRATE
        )
    return KeptReadings(reranker)


def _opened(settings: Settings, index: SearchIndex, gazetteer: Gazetteer, kept_in: Path) -> Reranker | None:
    if settings.reranker == NO_RERANKER:
        return None
    if settings.reranker == BUNDLED:
        return read_verifier(index, index.embedder, index.embedder.fingerprint, gazetteer=gazetteer, kept_in=kept_in)
    return CrossEncoderReranker(index, load_cross_encoder(settings.reranker), gazetteer)


def reranker_in_words(settings: Settings) -> str:
    """Return which reranker is in use. Raises NoaError when it cannot be loaded, or the calibration is for another."""
    if settings.reranker == NO_RERANKER:
        return "none: the scores alone decide"
    if settings.reranker == BUNDLED and settings.embedding_model != BUNDLED:
        return "bundled, which reads with the bundled embedding model alone: with another the scores alone decide"
    in_use = BUNDLED if settings.reranker == BUNDLED else load_cross_encoder(settings.reranker).fingerprint
    calibration = learned_here(settings.data_dir) or read_calibration()
    fitted_with = calibration.verified_with
    if in_use == fitted_with:
        return f"{in_use}; the confidence was calibrated with it"
    raise NoaError(
        f"{in_use} puts the first candidates in order, and the scores alone decide: the confidence was calibrated with "
        f"the reranker {fitted_with}. Run `{CALIBRATE}` to calibrate with the one in use, or set NOA_RERANKER back."
    )


def open_embedder(settings: Settings, progress: Progress = no_progress) -> SentenceEmbedder:
    """Return the embedding model that the settings name, prepared on first use."""
    weights = settings.models_dir / WEIGHTS_FILE  # put there by hand, where their package cannot be installed
    return load_embedder(
        settings.embedding_model,
        settings.models_dir,
        weights_path=weights if weights.is_file() else None,
        progress=lambda message: progress(message, 0, 0),
    )


def question_vectors(settings: Settings, progress: Progress = no_progress) -> Embed:
    """Return a function that embeds questions with the configured model and centres the vectors on their mean."""
    embedder = open_embedder(settings, progress)

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = embedder.embed_queries(list(texts))
        moved = vectors - vectors.mean(axis=0)
        centred: NDArray[np.float32] = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
        return centred

    return embed


def open_index(settings: Settings, embedder: SentenceEmbedder, folder: Path) -> SearchIndex:
    """Return an index over a folder of vectors, which holds nothing before it is refreshed."""
    return SearchIndex(
        embedder,
        VectorCache(vector_cache_path(folder, embedder.fingerprint), embedder.dimension),
        read_glossary(settings.knowledge / "glossary.yaml"),
        chroma_url=settings.chroma_url,
    )
