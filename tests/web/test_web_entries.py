"""Entry, theme and information pages."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import AlternateQuestion, Contact, EntryId, Section, Source
from noa_rag.domain.errors import StorageUnavailable
from tests.web.fake_service import FakeService, an_entry

Client = TestClient[Litestar]


def test_an_entry_has_a_page_of_its_own_with_its_sections(client: Client, service: FakeService) -> None:
    service.entries[EntryId("F1")] = an_entry(
        "F1",
        sections=(Section("seuils", "Quels seuils ?", "Deux."),),
        legal_references=(Source("Code général des impôts", "https://www.legifrance.gouv.fr"),),
        contacts=(Contact("Service des impôts", phone="0 809 401 401"),),
    )

    page = client.get("/entrees/F1").text

    assert '<h1 class="entry-question" lang="fr">' in page
    assert '<section id="seuils" lang="fr">' in page
    assert "<h2>Quels seuils ?</h2>" in page
    assert "Code général des impôts" in page
    assert 'href="tel:0809401401"' in page
    assert 'name="q"' in page
    assert 'hreflang="en" href="/en/entries/F1"' in page


def test_an_entry_chosen_among_several_recalls_the_question_as_it_was_recorded(
    client: Client, service: FakeService
) -> None:
    client.post("/", data={"q": "mon <b>nom</b>, 06 12 34 56 78"})

    reply = client.get("/entrees/deposer-une-marque", params={"from": "q-2"})

    assert "mon &lt;b&gt;nom&lt;/b&gt;, " in reply.text
    assert "06 12" not in reply.text
    assert (reply.headers["cache-control"], reply.headers["x-robots-tag"]) == ("no-store", "noindex")


def test_an_entry_chosen_in_a_conversation_comes_as_one_more_exchange(client: Client) -> None:
    reply = client.post("/entrees/deposer-une-marque", data={"from": "q-2"}, headers={"hx-request": "true"})

    assert reply.text.startswith('<article class="exchange">')
    assert '<h3 class="entry-question"' in reply.text


@pytest.mark.parametrize(
    ("address", "conversation"),
    [("/entrees/deposer-une-marque", "/reponse/q-2"), ("/en/entries/deposer-une-marque", "/en/answer/q-2")],
)
def test_taking_an_offered_entry_is_written_down_and_leads_to_it_in_its_conversation(
    client: Client, service: FakeService, address: str, conversation: str
) -> None:
    reply = client.post(address, data={"from": "q-2"})

    assert (reply.status_code, reply.headers["location"]) == (303, f"{conversation}#q-2-deposer-une-marque")
    assert service.taken == [("q-2", "deposer-une-marque")]


@pytest.mark.parametrize("headers", [{}, {"sec-purpose": "prefetch"}, {"purpose": "prefetch"}])
def test_fetching_an_entry_writes_nothing_down(client: Client, service: FakeService, headers: dict[str, str]) -> None:
    for fetch in (client.get, client.head):
        fetch("/entrees/deposer-une-marque", params={"from": "q-2"}, headers=headers)
    client.get("/entrees/deposer-une-marque", params={"question": "nom"})

    assert service.taken == []


def test_an_unknown_entry_is_no_choice_and_an_unknown_number_is_put_into_no_address(
    client: Client, service: FakeService
) -> None:
    assert client.post("/entrees/inconnue", data={"from": "q-2"}).status_code == 404
    assert service.taken == []
    reply = client.post("/entrees/deposer-une-marque", data={"from": "06 12 34 56 78"})
    assert reply.headers["location"] == "/entrees/deposer-une-marque"


def test_an_entry_is_shown_even_when_the_choice_cannot_be_written_down(client: Client, service: FakeService) -> None:
    service.choice_error = StorageUnavailable("full")

    reply = client.post("/entrees/deposer-une-marque", data={"from": "q-2"})

    assert (reply.status_code, reply.headers["location"]) == (303, "/entrees/deposer-une-marque?from=q-2")


@pytest.mark.parametrize(("path", "words"), [("/entrees/x", "retirée ou remplacée"), ("/en/entries/x", "withdrawn")])
def test_a_withdrawn_or_unknown_entry_is_a_kind_404_with_the_form(client: Client, path: str, words: str) -> None:
    reply = client.get(path)

    assert reply.status_code == 404
    assert words in reply.text
    assert 'name="q"' in reply.text


def test_a_theme_lists_its_entries_by_sub_themes_after_its_top_tasks(client: Client, service: FakeService) -> None:
    service.entries |= {EntryId(name): an_entry(name, question=f"{name} ?") for name in ("brevet", "marque-3", "neuf")}

    page = client.get("/themes/propriete-intellectuelle").text
    lists = re.findall(r'<h2>([^<]+)</h2><span class="group-count">(\d)</span>.*?id="([^"]+)"', page, re.DOTALL)

    assert "4 questions<" in page
    assert lists == [
        ("Noms et marques", "2", "marques"),
        ("Inventions et brevets", "1", "brevets"),
        ("Autres questions", "1", "others"),
    ]
    assert page.index('class="choices tasks"') < page.index("Noms et marques")
    assert "<details open" not in page
    assert 'href="/themes/cotisations"' in page


def test_the_filter_of_a_theme_shows_what_holds_the_words_with_and_without_javascript(
    client: Client, service: FakeService
) -> None:
    asked = AlternateQuestion("protéger une invention")
    service.entries[EntryId("brevet")] = an_entry("brevet", question="Un brevet ?", alternate_questions=(asked,))
    address = "/themes/propriete-intellectuelle"

    page = client.get(address, params={"q": "mes Inventions"})
    part = client.get(address, params={"q": "invent"}, headers={"hx-request": "true"})
    nothing = client.get("/en/themes/propriete-intellectuelle", params={"q": "zzz"}).text

    assert "1 question sur 2" in page.text
    assert 'value="mes Inventions"' in page.text
    assert re.findall(r'<li><a href="/entrees/([^"]+)"', page.text.partition('id="search-results"')[2]) == ["brevet"]
    assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert part.headers["hx-replace-url"] == f"{address}?q=invent"
    assert part.text.startswith("<div hx-swap-oob")
    assert "/entrees/brevet" in part.text
    assert "/entrees/deposer-une-marque" not in part.text
    assert 'href="/en/search?q=zzz"' in nothing


def test_an_entry_knows_its_theme_and_its_neighbours(client: Client, service: FakeService) -> None:
    service.entries |= {
        EntryId("marque-3"): an_entry("marque-3", question="Renouveler une marque ?"),
        EntryId("brevet"): an_entry("brevet", question="Déposer un brevet ?"),
    }

    page = client.get("/entrees/deposer-une-marque").text
    crumbs = page.partition('<nav class="breadcrumb"')[2].partition("</nav>")[0]
    beside = page.partition('<div class="related">')[2].partition("</div>")[0]

    assert re.findall(r'<a href="([^"]*)">([^<]*)</a>', crumbs) == [
        ("/", "Accueil"),
        ("/themes/propriete-intellectuelle", "Marques, brevets et créations"),
        ("/themes/propriete-intellectuelle#marques", "Noms et marques"),
    ]
    assert re.findall(r'href="([^"]*)"', beside) == ["/entrees/marque-3"]


def test_what_an_entry_names_itself_stands_in_place_of_its_neighbours(client: Client, service: FakeService) -> None:
    service.entries |= {EntryId(name): an_entry(name, question=f"{name} ?") for name in ("marque-3", "acre")}
    service.entries[EntryId("brevet")] = an_entry("brevet", related=(EntryId("acre"),))

    beside = client.get("/entrees/brevet").text.partition('<div class="related">')[2].partition("</div>")[0]

    assert re.findall(r'href="([^"]*)"', beside) == ["/entrees/acre"]


def test_an_empty_theme_says_so_and_an_unknown_one_is_a_404(client: Client) -> None:
    assert "Aucune question" in client.get("/themes/cotisations").text
    assert client.get("/themes/x").status_code == 404


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/a-propos", "masquées avant"),
        ("/en/about", "is masked before"),
        ("/accessibilite", "Ce n'est pas une déclaration de conformité"),
        ("/en/accessibility", "It claims no conformity"),
        ("/avis/merci", "Merci pour votre avis"),
        ("/en/feedback/thanks", "Thank you"),
        ("/api/docs", "POST /api/v1/ask"),
        ("/api/docs?lang=en", "Fields of the request"),
    ],
)
def test_pages_about_noa_exist_in_both_languages(client: Client, path: str, words: str) -> None:
    reply = client.get(path)

    assert reply.status_code == 200
    assert words in reply.text


def test_the_about_page_says_whether_the_base_is_a_demonstration(client: Client, service: FakeService) -> None:
    assert "Cette base n'en contient pas." in client.get("/a-propos").text

    service.demonstration = True

    assert "aucune agence ne les a encore validées" in client.get("/a-propos").text


@pytest.mark.parametrize(
    ("address", "led_to"),
    [
        ("/entrees/aides-paris", "/entrees/aides-region"),
        ("/en/entries/aides-paris?from=q-1", "/en/entries/aides-region"),
    ],
)
def test_a_retired_entry_leads_to_the_one_that_took_its_place(
    client: Client, service: FakeService, address: str, led_to: str
) -> None:
    service.replacements = {EntryId("aides-paris"): EntryId("aides-region")}

    reply = client.get(address, follow_redirects=False)

    assert (reply.status_code, reply.headers["location"]) == (301, led_to)
    assert client.get("/entrees/inconnue").status_code == 404
