"""What reads the first candidates, as the settings say, and what `noa doctor` tells of it."""

from pathlib import Path

from structlog import get_logger

from noa_rag.domain.errors import NoaError
from noa_rag.french.places import Gazetteer
from noa_rag.retrieval.calibration import Calibration, own_calibration, read_calibration
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.reranker import CrossEncoderReranker, KeptReadings, Reranker, load_cross_encoder
from noa_rag.retrieval.verifier.verifier import read_verifier
from noa_rag.settings import BUNDLED, NO_RERANKER, Settings

CALIBRATE = "noa eval calibrate --own-base"
_log = get_logger(__name__)


def open_reranker(
    settings: Settings, index: SearchIndex, calibration: Calibration, *, gazetteer: Gazetteer, kept_in: Path
) -> KeptReadings | None:
    """Return what reads the first candidates; None where the scores alone decide.

    That is what `none` asks for, and the case of the bundled one beside another embedding model than it was trained
    for. `kept_in` is the folder for what is read of entries. Raises ModelUnavailable for one that cannot be loaded.
    """
    reranker = _opened(settings, index, gazetteer, kept_in)
    if reranker is None:
        return None
    fitted_with = calibration.with_alternates.verified_with
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
    """Return which reranker is in use. Raises NoaError when it cannot be loaded, or nothing was calibrated with it."""
    if settings.reranker == NO_RERANKER:
        return "none: the scores alone decide"
    if settings.reranker == BUNDLED and settings.embedding_model != BUNDLED:
        return "bundled, which reads with the bundled embedding model alone: with another the scores alone decide"
    in_use = BUNDLED if settings.reranker == BUNDLED else load_cross_encoder(settings.reranker).fingerprint
    own = own_calibration(settings.data_dir)
    calibration = read_calibration(own) if own.is_file() else read_calibration()
    fitted_with = calibration.with_alternates.verified_with
    if in_use == fitted_with:
        return f"{in_use}; the confidence was calibrated with it"
    raise NoaError(
        f"{in_use} puts the first candidates in order, and the scores alone decide: the confidence was calibrated with "
        f"the reranker {fitted_with}. Run `{CALIBRATE}` to calibrate with the one in use, or set NOA_RERANKER back."
    )
