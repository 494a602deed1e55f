"""A process that was told to end: it is not ready at once, and takes nothing new."""

import signal
from unittest.mock import Mock

import pytest
import uvicorn
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.web.operations.server import BoundedServer

Client = TestClient[Litestar]


def test_a_server_that_is_told_to_end_drains_its_application_at_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.web.operations.server.threading.Timer", Mock())  # it ends this process otherwise
    server = BoundedServer(uvicorn.Config(client.app))
    assert client.get("/ready").status_code == 200

    server.handle_exit(signal.SIGTERM, None)

    ready = client.get("/ready")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "draining": True})
    assert client.get("/health").status_code == 200
    for reply in (client.get("/"), client.post("/api/v1/ask", json={"question": "marque ?"})):
        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "5"
        assert reply.headers["connection"] == "close"
    assert client.post("/api/v1/ask", json={"question": "marque ?"}).json()["title"] == "Noa redémarre"
