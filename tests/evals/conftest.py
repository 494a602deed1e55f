"""Noa over the whole bundled pack, with the embedded model, opened once for all evaluations of a session."""

import shutil
from collections.abc import Iterator

import pytest

from evals.bases import WORK
from noa_rag.assembly.service import Noa, open_noa
from noa_rag.settings import Settings
from tests.conftest import BUNDLED_KNOWLEDGE, SHARED_MODELS


@pytest.fixture(scope="session")
def bundled_noa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noa]:
    """Noa over a base of its own with the bundled pack; whoever changes it puts it back."""
    SHARED_MODELS.mkdir(parents=True, exist_ok=True)
    data_dir = tmp_path_factory.mktemp("bundled-data")
    (data_dir / "models").symlink_to(SHARED_MODELS, target_is_directory=True)
    (data_dir / "index").mkdir()
    # Embedding the pack takes over a minute; vectors are kept by content hash, so those of `make eval` serve as well.
    for vectors in (WORK / "pack" / "index").glob("vectors-*.db"):
        shutil.copy(vectors, data_dir / "index")
    noa = open_noa(Settings(data_dir=data_dir, knowledge=BUNDLED_KNOWLEDGE))
    yield noa
    noa.close()
