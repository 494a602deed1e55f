"""The search page: what is typed stays in its address, nothing is recorded, and each result is shown with its words."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.question import Language
from noa_rag.web.app import create_app
from noa_rag.web.limits import PAGE_COST
from tests.web.fake_service import FakeService, a_host_site, an_entry

Client = TestClient[Litestar]
HTMX = {"hx-request": "true"}
FRAME = f"/widget/{a_host_site().key}"


def many(count: int) -> list[EntryVersion]:
    return [
        an_entry(f"marque-{number}", question=f"Question {number} sur une marque ?") for number in range(1, count + 1)
    ]


def titles(page: str) -> list[str]:
    return [unescape(re.sub(r"<[^>]+>", "", title)) for title in re.findall(r"<h3>(.*?)</h3>", page)]


def count_of(page: str) -> str:
    match = re.search(r'id="search-count"[^>]*>([^<]*)<|innerHTML:#search-count">([^<]*)<', page)
    assert match
    return unescape(match.group(1) or match.group(2) or "")


def test_a_result_has_its_question_agency_theme_and_passage_with_the_words_marked(client: Client) -> None:
    page = client.get("/recherche", params={"q": "marque"}).text

    assert titles(page) == ["Comment déposer une marque ?"]
    assert "Comment déposer une <mark>marque</mark> ?" in page
    assert 'href="/entrees/deposer-une-marque"' in page
    assert "Institut national de la propriété industrielle (INPI)" in page
    assert "· Marques, brevets et créations" in page
    assert "Le dépôt se fait en ligne, sur le site de l&#39;INPI." in page
    assert count_of(page) == "1 fiche"
    assert 'value="marque"' in page


def test_typing_brings_the_results_and_the_count_and_keeps_the_words_in_the_address(client: Client) -> None:
    answer = client.get("/recherche", params={"q": "marque"}, headers=HTMX)

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'hx-swap-oob="innerHTML:#search-count"' in answer.text
    assert answer.headers["hx-replace-url"] == "/recherche?q=marque"
    assert "data-focus" not in answer.text


def test_nothing_of_a_search_is_recorded_or_kept(client: Client, service: FakeService) -> None:
    answer = client.get("/recherche", params={"q": "marque 06 12 34 56 78"})

    assert service.asked == []
    assert [search[0] for search in service.searched] == ["marque 06 12 34 56 78"]
    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("no-store", "noindex")


def test_a_fresh_load_shows_what_was_searched_for_in_either_language(client: Client) -> None:
    page = client.get("/recherche?q=marque&region=FR-BRE").text

    assert titles(page) == ["Comment déposer une marque ?"]
    assert 'value="marque"' in page
    assert '<option value="FR-BRE" selected>' in page
    assert 'hreflang="en" href="/en/search?q=marque&amp;region=FR-BRE"' in page


def test_the_form_to_ask_with_searches_too_and_leaves_the_words_alone_in_the_address(client: Client) -> None:
    form = client.get("/").text.partition('<form class="ask')[2].partition("</form>")[0]
    sent = {"q": "marque", "region": "", "audience": "tpe", "conversation_id": "x"}

    reply = client.get("/recherche", params=sent, follow_redirects=False)

    assert 'formaction="/recherche" formmethod="get"' in form
    assert (reply.status_code, reply.headers["location"]) == (303, "/recherche?q=marque")


def test_nothing_found_says_so_with_the_ways_on(client: Client, service: FakeService) -> None:
    page = client.get("/recherche", params={"q": "zzzz", "region": "FR-BRE"}).text

    assert count_of(page) == "Aucune fiche trouvée"
    form = page[page.index("Essayez d'autres mots") :]
    assert '<form method="post" action="/">' in form
    assert '<input type="hidden" name="q" value="zzzz">' in form
    assert 'href="#all-themes"' in form
    assert 'id="all-themes"' in page
    assert service.asked == []


@pytest.mark.parametrize(("typed", "count"), [("tv", "Tapez au moins trois lettres."), (" ", "")])
def test_too_little_is_not_searched_for(client: Client, typed: str, count: str) -> None:
    page = client.get("/recherche", params={"q": typed}, headers=HTMX).text

    assert count_of(page) == count
    assert titles(page) == []
    assert "Aucune fiche" not in page


def test_pages_are_turned_and_take_the_focus(static_dir: Path) -> None:
    service = FakeService(*many(23))
    with TestClient(create_app(service, static_dir=static_dir)) as client:
        first = client.get("/recherche", params={"q": "marque"}).text
        third = client.get("/recherche", params={"q": "marque", "page": "3"}, headers=HTMX).text
        beyond = client.get("/recherche", params={"q": "marque", "page": "99"}).text
        nonsense = client.get("/recherche", params={"q": "marque", "page": "²"}).text

    assert count_of(first) == "23 fiches"
    assert titles(first) == [f"Question {number} sur une marque ?" for number in range(1, 11)]
    assert titles(third) == [f"Question {number} sur une marque ?" for number in (21, 22, 23)]
    assert '<ol class="found" start="21">' in third
    assert re.search(r'<h2[^>]* tabindex="-1" data-focus>Fiches trouvées, page 3 sur 3', third)
    assert 'name="page" value="2">Page précédente' in third
    assert "Page suivante" not in third
    assert titles(beyond) == titles(third)
    assert titles(nonsense) == titles(first)


def test_the_english_page_shows_the_english_question_and_says_what_is_in_french(static_dir: Path) -> None:
    entry = an_entry(question_en="How do I register a marque?")
    service = FakeService(entry)
    with TestClient(create_app(service, static_dir=static_dir)) as client:
        page = client.get("/en/search", params={"q": "marque", "region": "FR-BRE"}).text

    assert titles(page) == ["How do I register a marque? (answer in French)"]
    assert 'href="/en/entries/deposer-une-marque" lang="en"' in page
    assert '<p lang="fr">Le dépôt se fait en ligne' in page
    assert count_of(page) == "1 entry"
    assert service.searched == [("marque", "FR-BRE", Language.ENGLISH)]


def test_a_host_site_s_frame_searches_from_its_region_until_all_of_france_is_chosen(
    client: Client, service: FakeService
) -> None:
    (key,) = service.hosts
    service.hosts = {key: replace(service.hosts[key], region="FR-BRE")}
    headers = {"origin": "http://testserver.local"}
    for region in ("", "FR"):
        page = client.get(f"/widget/{key}/recherche", params={"q": "marque", "region": region}, headers=headers)
        assert page.status_code == 200, page.text
        assert f'href="/widget/{key}/entrees/deposer-une-marque"' in page.text

    assert [search[1] for search in service.searched] == ["FR-BRE", None]


def test_a_search_costs_a_page_and_not_a_question(static_dir: Path) -> None:
    app = create_app(FakeService(), static_dir=static_dir, rate_limit=2)
    with TestClient(app) as client:
        statuses = [client.get("/recherche", params={"q": "marque"}).status_code for _ in range(5)]
        refused = client.get("/recherche", params={"q": "marque"}, headers=HTMX)

    # Half of the two questions a minute may come at once: one question, or 1 / PAGE_COST = 4 searches.
    assert PAGE_COST == 0.25
    assert statuses == [200, 200, 200, 200, 429]
    assert "problem-title" in refused.text


def test_whoever_cannot_go_on_reads_first_that_nobody_reads_it_here(client: Client, service: FakeService) -> None:
    service.typed_in_distress = "marque"

    for headers in ({}, HTMX):
        page = unescape(client.get("/recherche", params={"q": "marque"}, headers=headers).text)
        assert page.index("Noa est un service automatique") < page.index("<h3>")
    assert "Noa is an automatic service" in client.get("/en/search", params={"q": "marque"}).text
    assert "service automatique" not in client.get("/recherche", params={"q": "déposer"}).text


def test_no_rate_limit_keeps_whoever_cannot_go_on_from_searching(static_dir: Path) -> None:
    app = create_app(FakeService(), static_dir=static_dir, rate_limit=1)
    with TestClient(app) as client:
        statuses = {client.get("/recherche", params={"q": "je veux mourir"}).status_code for _ in range(8)}
        refused = [client.get("/recherche", params={"q": "marque"}).status_code for _ in range(8)]

    assert statuses == {200}
    assert 429 in refused
