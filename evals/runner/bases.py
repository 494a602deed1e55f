"""The bases that are measured: the bundled pack, the imported fiches, or both."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from evals.runner.folders import FOLDERS, ROOT, WORK
from noa_rag.domain.ports import Progress
from noa_rag.knowledge.importing import import_vosdroits
from noa_rag.retrieval.calibration import Calibration
from noa_rag.retrieval.embedding import BUNDLED
from noa_rag.service.data_folder import ADDRESS
from noa_rag.service.downloads import fetch_places, places_path
from noa_rag.service.noa import Noa, open_noa
from noa_rag.service.records import open_records
from noa_rag.settings import Settings

SHARED = ROOT.parent / "shared" / "data"
FICHES = SHARED / "vosdroits-professionnels.tar.xz"


def shared_is_there() -> bool:
    """Whether the shared French material stands beside the repository."""
    return FICHES.is_file()


@contextmanager
def opened(
    name: str,
    *,
    pack: bool,
    fiches: bool,
    progress: Progress,
    calibration: Calibration | None = None,
    embedding_model: str = BUNDLED,
) -> Iterator[Noa]:
    """Yield Noa over a base of its own with the pack, the fiches, or both."""
    settings = Settings(data_dir=WORK / name, embedding_model=embedding_model)
    share_prepared(settings)
    records = open_records(settings)
    if fiches:
        import_vosdroits(records, FICHES, progress=progress)
    if pack:
        from noa_rag.domain.entry import DEMONSTRATION
        from noa_rag.knowledge.importing import import_pack

        import_pack(records, settings.knowledge, origin=DEMONSTRATION, replace=True, progress=progress)
    with closing(open_noa(settings, progress, records=records, calibration=calibration)) as noa:
        yield noa


def served_base(progress: Progress) -> Settings:
    """Return the settings of a fresh bundled base for a service that is measured; earlier vectors are kept."""
    settings = Settings(data_dir=WORK / "served")
    share_prepared(settings)
    served = settings.data_dir / "index" / "served"  # by which a lost base is known
    for left in (*settings.data_dir.glob("noa.db*"), served, settings.data_dir / ADDRESS):
        left.unlink(missing_ok=True)
    open_noa(settings, progress).close()
    return settings


def keep(path: Path, content: object) -> None:
    """Write what was measured as JSON, in a folder that is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def share_prepared(settings: Settings) -> None:
    """Let all measured bases use one unpacked model and one list of places, both made here when they are missing.

    Raises NoaError when the list of places cannot be had: without it another service would be measured.
    """
    prepared = Settings(data_dir=FOLDERS.prepared)
    shared = prepared.models_dir
    shared.mkdir(parents=True, exist_ok=True)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if not settings.models_dir.exists():
        settings.models_dir.symlink_to(shared.resolve(), target_is_directory=True)
    if not places_path(settings).exists():
        places_path(settings).unlink(missing_ok=True)  # a link to a folder that is gone
        places_path(settings).symlink_to(fetch_places(prepared).resolve())
