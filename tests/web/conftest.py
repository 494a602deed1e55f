"""A client of the web application around a service in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.web.app import create_app, state_over
from tests.french_pages import look_through
from tests.web.fake_service import FakeService


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    (tmp_path / "htmx.min.js").write_text("var htmx;")
    return tmp_path


@pytest.fixture(scope="session")
def application(htmx_alone: Path) -> Litestar:
    """The application, made once: that takes a fifth of a second, and a test brings another state."""
    return create_app(FakeService(), static_dir=htmx_alone)


@pytest.fixture
def client(service: FakeService, application: Litestar, htmx_alone: Path) -> Iterator[TestClient[Litestar]]:
    application.state.update(state_over(service, static_dir=htmx_alone))
    with TestClient(application) as client:
        client.follow_redirects = False
        client.event_hooks = {"response": [look_through]}
        yield client
