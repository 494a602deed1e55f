"""The web application with everything behind it, run by uvicorn."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar
from uvicorn.config import LOGGING_CONFIG

from noa_rag.assembly.htmx_file import htmx_path
from noa_rag.assembly.service import open_noa
from noa_rag.domain.addresses import networks
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.settings import Settings, read_settings, variable_of
from noa_rag.web.app import create_app
from noa_rag.web.logs import configure_logging
from noa_rag.web.observing import observing
from noa_rag.web.parts import installed_parts

CHROMA_START_SECONDS = 30


def serve(settings: Settings, progress: Progress = no_progress) -> None:
    """Serve until interrupted. Raises NoaError when the address is taken or a part cannot start."""
    _check_address(settings)
    if settings.workers == 1:
        app = application(settings, progress)
        _say_ready(settings)
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_level="warning",
            log_config=_log_config(settings),
            **_proxies(settings),
        )
        return
    open_noa(settings, progress).close()  # one process sets up; the workers then find everything ready
    with_chroma = settings.chroma_url or None
    server = None if with_chroma else _start_chroma(settings)
    try:
        for name in ("data_dir", "host", "port", "workers"):
            os.environ[variable_of(name)] = str(getattr(settings, name))
        _share_metrics(settings)
        _say_ready(settings)
        uvicorn.run(
            "noa_rag.web.server:application",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            access_log=False,
            log_level="warning",
            log_config=_log_config(settings),
            **_proxies(settings),
        )
    finally:
        if server is not None:
            server.terminate()
            server.wait(timeout=10)


def application(settings: Settings | None = None, progress: Progress = no_progress) -> Litestar:
    """Return the application over an opened Noa; each worker process calls it once."""
    settings = settings or read_settings()
    configure_logging(settings)
    noa = open_noa(settings, progress)
    noa.follow()
    app = create_app(
        noa,
        static_dir=htmx_path(settings).parent,
        base_url=settings.base_url or None,
        max_waiting=settings.waiting_limit,
        rate_limit=settings.rate_limit,
        parts=installed_parts(noa),
        observing=observing(settings, lambda: noa.index.snapshot.revision),
    )
    app.on_shutdown.append(noa.close)
    return app


def _say_ready(settings: Settings) -> None:
    print(f"Noa répond sur http://{settings.host}:{settings.port} (Ctrl+C pour arrêter)", flush=True)  # noqa: T201


def _proxies(settings: Settings) -> dict[str, Any]:
    """Return whose X-Forwarded-* headers are believed: uvicorn would take those of 127.0.0.1 without being told to."""
    return {"proxy_headers": bool(settings.trusted_proxies), "forwarded_allow_ips": networks(settings.trusted_proxies)}


def _log_config(settings: Settings) -> dict[str, Any] | None:
    """Return how uvicorn logs: as it does by itself, or where JSON is written, through our own log."""
    return None if settings.log_format == "json" else LOGGING_CONFIG


def _share_metrics(settings: Settings) -> None:
    """Let workers add up what they count in a folder, emptied at each start; each reads its place when it begins."""
    if settings.metrics_token:
        folder = settings.data_dir.resolve() / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _check_address(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise NoaError(
                f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}."
                " Choose another --port, or stop what uses this one."
            ) from error


def _start_chroma(settings: Settings) -> "subprocess.Popen[bytes]":
    """Start one Chroma server for all workers: two processes must not write one folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = settings.data_dir / "index" / "chroma-server"
    folder.mkdir(parents=True, exist_ok=True)
    chroma = Path(sys.executable).with_name("chroma")
    command = [str(chroma), "run", "--path", str(folder), "--host", "127.0.0.1"]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + CHROMA_START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                os.environ[variable_of("chroma_url")] = f"http://127.0.0.1:{port}"
                return server
        time.sleep(0.2)
    server.terminate()
    raise NoaError("The Chroma server did not start; run with one worker, or set NOA_CHROMA_URL.")
