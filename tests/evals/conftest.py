"""Noa over the whole bundled pack, with the embedded model, opened once for all evaluations of a session."""

import shutil
from collections.abc import Iterator

import pytest
from filelock import FileLock

from evals.bases import WORK
from noa_rag.assembly.service import Noa, open_noa
from noa_rag.settings import Settings
from tests.conftest import BUNDLED_KNOWLEDGE, REPOSITORY, SHARED_MODELS

SHARED_VECTORS = REPOSITORY / "build" / "test" / "vectors"


@pytest.fixture(scope="session")
def bundled_noa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noa]:
    """Noa over a base of its own with the bundled pack; whoever changes it puts it back.

    Embedding the pack takes a minute. Vectors are kept by the hash of what they were made from, so those of `make eval`
    serve as well, and of two processes the second takes the first one's.
    """
    SHARED_MODELS.mkdir(parents=True, exist_ok=True)
    SHARED_VECTORS.mkdir(parents=True, exist_ok=True)
    data_dir = tmp_path_factory.mktemp("bundled-data")
    (data_dir / "models").symlink_to(SHARED_MODELS, target_is_directory=True)
    index = data_dir / "index"
    index.mkdir()
    with FileLock(SHARED_VECTORS / ".lock"):
        for folder in (WORK / "pack" / "index", SHARED_VECTORS):
            for vectors in folder.glob("vectors-*.db"):
                shutil.copy(vectors, index)
        noa = open_noa(Settings(data_dir=data_dir, knowledge=BUNDLED_KNOWLEDGE))
        for vectors in index.glob("vectors-*.db"):
            shutil.copy(vectors, SHARED_VECTORS)
    yield noa
    noa.close()
