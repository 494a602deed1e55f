"""Traces for an OpenTelemetry collector. Imported only where NOA_OTLP_ENDPOINT is set."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from noa_rag.domain.errors import InvalidSetting

try:
    import requests
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as error:
    raise InvalidSetting(
        "NOA_OTLP_ENDPOINT is set, but a package for it is missing; pip install 'noa[telemetry]', or leave it empty."
    ) from error

EXPORT_SECONDS = 5


def tracer_provider(endpoint: str) -> TracerProvider:
    """Return what sends spans to the collector at this address, from a thread of its own."""
    session = requests.Session()
    session.trust_env = False  # no proxy and no password file of the environment
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS, session=session)
    provider = TracerProvider(resource=Resource.create({"service.name": "noa"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def tracing(provider: TracerProvider) -> Callable[[ASGIApp], ASGIApp]:
    """Return what makes one span a request around an application, of the route that its router found.

    Addresses hold questions (`/?q=`) and reference numbers (`/suivi/…`), and the message of an error may quote one, so
    a span is made here from the route alone, and not by a library from the whole request.
    """
    tracer = provider.get_tracer("noa")

    def around(app: ASGIApp) -> ASGIApp:
        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            method = str(scope.get("method", ""))
            sent = dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1")
            with tracer.start_as_current_span(
                method,
                context=TraceContextTextMapPropagator().extract({"traceparent": sent}),
                kind=trace.SpanKind.SERVER,
                attributes={"http.method": method, "http.scheme": str(scope.get("scheme", ""))},
                record_exception=False,
                set_status_on_exception=False,
            ) as span:

                async def send_and_note(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        span.set_attribute("http.status_code", message["status"])
                        if message["status"] >= 500:
                            span.set_status(trace.StatusCode.ERROR)
                        if route := scope.get("path_template"):
                            span.update_name(f"{method} {route}")
                            span.set_attribute("http.route", route)
                    await send(message)

                try:
                    await app(scope, receive, send_and_note)
                except Exception:
                    span.set_status(trace.StatusCode.ERROR)
                    raise

        return call

    return around


def exporting(provider: TracerProvider) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return a lifespan that sends the last spans when the application stops."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        provider.shutdown()

    return lifespan
