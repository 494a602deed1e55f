"""What several machines share, on loopback: a PostgreSQL and a Chroma server, and data folders of nodes."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from evals.lab.benches.postgresql import postgresql_server
from evals.lab.benches.served import free_port, wait_until
from noa_rag.domain.errors import NoaError
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from noa_rag.storage.moving import move_base

CHROMA_SECONDS = 120
Variables = dict[str, str | Path]


@contextmanager
def shared_servers(settings: Settings, folder: Path) -> Iterator[Variables]:
    """Yield the settings that every node has, over a PostgreSQL that the base of `settings` was moved to.

    Nobody may have that base open. Raises NoaError where PostgreSQL is not installed or a server does not start.
    """
    with ExitStack() as running:
        server = running.enter_context(postgresql_server())
        url = server.new_database()
        given, wanted = Database(settings.effective_database_url), Database(url)
        move_base(given, wanted)
        given.close()
        wanted.close()
        chroma = running.enter_context(_chroma_server(folder / "chroma"))
        yield {"NOA_DATABASE_URL": url, "NOA_CHROMA_URL": chroma, "NOA_KNOWLEDGE": settings.knowledge}


def a_node(settings: Settings, folder: Path) -> Path:
    """Return the data folder of a new node: the models and vectors of `settings`, and no database."""
    left_out = shutil.ignore_patterns("noa.db*", "chroma*")
    shutil.copytree(settings.data_dir, folder, symlinks=True, ignore=left_out)
    return folder


@contextmanager
def _chroma_server(folder: Path) -> Iterator[str]:
    port = free_port()
    chroma = str(Path(sys.executable).with_name("chroma"))
    command = [chroma, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        if not wait_until(lambda: _is_answering(address), CHROMA_SECONDS):
            raise NoaError(f"Chroma did not start within {CHROMA_SECONDS} seconds")
        yield address
    finally:
        process.kill()
        process.wait()


def _is_answering(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v2/heartbeat", timeout=5).is_success
    except httpx.HTTPError:
        return False
