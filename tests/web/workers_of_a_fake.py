"""Two workers under supervision on a free port, whose application answers from memory: `python -m … PORT`."""

import socket
import sys
from pathlib import Path
from tempfile import mkdtemp

from noa_rag.settings import Settings
from noa_rag.web.app import create_app
from noa_rag.web.operations.server import _serve_on
from noa_rag.web.operations.supervision import Child, supervise
from tests.web.fake_service import FakeService

WORKER = "tests.web.workers_of_a_fake:run_worker"  # not by __name__: this module is the main one where it is run


def run_worker(listener: socket.socket) -> None:
    _serve_on(listener, create_app(FakeService(), static_dir=Path(mkdtemp())), Settings())


def main() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", int(sys.argv[1])))
        listener.listen()
        workers = [Child(f"worker-{number}", WORKER, listener) for number in (1, 2)]
        supervise(workers, on_stop=listener.close)


if __name__ == "__main__":
    main()
