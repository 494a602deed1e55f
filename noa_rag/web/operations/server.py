"""The web application with everything behind it, served by uvicorn: one process, or several under supervision."""

import asyncio
import faulthandler
import os
import secrets
import shutil
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from ctypes import c_bool
from functools import partial
from ipaddress import ip_network
from multiprocessing.sharedctypes import RawValue
from types import FrameType
from typing import Any, cast

import uvicorn
from litestar import Litestar
from uvicorn.config import LOGGING_CONFIG

from noa_rag.domain.limits import networks
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.service.data_folder import AnnouncedAddress, FolderUse
from noa_rag.service.downloads import check_theme, htmx_path
from noa_rag.service.noa import open_noa
from noa_rag.service.upkeep import share_arenas
from noa_rag.settings import Settings
from noa_rag.storage.limits import SharedFile
from noa_rag.web.app import create_app
from noa_rag.web.operations.connections import (
    BACKLOG,
    ConnectionLimits,
    LimitedProtocol,
    bound,
    connection_limit,
    listen,
)
from noa_rag.web.operations.observing import configure_logging, logs_json, observing
from noa_rag.web.operations.supervision import STOP_SECONDS, Child, supervise
from noa_rag.web.site import installed_parts

WAITING_LIMIT = 64  # questions that may wait for a worker before the service says 503
CONNECTIONS_PER_ADDRESS = 100  # open ones, per process
LEAVING_SECONDS = 2.0  # in which balancers find /ready at 503 while answers go on: they look every second or two
START_SECONDS = 600  # of a worker, which may have to embed a base that was just imported
SILENCE_SECONDS = 30  # of a worker's event loop; a busy machine may delay it
GRACEFUL_SECONDS = 8  # for answers under way once connections are closed
LOOPBACK = ("127.0.0.0/8", "::1/128")  # where a proxy on this machine comes from; it speaks for many visitors


def serve(settings: Settings, progress: Progress = no_progress) -> None:
    """Serve until interrupted. Raises NoaError when the address is taken or a part cannot start."""
    check_theme(settings)
    with closing(bound(settings.host, settings.port)) as listener:
        if settings.workers == 1:
            app = application(settings, progress)
            listen(listener)
            _say_ready(settings)
            with closing(AnnouncedAddress(settings.data_dir, host=settings.host, port=settings.port)):
                _serve_on(listener, app, settings)
        else:
            configure_logging(settings)
            open_noa(settings, progress).close()  # one process sets up; the workers then find everything ready
            _share_metrics(settings)
            with closing(FolderUse(settings.data_dir)):  # also while a worker is being replaced
                listen(listener)
                with closing(AnnouncedAddress(settings.data_dir, host=settings.host, port=settings.port)):
                    _supervise(settings, listener)


def application(
    settings: Settings, progress: Progress = no_progress, *, shared_file: SharedFile | None = None
) -> Litestar:
    """Return the application over an opened Noa; each worker process calls it once, with the file that they share."""
    share_arenas()
    configure_logging(settings)
    noa = open_noa(settings, progress, shared_file=shared_file)
    noa.follow()
    app = create_app(
        noa,
        static_dir=htmx_path(settings).parent,
        base_url=settings.base_url or None,
        theme=settings.theme,
        max_waiting=WAITING_LIMIT,
        rate_limit=settings.rate_limit,
        buckets=noa.limits,
        parts=installed_parts(noa),
        observing=observing(settings, lambda: noa.index.snapshot.revision),
    )
    app.on_shutdown.append(noa.close)
    return app


class BoundedServer(uvicorn.Server):
    """A server that was told to end says so at /ready, then takes nothing new, and ends even if requests still run."""

    _is_interrupted = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        cast(Litestar, self.config.app).state.is_leaving = True
        self._is_interrupted = sig == signal.SIGINT  # by somebody at a terminal
        super().handle_exit(sig, frame)
        last_resort = threading.Timer(STOP_SECONDS, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait until balancers know, turn away what waits, then close connections as their answers are out."""
        await asyncio.sleep(0 if self._is_interrupted else LEAVING_SECONDS)
        state = cast(Litestar, self.config.app).state
        state.is_draining = True
        for line in state.lines:
            line.turn_away()
        await super().shutdown(sockets)


def _serve_on(
    listener: socket.socket, app: Litestar, settings: Settings, on_second: Callable[[], None] = lambda: None
) -> None:
    """Serve until told to end; `on_second` is called each second by an event loop that is well."""

    async def note_second() -> None:
        on_second()

    limits = ConnectionLimits(
        total=connection_limit(),
        per_client=CONNECTIONS_PER_ADDRESS,
        exempt=[ip_network(network) for network in (*LOOPBACK, *networks(settings.trusted_proxies))],
    )
    config = uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", partial(LimitedProtocol, limits=limits)),
        ws="none",
        **_proxies(settings),
        access_log=False,
        log_level="warning",
        log_config=None if logs_json() else LOGGING_CONFIG,  # JSON is written by our own log
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        callback_notify=note_second,
        timeout_notify=1,
    )
    with suppress(KeyboardInterrupt):
        BoundedServer(config).run(sockets=[listener])


def _proxies(settings: Settings) -> dict[str, Any]:
    """Return whose X-Forwarded-* headers are believed: uvicorn would take those of 127.0.0.1 without being told to."""
    return {"proxy_headers": bool(settings.trusted_proxies), "forwarded_allow_ips": networks(settings.trusted_proxies)}


def _supervise(settings: Settings, listener: socket.socket) -> None:
    limits = SharedFile(settings.data_dir.resolve() / "limits.db", secrets.token_bytes(32))
    limits.prepare()
    is_ready = RawValue(c_bool, False)
    workers = [
        Child(f"worker-{number}", f"{__name__}:run_worker", settings, listener, limits, is_ready)
        for number in range(1, settings.workers + 1)
    ]
    supervise(
        workers,
        is_ready=lambda: bool(is_ready.value),
        on_ready=lambda: _say_ready(settings),
        on_stop=listener.close,
    )
    limits.clear()


def run_worker(settings: Settings, listener: socket.socket, limits: SharedFile, is_ready: c_bool) -> None:
    """Run one of several processes that answer, and set `is_ready` once it does.

    Python's watchdog ends the process where the event loop is stuck, and writes where; it does not wait for the
    interpreter, which a regular expression without end would hold.
    """

    def note_second() -> None:
        is_ready.value = True
        faulthandler.dump_traceback_later(SILENCE_SECONDS, exit=True)

    faulthandler.dump_traceback_later(START_SECONDS, exit=True)
    _serve_on(listener, application(settings, shared_file=limits), settings, note_second)


def _say_ready(settings: Settings) -> None:
    print(f"Noa répond sur http://{settings.host}:{settings.port} (Ctrl+C pour arrêter)", flush=True)  # noqa: T201


def _share_metrics(settings: Settings) -> None:
    """Make workers share their metrics in a folder, emptied at each start, whose path each reads when it begins."""
    if settings.metrics_token:
        folder = settings.data_dir.resolve() / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
