"""A client of the web application around a service in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_service import FakeService
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.web.app import create_app
from tests.french_pages import look_through


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    (tmp_path / "htmx.min.js").write_text("var htmx;")
    return tmp_path


@pytest.fixture
def client(service: FakeService, static_dir: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(service, static_dir=static_dir)) as client:
        client.follow_redirects = False
        client.event_hooks = {"response": [look_through]}
        yield client
