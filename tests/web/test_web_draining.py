"""A process that was told to end: it says so first, answers for a moment longer, then takes nothing new."""

import asyncio
import signal
import threading
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
import uvicorn
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.question import Ask
from noa_rag.web.operations.server import BoundedServer
from tests.web.fake_service import FakeService

Client = TestClient[Litestar]
QUESTION = {"question": "marque ?"}


@pytest.fixture
def server(application: Litestar, client: Client, monkeypatch: pytest.MonkeyPatch) -> BoundedServer:
    """The server of the application, which binds no port here, and would otherwise end this process."""
    monkeypatch.setattr("noa_rag.web.operations.server.threading.Timer", Mock())
    monkeypatch.setattr("uvicorn.Server.shutdown", lambda *_: asyncio.sleep(0))
    return BoundedServer(uvicorn.Config(application))


def test_a_server_that_is_told_to_end_says_so_and_answers_until_it_closes(
    server: BoundedServer, client: Client
) -> None:
    assert client.get("/ready").status_code == 200

    server.handle_exit(signal.SIGTERM, None)

    ready = client.get("/ready")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "draining": True})
    assert client.get("/health").status_code == 200
    assert client.post("/api/v1/ask", json=QUESTION).status_code == 200


def test_a_server_that_closes_takes_nothing_new(
    server: BoundedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.web.operations.server.LEAVING_SECONDS", 0)
    server.handle_exit(signal.SIGTERM, None)

    asyncio.run(server.shutdown())

    assert client.get("/ready").json() == {"ready": False, "draining": True}
    for reply in (client.get("/"), client.post("/api/v1/ask", json=QUESTION)):
        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "5"
        assert reply.headers["connection"] == "close"
    assert client.post("/api/v1/ask", json=QUESTION).json()["title"] == "Noa redémarre"


def test_questions_that_wait_are_turned_away_and_those_under_way_are_answered(
    server: BoundedServer, application: Litestar, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.web.operations.server.LEAVING_SECONDS", 0)
    gate, at_work = threading.Event(), threading.Semaphore(0)
    answer = service.ask

    def slowly(ask: Ask) -> Any:
        at_work.release()
        assert gate.wait(10)
        return answer(ask)

    monkeypatch.setattr(service, "ask", slowly)

    async def scene() -> list[httpx.Response]:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://noa") as visitor:
            tasks = [asyncio.create_task(visitor.post("/api/v1/ask", json=QUESTION)) for _ in range(5)]
            for _ in range(2):  # as many as the line has threads
                assert await asyncio.to_thread(at_work.acquire, timeout=10)
            while len(application.state.site.line._calls) < 5:
                await asyncio.sleep(0.01)
            server.handle_exit(signal.SIGTERM, None)
            await server.shutdown()
            waited = [await task for task in tasks[2:]]
            gate.set()
            return [*[await task for task in tasks[:2]], *waited]

    replies = asyncio.run(scene())

    assert [reply.status_code for reply in replies] == [200, 200, 503, 503, 503]
    assert [reply.headers.get("retry-after") for reply in replies[2:]] == ["5"] * 3
