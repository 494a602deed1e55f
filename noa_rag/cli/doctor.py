"""What `noa doctor` looks at, part by part."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from noa_rag.domain.errors import NoaError
from noa_rag.domain.question import Language
from noa_rag.knowledge.importing import missing_from
from noa_rag.retrieval.bundled_model import bundled_model_folder, find_damage
from noa_rag.retrieval.calibration import own_calibration, read_calibration
from noa_rag.service.assistant import language_model_in_words
from noa_rag.service.browsing import OPERATOR_PAGES, PAGES_FOLDER, page_file
from noa_rag.service.models import reranker_in_words
from noa_rag.service.records import Records, check_data_dir, open_records
from noa_rag.settings import BUNDLED, Settings

STRANGERS_AT_MOST = 0.1  # of the entries: a base grows by some twenty a month, and stays much the same
LEAST_FREE_MEGABYTES = 500  # unpacking the model takes 350 MB for a moment


@dataclass(frozen=True, slots=True)
class PartExamined:
    """One part of the service, whether it is well, and what to do otherwise."""

    part: str
    is_well: bool
    words: str


def examine(settings: Settings) -> list[PartExamined]:
    """Return a finding for each part; nothing is changed but a missing data folder."""
    return [
        _looked_at("data folder", lambda: _data_folder(settings)),
        _looked_at("database", lambda: _database(settings)),
        _looked_at("bundled pack", lambda: _bundled_pack(settings)),
        _looked_at("embedding model", lambda: _model(settings)),
        _looked_at("reranker", lambda: reranker_in_words(settings)),
        _looked_at("calibration", lambda: _calibration(settings)),
        _looked_at("htmx", lambda: _htmx(settings)),
        _looked_at("places", lambda: _places(settings)),
        _looked_at("index", lambda: _index(settings)),
        _looked_at("pages", lambda: _pages(settings)),
        _looked_at("language model", lambda: language_model_in_words(settings)),
    ]


def _looked_at(part: str, look: Callable[[], str]) -> PartExamined:
    try:
        return PartExamined(part, True, look())
    except NoaError as error:
        return PartExamined(part, False, str(error))


def _data_folder(settings: Settings) -> str:
    check_data_dir(settings.data_dir)
    free = shutil.disk_usage(settings.data_dir).free // 1_000_000
    if free < LEAST_FREE_MEGABYTES:
        raise NoaError(f"only {free} MB are free in {settings.data_dir.absolute()}; free {LEAST_FREE_MEGABYTES} MB")
    return f"{settings.data_dir.absolute()}, {free:,} MB free"


def _database(settings: Settings) -> str:
    records = open_records(settings)
    try:
        records.database.check()
        count, kept = len(records.entries.ids()), records.library.count()
        return f"{count} entries, {kept} library texts, revision {records.revision()}"
    finally:
        records.close()


def _bundled_pack(settings: Settings) -> str:
    records = open_records(settings)
    try:
        is_filled, missing = records.revision() > 0, missing_from(settings.knowledge, records)
    finally:
        records.close()
    if is_filled and missing:
        return f"{len(missing)} entries that the base lacks; `noa knowledge import {settings.knowledge}` brings them"
    return "nothing that the base lacks" if is_filled else "fills the base at the first question"


def _model(settings: Settings) -> str:
    if settings.embedding_model != BUNDLED:
        return settings.embedding_model
    folder = bundled_model_folder(settings.models_dir)
    if not folder.exists():
        return "bundled, unpacked at the first question"
    damage = find_damage(folder, thorough=True)
    if damage:
        raise NoaError(f"{'; '.join(damage)}. Delete {folder}: it is unpacked again at the next start.")
    return f"bundled, sound, in {folder}"


def _calibration(settings: Settings) -> str:
    own = own_calibration(settings.data_dir)
    calibration = read_calibration(own) if own.is_file() else read_calibration()
    records = open_records(settings)
    try:
        _, versions = records.changed_since(-1)
        # A variant stands where its family's general entry stands, and is as well known as that.
        entry_ids = [one.content.variant_of or one.id for one in versions]
    finally:
        records.close()
    strangers = calibration.strangers(entry_ids)
    if len(strangers) > STRANGERS_AT_MOST * len(entry_ids):
        raise NoaError(
            f"{len(strangers)} of {len(entry_ids)} entries were not there when the confidence was calibrated (first: "
            f"{strangers[0]}); the bound it promises leaves them out. Run `noa eval run --own-base` to see how they do,"
            " and `noa eval calibrate --own-base` to calibrate on this base."
        )
    bound = calibration.figures.get("with_alternates", {}).get("bound", "no bound")
    whose = f"your own ({own})" if own.is_file() else "bundled"
    fitted_on = calibration.figures.get("fitted_on", "unknown questions")
    return f"{whose}; {bound}; fitted on {fitted_on}; {len(strangers)} new entries"


def _htmx(settings: Settings) -> str:
    from noa_rag.service.downloads import htmx_path

    path = htmx_path(settings)
    return str(path) if path.is_file() else "absent: pages work, only less swiftly. `make install` fetches it"


def _places(settings: Settings) -> str:
    from noa_rag.service.downloads import open_gazetteer

    count = open_gazetteer(settings).commune_count
    if count:
        return f"{count:,} names of communes (Etalab, code officiel géographique)"
    return "regions, départements and larger towns only: `make install` fetches the communes with npm"


def _pages(settings: Settings) -> str:
    files = {page_file(settings.data_dir, name, Language.FRENCH) for name in OPERATOR_PAGES}
    missing = sorted(file.name for file in files if not file.is_file())
    if missing:
        folder = settings.data_dir.absolute() / PAGES_FOLDER
        return f"{', '.join(missing)} to write in {folder}: visitors read that you have yet to (docs/operating.md)"
    return "legal notice, personal data and accessibility are yours"


def _index(settings: Settings) -> str:
    from noa_rag.service.noa import open_noa

    records: Records = open_records(settings)
    if records.revision() == 0:
        records.close()
        return "empty base; it is filled at the first question"
    noa = open_noa(settings, records=records)
    try:
        missing, count = noa.index.missing(), len(noa.index.snapshot.texts)
    finally:
        noa.close()
    if missing:
        raise NoaError(f"{len(missing)} of {count} texts do not find themselves. Run `noa index rebuild`.")
    return f"{count} texts find themselves"
