"""Two machines on loopback as deploy/ sets them up: a PostgreSQL, a Chroma server, two services, nginx in front."""

import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from evals.lab.benches.served import Served, measured_service, wait_until
from noa_rag.domain.entry import EntryId
from noa_rag.settings import Settings
from noa_rag.storage.database import Database
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.review_store import SqlReviewStore
from tests.databases import NEEDS_POSTGRESQL
from tests.deploy.nginx_server import NEEDS_NGINX, running_nginx
from tests.factories import a_draft, a_person, an_entry_content
from tests.machines import a_node, shared_servers

pytestmark = [pytest.mark.model, *NEEDS_POSTGRESQL, NEEDS_NGINX]

QUESTION = "Comment déposer une marque ?"
NEW_QUESTION = "Où garer un éléphant de cirque pendant le salon des inventeurs ?"
NEW_ENTRY = EntryId("garer-un-elephant")
PASSWORD = "cheval-agrafe-batterie"
LIVE_SECONDS = 10.0  # two on free cores
CALL_SECONDS = 20


@pytest.fixture(scope="module")
def shared(model_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The settings that both nodes have; the base has two referents."""
    with shared_servers(model_settings, tmp_path_factory.mktemp("shared")) as shared:
        database = Database(str(shared["NOA_DATABASE_URL"]))
        for name in ("ines", "ivan"):
            PeopleStore(database).add(a_person(name, "inpi"), PASSWORD, actor="test")
        database.close()
        yield shared


@pytest.fixture(scope="module")
def nodes(
    shared: dict[str, Any], model_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, Served]]:
    folder = tmp_path_factory.mktemp("nodes")
    with ExitStack() as running:
        first, second = (
            running.enter_context(
                Served(
                    shared
                    | measured_service(a_node(model_settings, folder / name))
                    | {"NOA_TRUSTED_PROXIES": "127.0.0.1"},
                    log=folder / f"{name}.log",
                )
            )
            for name in ("first", "second")
        )
        yield first, second


@pytest.fixture
def both(nodes: tuple[Served, Served]) -> tuple[Served, Served]:
    """Both nodes, running."""
    for node in nodes:
        if node.has_ended():
            node.start()
        assert node.says_ok("/ready")
    return nodes


@pytest.fixture
def visitor(both: tuple[Served, Served], tmp_path: Path) -> Iterator[httpx.Client]:
    """Somebody who comes through nginx."""
    changes = {"rate=20r/s": "rate=1000r/s"}
    with (
        running_nginx(tmp_path, nodes=[node.port for node in both], changes=changes) as port,
        httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False, timeout=CALL_SECONDS) as client,
    ):
        yield client


def asked(address: str, question: str) -> str | None:
    """Return the entry that is shown."""
    reply = httpx.post(f"{address}/api/v1/ask", json={"question": question, "lang": "fr"}, timeout=CALL_SECONDS)
    entry = reply.raise_for_status().json()["entry"]
    return entry["id"] if entry else None


def sign_in(node: Served, name: str, password: str = PASSWORD) -> tuple[httpx.Client, int]:
    """Return a browser that tried to sign in there, and the status that it was given."""
    browser = httpx.Client(timeout=CALL_SECONDS)
    reply = browser.post(f"{node.address}/revue/connexion", data={"user_name": name, "password": password})
    return browser, reply.status_code


def csrf_on(page: httpx.Response) -> str:
    match = re.search(r'name="_csrf" value="([^"]+)"', page.text)
    assert match, page.text[:2_000]
    return match[1]


def seconds_until(is_so: Callable[[], bool]) -> float:
    start = time.monotonic()
    assert wait_until(is_so, 2 * LIVE_SECONDS, every=0.02)
    return time.monotonic() - start


def test_what_is_approved_through_one_node_is_live_on_both_and_what_is_withdrawn_is_gone_at_once(
    both: tuple[Served, Served], shared: dict[str, Any]
) -> None:
    first, second = both
    content = an_entry_content(question=NEW_QUESTION, answer="Le long du quai.", alternate_questions=())
    draft = a_draft(uuid.uuid4().hex, entry_id=NEW_ENTRY, content=content)
    database = Database(str(shared["NOA_DATABASE_URL"]))
    with SqlReviewStore(database).changing() as change:
        change.add_draft(draft)
    database.close()
    assert [asked(service.address, NEW_QUESTION) for service in both] != [NEW_ENTRY, NEW_ENTRY]

    browser, status = sign_in(first, "ines")
    assert status == 303
    page = browser.get(f"{second.address}/revue/brouillons/{draft.id}")  # where she never signed in
    form = {
        "_csrf": csrf_on(page),
        "revision": "1",
        "base_version": "0",
        "question": content.question,
        "answer": content.answer,
        "agency_id": content.agency_id,
        "theme": content.theme,
        "sources": "\r\n".join(f"{source.title} | {source.url}" for source in content.sources),
        "language": content.language,
    }
    approved = browser.post(f"{second.address}/revue/brouillons/{draft.id}/approuver", data=form)

    assert approved.status_code == 303, approved.text
    took = [seconds_until(lambda node=service: asked(node.address, NEW_QUESTION) == NEW_ENTRY) for service in both]  # type: ignore[misc]
    assert sum(took) < LIVE_SECONDS

    withdrawal = {"_csrf": form["_csrf"], "version": "1", "note": "l'éléphant est parti"}
    withdrawn = browser.post(f"{first.address}/revue/fiches/{NEW_ENTRY}/retirer", data=withdrawal)

    assert withdrawn.status_code == 303, withdrawn.text
    assert NEW_ENTRY not in [asked(service.address, NEW_QUESTION) for service in both]


def test_nginx_goes_on_with_the_other_node_when_one_is_killed(
    both: tuple[Served, Served], visitor: httpx.Client
) -> None:
    body = {"question": QUESTION, "lang": "fr"}
    assert visitor.post("/api/v1/ask", json=body).json()["status"] == "answered"

    both[0].kill()

    for _ in range(10):
        assert visitor.post("/api/v1/ask", json=body).raise_for_status().json()["status"] == "answered"
        assert visitor.get("/").is_success
        assert visitor.get("/revue/connexion").is_success


def test_failed_sign_ins_on_one_node_make_the_next_attempt_wait_on_the_other(both: tuple[Served, Served]) -> None:
    for _ in range(3):
        assert sign_in(both[0], "ivan", "faux mot de passe")[1] == 401

    # The wait is a second at first, which a busy machine may take to ask; each failure doubles it.
    statuses = [sign_in(both[1], "ivan", "faux mot de passe")[1] for _ in range(3)]
    assert 429 in statuses, "alone, the second node would let three attempts fail"
