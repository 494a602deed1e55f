"""The log: an id for each request, one JSON object a line, and never a word of a question."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.settings import Settings
from noa_rag.web.app import create_app
from noa_rag.web.operations.observing import configure_logging, observing
from tests.web.fake_service import FakeService

Client = TestClient[Litestar]
QUESTION = "Zénobie veut déposer une marque"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Give what the log writes as JSON; afterwards the log is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logging(Settings())
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def logged(service: FakeService, static_dir: Path, written: io.StringIO) -> Iterator[Client]:
    watching = observing(Settings(), lambda: 1)
    with TestClient(
        create_app(service, static_dir=static_dir, observing=watching), raise_server_exceptions=False
    ) as it:
        it.follow_redirects = False
        yield it


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def requests(written: io.StringIO) -> list[dict[str, Any]]:
    return [line for line in lines(written) if line["event"] == "request"]


def test_every_response_has_an_id_of_our_own(client: Client) -> None:
    sent = {"x-request-id": "Zénobie".encode()}
    given = [client.get(path, headers=sent).headers["x-request-id"] for path in ("/", "/health", "/absent")]

    assert len(set(given)) == 3
    assert all(len(line) == 16 and int(line, 16) >= 0 for line in given)


def test_a_request_is_one_line_with_its_route_and_the_id_of_its_response(logged: Client, written: io.StringIO) -> None:
    response = logged.get("/api/v1/entries/zenobie")

    [line] = requests(written)
    assert line.pop("milliseconds") > 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "noa.requests",
        "method": "GET",
        "request_id": response.headers["x-request-id"],
        "route": "/api/v1/entries/{entry_id}",
        "status": 404,
    }


def test_no_line_holds_what_was_asked(logged: Client, service: FakeService, written: io.StringIO) -> None:
    logged.get("/", params={"q": QUESTION})
    logged.post("/", data={"q": QUESTION})
    logged.post("/api/v1/ask", json={"question": QUESTION})
    logged.get(f"/{QUESTION}")
    service.error = RuntimeError(QUESTION)
    logged.post("/api/v1/ask", json={"question": QUESTION})

    assert [line["status"] for line in requests(written)] == [200, 303, 200, 404, 500]
    assert [line["route"] for line in requests(written)] == ["/", "/", "/api/v1/ask", "unknown", "/api/v1/ask"]
    text = written.getvalue()
    assert not [word for word in ("nobie", "marque", "%C3%A9") if word in text]


def test_the_id_reaches_lines_logged_from_the_threads_that_answer(
    logged: Client, service: FakeService, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "themes", lambda: structlog.get_logger().warning("slow_disk") or ())

    response = logged.get("/api/v1/themes")

    [line] = [written_line for written_line in lines(written) if written_line["event"] == "slow_disk"]
    assert line["request_id"] == response.headers["x-request-id"]


def test_an_exception_is_logged_by_kind_and_place_without_its_words(written: io.StringIO) -> None:
    try:
        raise ValueError(QUESTION)
    except ValueError:
        logging.getLogger("some.library").exception("failed")
        structlog.get_logger().exception("failed_too")

    for line in lines(written):
        assert line["exception"] == "ValueError"
        assert "test_web_logs.py" in line["places"]
    assert len(lines(written)) == 2
    assert "nobie" not in json.dumps(lines(written), ensure_ascii=False)
