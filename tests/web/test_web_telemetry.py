"""Traces: one span a request, made of its route, and nothing that a visitor wrote."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from noa_rag.domain.errors import InvalidSetting
from noa_rag.environment import read_settings
from noa_rag.settings import Settings
from noa_rag.web.app import create_app
from noa_rag.web.operations.observing import Observing, observing
from noa_rag.web.operations.telemetry import tracing
from tests.web.fake_service import FakeService

Client = TestClient[Litestar]
QUESTION = "Zénobie veut déposer une marque"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    for name in ("REQUEST", "RESPONSE"):  # whatever the environment asks for
        monkeypatch.setenv(f"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_{name}", ".*")
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http/dup")
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider


@pytest.fixture
def traced(service: FakeService, static_dir: Path, provider: TracerProvider) -> Iterator[Client]:
    app = create_app(service, static_dir=static_dir, observing=Observing(around=[tracing(provider)]))
    with TestClient(app, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


def test_a_request_is_one_span_named_for_its_route(traced: Client, spans: InMemorySpanExporter) -> None:
    assert traced.get("/api/v1/entries/deposer-une-marque").status_code == 200

    [span] = spans.get_finished_spans()
    assert span.name == "GET /api/v1/entries/{entry_id}"
    assert span.attributes is not None
    assert span.attributes["http.route"] == "/api/v1/entries/{entry_id}"
    assert span.attributes["http.status_code"] == 200


def test_no_span_holds_what_was_asked_or_who_asked(
    traced: Client, service: FakeService, spans: InMemorySpanExporter
) -> None:
    headers = {"referer": "http://testserver/?q=marque", "user-agent": "Zénobie".encode(), "baggage": "who=nobie"}
    traced.get("/", params={"q": QUESTION}, headers=headers)
    sent = traced.post("/", data={"q": QUESTION}, headers=headers)
    traced.post("/api/v1/ask", json={"question": QUESTION}, headers=headers)
    traced.get("/fiches/zenobie-marque")
    service.error = RuntimeError(QUESTION)
    traced.post("/api/v1/ask", json={"question": QUESTION})

    assert sent.headers["location"] == "/reponse/q-1#reponse"
    names = [span.name for span in spans.get_finished_spans()]
    assert names == ["GET /", "POST /", "POST /api/v1/ask", "GET", "POST /api/v1/ask"]
    text = "".join(span.to_json() for span in spans.get_finished_spans())
    assert not [word for word in ("nobie", "marque", "u00e9", "%C3%A9", "testclient") if word in text]


def test_an_error_that_passes_through_marks_the_span_without_its_words(
    provider: TracerProvider, spans: InMemorySpanExporter
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError(QUESTION)

    scope: Any = {"type": "http", "method": "GET", "headers": []}
    with pytest.raises(RuntimeError):
        asyncio.run(tracing(provider)(fails)(scope, Mock(), Mock()))

    [span] = spans.get_finished_spans()
    assert span.status.status_code.name == "ERROR"
    assert "nobie" not in span.to_json()


def test_a_trace_that_a_proxy_began_is_continued(traced: Client, spans: InMemorySpanExporter) -> None:
    traced.get("/health", headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})

    [span] = spans.get_finished_spans()
    assert span.parent is not None
    assert f"{span.parent.trace_id:032x}" == "a" * 32


def test_spans_reach_the_collector_by_the_time_the_application_has_stopped(
    service: FakeService, static_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # no proxy of the environment is used
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        watching = observing(Settings(otlp_endpoint=f"http://127.0.0.1:{server.server_port}/"), lambda: 1)
        with TestClient(create_app(service, static_dir=static_dir, observing=watching)) as client:
            client.get("/", params={"q": QUESTION})
        server.shutdown()

    [(path, body)] = received
    assert path == "/v1/traces"
    assert b"GET /" in body
    assert b"marque" not in body


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    code = (
        "import sys; from noa_rag.settings import Settings; from noa_rag.web.operations.observing import observing\n"
        "import noa_rag.web.app; observing(Settings(), lambda: 1)\n"
        "print([n for n in sys.modules if n.startswith(('prometheus_client', 'opentelemetry.sdk'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert run.stdout.strip() == "[]"


def test_a_missing_package_is_told_with_the_remedy() -> None:
    code = (
        "import sys; sys.modules['opentelemetry.exporter.otlp.proto.http.trace_exporter'] = None\n"
        "from noa_rag.settings import Settings; from noa_rag.web.operations.observing import observing\n"
        "observing(Settings(otlp_endpoint='http://127.0.0.1:4318'), lambda: 1)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert "InvalidSetting: NOA_OTLP_ENDPOINT is set, but a package for it is missing" in run.stderr
    assert "noa[telemetry]" in run.stderr


@pytest.mark.parametrize("endpoint", ["collector", "grpc://c:4317", "http://u:p@c", "http://c/?key=1", "http://[c"])
def test_what_is_no_bare_address_is_refused(endpoint: str) -> None:
    with pytest.raises(InvalidSetting, match="NOA_OTLP_ENDPOINT"):
        read_settings({"NOA_OTLP_ENDPOINT": endpoint})
