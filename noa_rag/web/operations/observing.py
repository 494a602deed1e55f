"""What watches the application from within: metrics and traces, each only where it is switched on."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from litestar import Litestar
from litestar.types import ControllerRouterHandler, Middleware

from noa_rag.domain.answer import Answer
from noa_rag.settings import Settings


def nobody_counts(answer: Answer, seconds: float) -> None: ...


def nobody_looks(name: str, call_count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Observing:
    """What create_app puts around the routes; by default nothing."""

    handlers: Sequence[ControllerRouterHandler] = ()
    middleware: Sequence[Middleware] = ()
    lifespans: Sequence[Callable[[Litestar], AbstractAsyncContextManager[None]]] = ()
    on_answer: Callable[[Answer, float], None] = nobody_counts
    on_line: Callable[[str, int], None] = nobody_looks
    logs_requests: bool = False


UNWATCHED = Observing()


def observing(settings: Settings, index_revision: Callable[[], int]) -> Observing:
    """Return what the settings ask for. Raises InvalidSetting where a package is missing for it."""
    middleware: list[Middleware] = []
    lifespans: list[Callable[[Litestar], AbstractAsyncContextManager[None]]] = []
    if settings.otlp_endpoint:
        from noa_rag.web.operations.telemetry import exporting, tracer_provider, tracing

        provider = tracer_provider(settings.otlp_endpoint)
        middleware.append(tracing(provider))
        lifespans.append(exporting(provider))
    is_json = settings.log_format == "json"
    if not settings.metrics_token:
        return Observing(middleware=middleware, lifespans=lifespans, logs_requests=is_json)
    from noa_rag.web.operations import metrics

    return Observing(
        handlers=[metrics.metrics_handler(settings.metrics_token)],
        middleware=[metrics.REQUESTS.middleware, *middleware],
        lifespans=[metrics.following_revision(index_revision), *lifespans],
        on_answer=metrics.count_answer,
        on_line=metrics.show_line,
        logs_requests=is_json,
    )
