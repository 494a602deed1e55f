"""The embedded model, and what tests embed and read with it, made once for all processes and all runs."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from noa_rag.service.noa import INDEX_FOLDER

REPOSITORY = Path(__file__).resolve().parent.parent
# The model takes 15 s and 120 MB to unpack, the bundled pack two minutes of a core to embed; reading the small one
# ahead, as each service does that finds nothing kept, takes half a minute.
SHARED_MODELS = REPOSITORY / "build" / "test" / "models"
SHARED_VECTORS = REPOSITORY / "build" / "test" / "vectors"


def link_models(data_dir: Path) -> None:
    """Let a data folder use the shared model."""
    SHARED_MODELS.mkdir(parents=True, exist_ok=True)
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "models").symlink_to(SHARED_MODELS, target_is_directory=True)


@contextmanager
def vectors_kept(data_dir: Path, pack: str, shared: Path = SHARED_VECTORS) -> Iterator[None]:
    """Begin with a copy of what is shared of a pack; share the vectors that the block embeds and the tokens it reads.

    A file is named for the content of its model and a row for that of its text, so none is ever out of date. Of several
    processes that embed the same pack, all but one wait and take its vectors. Tokens are kept for each pack apart: they
    take ten times the room, and whoever reads a pack ahead forgets all others.
    """
    index = data_dir / INDEX_FOLDER
    index.mkdir(parents=True, exist_ok=True)
    shared.mkdir(parents=True, exist_ok=True)
    with FileLock(shared / f".{pack}.lock"):
        for path in (*shared.glob("vectors-*.db"), *(shared / pack).glob("tokens-*.db")):
            shutil.copy(path, index)
        yield
        for vectors in index.glob("vectors-*.db"):
            _share(vectors, shared)
        share_tokens(data_dir, pack, shared)


def share_tokens(data_dir: Path, pack: str, shared: Path = SHARED_VECTORS) -> None:
    """Let later data folders begin with the token vectors that this one has of a pack."""
    (shared / pack).mkdir(exist_ok=True)
    for tokens in (data_dir / INDEX_FOLDER).glob("tokens-*.db"):
        _share(tokens, shared / pack)


def _share(made: Path, shared: Path) -> None:
    """Add rows to those shared; whoever copies the file meanwhile has it as it was before."""
    target, whole = shared / made.name, shared / f".{made.name}.{os.getpid()}"
    table = made.name.partition("-")[0]
    with FileLock(shared / ".lock"):
        with closing(sqlite3.connect(made)) as own, closing(sqlite3.connect(whole)) as connection:
            own.backup(connection)
            with suppress(sqlite3.DatabaseError):  # what this process has takes the place of a damaged file
                if target.exists():
                    connection.execute("ATTACH ? AS kept", (str(target),))
                    connection.execute(f"INSERT OR IGNORE INTO {table} SELECT * FROM kept.{table}")
            connection.commit()
        os.replace(whole, target)
