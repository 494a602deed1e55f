"""A client of the whole application with the review in it, and people of each role who sign in."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from litestar import Litestar

from evals.runner.quick_gate import QuickGate
from noa_rag.service.noa import Noa
from noa_rag.service.office import Office
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from noa_rag.storage.passwords import Passwords
from noa_rag.web.app import create_app, state_over
from review_ui.part import part_of
from review_ui.shell.session import site_over
from tests.browser.conftest import served
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa
from tests.french_pages import look_through
from tests.review_ui.review_people import PASSWORD, PEOPLE, Client


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real hash takes a tenth of a second on purpose; here each test opens five accounts."""
    quick = partial(Passwords, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    monkeypatch.setattr("noa_rag.service.records.Passwords", quick)


@pytest.fixture
def noa(settings: Settings, records: Records, tmp_path: Path) -> Iterator[Noa]:
    """A service over two agencies and one approved entry."""
    records.directory.save([an_agency("inpi"), an_agency("urssaf")], [a_theme(), a_theme("cotisations")])
    records.entries.add_versions([a_new_version()])
    noa = a_noa(settings, records, tmp_path)
    yield noa
    noa.close()


@pytest.fixture
def office(noa: Noa, records: Records) -> Office:
    """The office over it, with somebody of each role; they all have the same password."""
    records.people.add_all([(person, PASSWORD) for person in PEOPLE], actor="tests")
    return Office(noa, QuickGate(noa))


@pytest.fixture
def app(noa: Noa, office: Office, htmx_alone: Path, applications: list[Litestar]) -> Litestar:
    """The whole application over this office."""
    if not applications:
        applications.append(create_app(noa, static_dir=htmx_alone, parts=[part_of(office)]))
    (app,) = applications
    app.state.update({**state_over(noa, static_dir=htmx_alone), "review": site_over(office)})
    return app


@pytest.fixture(scope="session")
def applications() -> list[Litestar]:
    """The application once it is made: making it takes half a second, and a test brings another state."""
    return []


@pytest.fixture
def client(app: Litestar, office: Office) -> Iterator[Client]:
    """A browser with nobody signed in."""
    with Client(app, base_url="http://127.0.0.1") as client:
        client.csrf_token = office.sign_in.csrf_token
        client.follow_redirects = False
        client.event_hooks = {"response": [look_through]}
        yield client


@pytest.fixture
def address(noa: Noa, office: Office, htmx_folder: Path) -> Iterator[str]:
    """Where a browser finds the whole application, with htmx itself."""
    with served(create_app(noa, static_dir=htmx_folder, parts=[part_of(office)])) as address:
        yield address


@pytest.fixture
def sign_in(app: Litestar, client: Client, office: Office) -> Callable[[str], Client]:
    """Signs somebody in by the form, and returns the client."""

    def signed_in(name: str) -> Client:
        client.cookies.clear()
        answer = client.post("/revue/connexion", data={"user_name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    return signed_in
