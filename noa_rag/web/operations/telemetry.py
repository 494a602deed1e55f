"""Traces for an OpenTelemetry collector. Imported only where NOA_OTLP_ENDPOINT is set."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

from litestar import Litestar
from litestar.middleware import DefineMiddleware
from litestar.plugins.opentelemetry import OpenTelemetryConfig, OpenTelemetryInstrumentationMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from noa_rag.domain.errors import InvalidSetting

try:
    import requests
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.metrics import NoOpMeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
except ImportError as error:
    raise InvalidSetting(
        "NOA_OTLP_ENDPOINT is set, but a package for it is missing; pip install 'noa[telemetry]', or leave it empty."
    ) from error

EXPORT_SECONDS = 5
_WHOLE = "noa.scope"
_ERROR = "noa.error"


class QuietTracing(OpenTelemetryInstrumentationMiddleware):
    """Spans made from a copy of the request that holds only what may be told.

    Addresses hold questions (`/?q=`) and reference numbers (`/suivi/…`), so the copy has the route instead: what
    is not there cannot get into a span, whatever the library or its OTEL_ variables add to one.
    """

    def __init__(self, app: ASGIApp, config: OpenTelemetryConfig) -> None:
        super().__init__(_over_whole_request(app), config)
        # An OTEL_ variable could ask for response headers, and `location` holds the question.
        self.open_telemetry_middleware.http_capture_headers_server_response = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = _told(scope)
        await super().__call__(cast("Scope", told), receive, send)
        if _ERROR in told:
            raise told[_ERROR]


def tracer_provider(endpoint: str) -> TracerProvider:
    """Return what sends spans to the collector at this address, from a thread of its own."""
    session = requests.Session()
    session.trust_env = False  # no proxy and no password file of the environment
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS, session=session)
    provider = TracerProvider(resource=Resource.create({"service.name": "noa"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def tracing(provider: TracerProvider) -> DefineMiddleware:
    """Return the middleware that makes one span a request.

    Litestar puts it around the router by itself; its OpenTelemetryPlugin, given the same, ignores `middleware_class`.
    """
    return OpenTelemetryConfig(
        scope_span_details_extractor=_name_so_far,
        tracer_provider=provider,
        meter_provider=NoOpMeterProvider(),  # counting is left to /metrics
        exclude_spans=["receive", "send"],
        middleware_class=QuietTracing,
    ).middleware


def exporting(provider: TracerProvider) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return a lifespan that sends the last spans when the application stops."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        provider.shutdown()

    return lifespan


def _told(scope: Scope) -> dict[str, Any]:
    return {
        "type": scope["type"],
        "method": scope.get("method", ""),
        "scheme": scope.get("scheme", ""),
        "http_version": scope.get("http_version", ""),
        "server": scope.get("server"),
        "path": "",
        "headers": [(name, value) for name, value in scope["headers"] if name == b"traceparent"],
        _WHOLE: scope,
    }


def _name_so_far(scope: Scope) -> tuple[str, dict[str, Any]]:
    return str(scope.get("method", "")), {}


def _over_whole_request(app: ASGIApp) -> ASGIApp:
    """Return the application with its own request restored; the span is given the route that the router found.

    Errors are kept out of the span: their message may quote a question.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        told = cast("dict[str, Any]", scope)
        whole, span = told[_WHOLE], trace.get_current_span()

        async def send_with_route(message: Message) -> None:
            route = whole.get("path_template")
            if message["type"] == "http.response.start" and route:  # the last message ends the span
                span.update_name(f"{told['method']} {route}")
                span.set_attribute("http.route", route)
            await send(message)

        try:
            await app(whole, receive, send_with_route)
        except Exception as error:
            span.set_status(trace.StatusCode.ERROR)
            told[_ERROR] = error

    return call
