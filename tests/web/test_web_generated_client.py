"""A Python client made from the API's own description, asking an application that is served."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import openapi_python_client
import pytest

from noa_rag.domain.timeline import News, NewsKind
from noa_rag.web.app import create_app
from tests.browser.conftest import served
from tests.web.fake_service import FakeService, an_entry

NAME = "generated_noa_client"
# What an operation's module is called; tests would notice a change that breaks whoever generated a client before.
ASK, SEARCH, FEEDBACK = "api_v1_ask_api_ask", "api_v1_search_api_search", "api_v1_feedback_api_feedback"
ENTRIES, ENTRY = "api_v1_entries_api_entries", "api_v1_entries_entry_id_api_entry"
AGENCIES, THEMES, NEWS = "api_v1_agencies_api_agencies", "api_v1_themes_api_themes", "api_v1_news_api_news"
BREVET = an_entry("deposer-un-brevet", question="Comment déposer un brevet ?")


@pytest.fixture(scope="module")
def service() -> FakeService:
    service = FakeService(
        an_entry(), BREVET, an_entry("payer", question="Que payer ?", theme="cotisations", agency_id="urssaf-idf")
    )
    service.told = (News(NewsKind.NEW, BREVET, 1, BREVET.approved_at),)
    return service


@pytest.fixture(scope="module")
def address(service: FakeService, htmx_alone: Path) -> Iterator[str]:
    with served(create_app(service, static_dir=htmx_alone)) as address:
        yield address


@pytest.fixture(scope="module")
def generated(htmx_alone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client, made by the published generator and imported."""
    folder = tmp_path_factory.mktemp("client")
    description = create_app(FakeService(), static_dir=htmx_alone).openapi_schema.to_schema()
    (folder / "openapi.json").write_text(json.dumps(description), encoding="utf-8")
    command = [sys.executable, "-m", openapi_python_client.__name__, "generate", "--meta", "none"]
    options = ["--path", str(folder / "openapi.json"), "--output-path", str(folder / NAME)]
    made = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield importlib.import_module(NAME)
        for name in [module for module in sys.modules if module.partition(".")[0] == NAME]:
            del sys.modules[name]


@pytest.fixture
def client(generated: ModuleType, address: str) -> Iterator[Any]:
    with generated.Client(base_url=address, raise_on_unexpected_status=True) as client:
        yield client


def ask_of(operation: str, client: Any, **given: Any) -> Any:
    """Call an operation of the generated client and return its typed answer."""
    return importlib.import_module(f"{NAME}.api.default.{operation}").sync(client=client, **given)


def a_request(name: str, **fields: Any) -> Any:
    return getattr(importlib.import_module(f"{NAME}.models"), name)(**fields)


def test_asks_and_reads_the_answer_with_who_vouches_for_it(client: Any, service: FakeService) -> None:
    answer = ask_of(ASK, client, body=a_request("AskRequest", question="comment déposer une marque ?", region="FR-IDF"))

    assert answer.status == "answered"
    assert answer.official_text == service.answer.official_text
    assert (answer.entry.id, answer.entry.agency.id) == ("deposer-une-marque", "inpi")
    assert service.asked[-1].region == "FR-IDF"


def test_a_request_that_is_wrong_comes_back_as_a_problem(client: Any) -> None:
    problem = ask_of(ASK, client, body=a_request("AskRequest", question="marque ?", region="XX"))

    assert (problem.status, problem.field) == (400, "region")


def test_searches(client: Any) -> None:
    results = ask_of(SEARCH, client, body=a_request("SearchRequest", question="marque"))

    assert [entry.entry.id for entry in results.entries] == ["deposer-une-marque"]
    assert results.count == 1


def test_lists_entries_page_by_page_and_reads_one(client: Any) -> None:
    first = ask_of(ENTRIES, client, limit=2)
    second = ask_of(ENTRIES, client, limit=2, after=first.next_)

    assert [entry.id for page in (first, second) for entry in page.entries] == [
        "deposer-un-brevet",
        "deposer-une-marque",
        "payer",
    ]
    assert (first.count, first.next_, second.next_) == (3, "deposer-une-marque", None)
    assert ask_of(ENTRY, client, entry_id="deposer-un-brevet").question == "Comment déposer un brevet ?"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"theme": "cotisations"}, ["payer"]),
        ({"agency": "inpi"}, ["deposer-un-brevet", "deposer-une-marque"]),
        ({"agency": "inpi", "theme": "cotisations"}, []),
    ],
)
def test_lists_the_entries_of_a_theme_or_an_agency(client: Any, given: dict[str, str], expected: list[str]) -> None:
    assert [entry.id for entry in ask_of(ENTRIES, client, **given).entries] == expected


def test_lists_agencies_themes_and_news(client: Any) -> None:
    assert [agency.id for agency in ask_of(AGENCIES, client).agencies] == ["inpi", "urssaf-idf"]
    assert [theme.id for theme in ask_of(THEMES, client).themes] == ["propriete-intellectuelle", "cotisations"]
    (news,) = ask_of(NEWS, client, theme="propriete-intellectuelle", region="FR-IDF").news
    assert (news.kind, news.entry.id) == ("new", "deposer-un-brevet")
    assert ask_of(NEWS, client, theme="cotisations").news == []
    assert ask_of(NEWS, client, region="XX").field == "region"


def test_judges_an_answer(client: Any, service: FakeService) -> None:
    outcome = ask_of(FEEDBACK, client, body=a_request("FeedbackRequest", question_id="q-1", is_useful=True))

    assert outcome.recorded is True
    assert service.feedback[-1][0] == "q-1"
