"""The embedded model, and the vectors of what tests embed with it, made once for all processes and all runs."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from noa_rag.service.noa import INDEX_FOLDER

REPOSITORY = Path(__file__).resolve().parent.parent
# The model takes 15 s and 120 MB to unpack, the bundled pack two minutes of a core to embed.
SHARED_MODELS = REPOSITORY / "build" / "test" / "models"
SHARED_VECTORS = REPOSITORY / "build" / "test" / "vectors"


def link_models(data_dir: Path) -> None:
    """Let a data folder use the shared model."""
    SHARED_MODELS.mkdir(parents=True, exist_ok=True)
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "models").symlink_to(SHARED_MODELS, target_is_directory=True)


@contextmanager
def vectors_kept(data_dir: Path, pack: str, shared: Path = SHARED_VECTORS) -> Iterator[None]:
    """Begin with a copy of the shared vectors, and share those that the block embeds.

    A file is named for the content of its model and a row for that of its text, so none is ever out of date. Of several
    processes that embed the same pack, all but one wait and take its vectors.
    """
    index = data_dir / INDEX_FOLDER
    index.mkdir(parents=True, exist_ok=True)
    shared.mkdir(parents=True, exist_ok=True)
    with FileLock(shared / f".{pack}.lock"):
        for vectors in shared.glob("vectors-*.db"):
            shutil.copy(vectors, index)
        yield
        for vectors in index.glob("vectors-*.db"):
            _share(vectors, shared)


def _share(vectors: Path, shared: Path) -> None:
    """Add rows to those shared; whoever copies the file meanwhile has it as it was before."""
    kept, whole = shared / vectors.name, shared / f".{vectors.name}.{os.getpid()}"
    with FileLock(shared / ".lock"):
        with closing(sqlite3.connect(vectors)) as own, closing(sqlite3.connect(whole)) as connection:
            own.backup(connection)
            with suppress(sqlite3.DatabaseError):  # what this process has takes the place of a damaged file
                if kept.exists():
                    connection.execute("ATTACH ? AS kept", (str(kept),))
                    connection.execute("INSERT OR IGNORE INTO vectors SELECT * FROM kept.vectors")
            connection.commit()
        os.replace(whole, kept)
