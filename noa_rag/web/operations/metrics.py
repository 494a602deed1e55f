"""What Prometheus reads at /metrics. Imported only where NOA_METRICS_TOKEN is set.

Labels are closed sets and route templates: no question, address or person is in them.
"""

import asyncio
import hmac
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from litestar.types import ControllerRouterHandler
from prometheus_client import Counter, Gauge, Histogram, multiprocess

from noa_rag.domain.answer import Answer

# An answer takes 6 to 10 ms of computation; a rephrased one takes seconds.
ANSWER_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
REVISION_SECONDS = 2  # as often as the index looks for changes

REQUESTS = PrometheusConfig(app_name="noa", prefix="noa", group_path=True)

# Prometheus keeps one registry a process, so these stand once.
ANSWERS = Counter("noa_answers", "Answers given", ["status", "reason"])
FAILED_SIGN_INS = Counter("noa_failed_sign_ins", "Attempts to sign in that failed or came too early", ["step"])
SECONDS = Histogram("noa_answer_seconds", "Seconds of answering, waiting excluded", buckets=ANSWER_SECONDS)
CALLS = Gauge("noa_line_calls", "Calls that run or wait", ["line"], multiprocess_mode="livesum")
REVISION = Gauge(
    "noa_index_revision", "Revision that answers come from; the lowest of all workers", multiprocess_mode="livemin"
)


def count_answer(answer: Answer, seconds: float) -> None:
    """Count one answer by its status and reason."""
    ANSWERS.labels(answer.status.value, answer.reason.value if answer.reason else "none").inc()
    SECONDS.observe(seconds)


def metrics_handler(token: str) -> ControllerRouterHandler:
    """Return the page /metrics, for those who bring the token."""

    def check_token(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        given = connection.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise NotAuthorizedException(headers={"www-authenticate": "Bearer"})

    class Metrics(PrometheusController):
        include_in_schema = False
        guards = [check_token]  # noqa: RUF012
        before_request = staticmethod(_forget_dead_workers)

    return Metrics


def following_revision(revision: Callable[[], int]) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return a lifespan that keeps the gauge of the index's revision up to date, in idle workers too."""

    async def follow() -> None:
        while True:
            await asyncio.sleep(REVISION_SECONDS)
            REVISION.set(revision())

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        REVISION.set(revision())
        following = asyncio.create_task(follow())
        yield
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following

    return lifespan


def _forget_dead_workers(_: Request[Any, Any, Any]) -> None:
    """Drop the gauges of workers that have ended; their counters stay."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    for file in Path(folder).glob("gauge_live*_*.db") if folder else ():
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
        except PermissionError:  # another account's, and alive
            continue
