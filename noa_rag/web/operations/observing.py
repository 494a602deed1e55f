"""What the application tells its operator: a log with an id for each request; metrics and traces where they are on."""

import logging
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

import structlog
from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, ControllerRouterHandler, Message, Middleware, Receive, Scope, Send
from structlog import get_logger
from structlog.contextvars import bound_contextvars
from structlog.typing import EventDict, WrappedLogger

from noa_rag.domain.answer import Answer
from noa_rag.settings import Settings

CHATTY = ("bm25s", "httpx", "chromadb", "filelock")
UNKNOWN_ROUTE = "unknown"
_log = get_logger("noa.requests")


def ignored(*_: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Observing:
    """What create_app puts around the routes; by default nothing."""

    handlers: Sequence[ControllerRouterHandler] = ()
    middleware: Sequence[Middleware] = ()
    around: Sequence[Callable[[ASGIApp], ASGIApp]] = ()
    """What is put around the router, which middleware is not: an unknown address never reaches that."""
    lifespans: Sequence[Callable[[Litestar], AbstractAsyncContextManager[None]]] = ()
    on_answer: Callable[[Answer, float], None] = ignored
    on_line: Callable[[str, int], None] = ignored
    on_failed_sign_in: Callable[[str], None] = ignored
    logs_requests: bool = False


UNWATCHED = Observing()


def observing(settings: Settings, index_revision: Callable[[], int]) -> Observing:
    """Return what the settings ask for. Raises InvalidSetting where a package is missing for it."""
    watched = Observing(logs_requests=logs_json())
    if settings.metrics_token:
        from noa_rag.web.operations import metrics

        watched = replace(
            watched,
            handlers=[metrics.metrics_handler(settings.metrics_token)],
            middleware=[metrics.REQUESTS.middleware],
            lifespans=[metrics.following_revision(index_revision)],
            on_answer=metrics.count_answer,
            on_line=lambda name, call_count: metrics.CALLS.labels(name).set(call_count),
            on_failed_sign_in=lambda step: metrics.FAILED_SIGN_INS.labels(step).inc(),
        )
    if settings.otlp_endpoint:
        from noa_rag.web.operations.telemetry import exporting, tracer_provider, tracing

        provider = tracer_provider(settings.otlp_endpoint)
        lifespans = [*watched.lifespans, exporting(provider)]
        watched = replace(watched, around=[tracing(provider)], lifespans=lifespans)
    return watched


def logs_json() -> bool:
    """Return whether the log is JSON, with a line for each request: a person at a terminal reads other lines."""
    return not sys.stderr.isatty()


def configure_logging(settings: Settings) -> None:
    """Set up the log of this process, which goes to the error stream, whichever library wrote it."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    if logs_json():
        _log_json(level)
    else:
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _log_json(level: int) -> None:
    said_by_all: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        keep_places,
    ]
    structlog.configure(
        processors=[*said_by_all, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=said_by_all,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def keep_places(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Log an exception by its kind and where it was raised, without its message, which may quote a question."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if given is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = type(error).__name__
        event["places"] = "".join(traceback.format_tb(error.__traceback__))
    return event


def with_request_ids(app: ASGIApp, *, logs_requests: bool) -> ASGIApp:
    """Return the application with `x-request-id` on every response.

    The id is always our own: one that a visitor sends could say anything. A line names the route, never the
    address, which may hold a question or a reference number.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await app(scope, receive, send)
            return
        request_id, status, start = secrets.token_hex(8), 500, time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableScopeHeaders.from_message(message)["x-request-id"] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await app(scope, receive, send_with_id)
            finally:
                if logs_requests:
                    route = scope.get("path_template") or UNKNOWN_ROUTE
                    milliseconds = round((time.perf_counter() - start) * 1000, 1)
                    method = scope.get("method", "")
                    _log.info("request", method=method, route=route, status=status, milliseconds=milliseconds)

    return call
