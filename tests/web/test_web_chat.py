"""The chat page, whole and in fragments, in French and in English."""

from dataclasses import replace
from datetime import date

import pytest
from fake_service import FakeService, a_clarification, an_abstention, an_answer, an_entry
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Choice, General, Part, Reason
from noa_rag.domain.entry import Audience, EntryId, Section, ValidityWindow
from noa_rag.domain.question import Language

HTMX = {"hx-request": "true"}
CONVERSATION = "5f0c2b7e9a3d4c1b8e6f70a1b2c3d4e5"
Client = TestClient[Litestar]


def test_the_start_page_suggests_questions_by_theme(client: Client) -> None:
    page = client.get("/").text

    assert '<html lang="fr">' in page
    assert "Marques, brevets et créations" in page
    assert '<a href="/entrees/deposer-une-marque" lang="fr">Comment déposer une marque ?</a>' in page
    assert 'hreflang="en" href="/en/"' in page


@pytest.mark.parametrize("path", ["/en/", "/en"])
def test_the_english_start_page_marks_what_is_in_french(client: Client, path: str) -> None:
    page = client.get(path).text

    assert '<html lang="en">' in page
    assert "Intellectual property" in page
    assert '<a href="/en/entries/deposer-une-marque" lang="fr">' in page


def test_a_theme_without_entries_is_left_out_of_the_start_page(client: Client) -> None:
    assert "Cotisations sociales" not in client.get("/").text


def test_a_question_in_the_address_is_answered_on_the_page(client: Client, service: FakeService) -> None:
    page = client.get("/", params={"q": "protéger mon nom", "region": "FR-IDF"}).text

    assert (service.asked[0].text, service.asked[0].region) == ("protéger mon nom", "FR-IDF")
    assert "protéger mon nom</h2>" in page
    assert '<h3 class="entry-question" lang="fr">Comment déposer une marque ?</h3>' in page
    assert "<strong>en ligne</strong>" in page
    assert "Validé le 24\N{NO-BREAK SPACE}novembre\N{NO-BREAK SPACE}2026" in page
    assert "Institut national de la propriété industrielle (INPI)" in page
    assert 'href="https://www.inpi.fr/proteger/marque" rel="noopener nofollow"' in page
    assert '<option value="FR-IDF" selected>' in page


def test_the_english_page_shows_the_french_text_as_french(client: Client, service: FakeService) -> None:
    page = client.post("/en/", data={"q": "trade mark"}, follow_redirects=True).text

    assert service.asked[0].language is Language.ENGLISH
    assert '<div class="prose" lang="fr"><p>Le dépôt' in page
    assert "Validated on 24\N{NO-BREAK SPACE}November\N{NO-BREAK SPACE}2026" in page


def test_a_form_without_javascript_leads_to_the_address_of_the_answer(client: Client, service: FakeService) -> None:
    reply = client.post("/", data={"q": "créer une société", "region": ""})

    assert (reply.status_code, reply.headers["location"]) == (303, "/?q=cr%C3%A9er+une+soci%C3%A9t%C3%A9")
    assert service.asked == []
    assert client.post("/en/", data={"q": "x"}).headers["location"] == "/en/answer/q-1"


def test_a_question_too_long_for_an_address_is_answered_at_once(client: Client) -> None:
    reply = client.post("/", data={"q": "é" * 900})

    assert reply.status_code == 200
    assert "é" * 900 in reply.text


def test_htmx_receives_the_exchange_alone_and_the_address_to_share(client: Client, service: FakeService) -> None:
    reply = client.post("/", data={"q": "une marque", "conversation_id": CONVERSATION}, headers=HTMX)

    assert reply.text.startswith('<article class="exchange">')
    assert "<html" not in reply.text
    assert reply.headers["hx-replace-url"] == "/?q=une+marque"
    assert 'name="conversation_id" value="c-1" hx-swap-oob="true"' in reply.text
    assert service.asked[0].conversation_id == CONVERSATION


def test_htmx_restoring_its_history_receives_the_page(client: Client) -> None:
    headers = {**HTMX, "hx-history-restore-request": "true"}

    assert "<html" in client.post("/", data={"q": "marque"}, headers=headers, follow_redirects=True).text


def test_a_clarification_offers_links_that_keep_the_question_and_its_number(
    client: Client, service: FakeService
) -> None:
    service.answer = a_clarification(an_entry(), an_entry("deposer-un-brevet", question="Comment déposer un brevet ?"))

    page = client.post("/", data={"q": "déposer"}, follow_redirects=True).text

    assert "Laquelle vous concerne" in page
    assert 'href="/entrees/deposer-un-brevet?question=d%C3%A9poser&amp;from=q-2"' in page


def test_an_abstention_says_whom_to_ask_and_what_is_close(client: Client, service: FakeService) -> None:
    service.answer = an_abstention(an_entry())

    page = client.post("/", data={"q": "mon chat"}, follow_redirects=True).text

    assert "pas de réponse validée à cette question." in page
    assert 'href="tel:0156658998">01 56 65 89 98</a>' in page
    assert "du lundi au vendredi" in page
    assert "/entrees/deposer-une-marque?question=mon+chat" in page
    assert "entry-question" not in page


def test_an_abstention_without_contact_or_close_question_is_shown_too(client: Client, service: FakeService) -> None:
    service.answer = an_abstention(contact=None)

    assert client.post("/", data={"q": "x"}, follow_redirects=True).status_code == 200


def test_a_regional_entry_says_where_and_until_when_it_holds(client: Client, service: FakeService) -> None:
    window = ValidityWindow(None, date(2026, 12, 1))
    service.answer = an_answer(an_entry(regions=("FR-IDF", "FR-69"), window=window))

    page = client.post("/", data={"q": "aide"}, follow_redirects=True).text

    assert "Valable en : Île-de-France, 69 (Auvergne-Rhône-Alpes)" in page
    assert "Valable jusqu'au 1er\N{NO-BREAK SPACE}décembre" in page.replace("&#39;", "'")


def test_the_rest_of_a_long_entry_opens_in_the_language_of_the_page(client: Client, service: FakeService) -> None:
    entry = an_entry("F1", sections=(Section("seuils", "Seuils", "…"),))
    service.answer = an_answer(entry, more_url="/entrees/F1#seuils")

    assert 'href="/entrees/F1#seuils">Lire la suite de la fiche' in client.post("/", data={"q": "tva"}, follow_redirects=True).text
    assert 'href="/en/entries/F1#seuils">Read the rest' in client.get("/en/answer/q-1").text


def test_a_demonstration_entry_and_base_say_so(client: Client, service: FakeService) -> None:
    assert "démonstration" not in client.post("/", data={"q": "marque"}, follow_redirects=True).text

    service.demonstration = True
    service.answer = an_answer(an_entry(origin="demonstration"))
    page = client.post("/", data={"q": "marque"}, follow_redirects=True).text

    assert '<p class="badge">Jeu de démonstration, à valider par les agences</p>' in page
    assert "restent à valider par les agences." in page
    assert "Validation d'essai" in page.replace("&#39;", "'")
    assert "Validé le" not in page


def test_no_cookie_is_ever_set(client: Client) -> None:
    for reply in (client.get("/"), client.post("/", data={"q": "x"}, follow_redirects=True), client.post("/", data={"q": "x"})):
        assert "set-cookie" not in reply.headers


def test_a_script_in_a_question_is_shown_as_text(client: Client) -> None:
    for headers in ({}, HTMX):
        page = client.post("/", data={"q": '<script>alert(1)</script>"><img src=x>'}, headers=headers, follow_redirects=True).text

        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_scripts_and_addresses_of_scripts_in_an_entry_do_not_reach_the_page(
    client: Client, service: FakeService
) -> None:
    bad = an_entry(
        question="<script>alert(1)</script>",
        answer="<script>alert(2)</script> [x](javascript:alert(3)) <a href='javascript:alert(4)'>y</a>",
    )
    service.answer = an_answer(
        bad, more_url="javascript:alert(5)", contact=Agency(AgencyId("x"), "X", "javascript:alert(6)")
    )

    page = client.post("/", data={"q": "x"}, follow_redirects=True).text

    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert "<a href='javascript:" not in page


@pytest.mark.parametrize(
    ("general", "note"),
    [
        (General(), "Réponse générale : elle change selon la région ou le public."),
        (General(region="FR-29"), "Réponse générale : il n&#39;existe pas encore de réponse propre à la Bretagne."),
        (General(audience=Audience.PME), "pas encore de réponse pour ce public (PME)."),
    ],
)
def test_a_general_answer_is_said_to_be_one(client: Client, service: FakeService, general: General, note: str) -> None:
    service.answer = an_answer(an_entry(), general=general)

    assert note in client.post("/", data={"q": "aides"}, follow_redirects=True).text


def test_an_answer_without_variants_says_nothing_of_the_kind(client: Client, service: FakeService) -> None:
    service.answer = an_answer(an_entry())

    assert "Réponse générale" not in client.post("/", data={"q": "aides"}, follow_redirects=True).text


def test_a_place_to_choose_asks_the_same_question_again_for_it(client: Client, service: FakeService) -> None:
    choices = (Choice(EntryId("aides-reunion"), "Saint-Denis (La Réunion)", "FR-974"),)
    service.answer = replace(a_clarification(), choices=choices, reason=Reason.AMBIGUOUS_PLACE)

    page = client.post("/", data={"q": "aides à Saint-Denis"}, follow_redirects=True).text

    assert 'href="/?q=aides+%C3%A0+Saint-Denis&amp;region=FR-974"' in page
    assert "Saint-Denis (La Réunion)</a>" in page


def test_the_public_chosen_goes_with_the_question_and_stays_chosen(client: Client, service: FakeService) -> None:
    reply = client.post("/", data={"q": "aides", "region": "", "audience": "pme"}, follow_redirects=False)
    page = client.get(reply.headers["location"]).text

    assert reply.status_code == 303
    assert service.asked[-1].audience is Audience.PME
    assert '<option value="pme" selected>' in page


def test_a_follow_up_says_how_it_was_understood_and_offers_a_way_out(client: Client, service: FakeService) -> None:
    service.answer = an_answer(an_entry(), understood_as="Comment déposer une marque ? combien ça coûte ?")

    reply = client.post("/", data={"q": "combien ça coûte ?", "conversation_id": CONVERSATION}, headers=HTMX)

    assert "Vous parlez de :" in reply.text
    assert "<q>Comment déposer une marque ? combien ça coûte ?</q>" in reply.text
    assert '<a href="#question">Posez la question entière.</a>' in reply.text
    assert reply.headers["hx-replace-url"].endswith("&c=c-1")


def test_a_question_understood_by_itself_says_nothing_of_others(client: Client) -> None:
    assert "Vous parlez de" not in client.post("/", data={"q": "marque"}, follow_redirects=True).text


def test_without_javascript_the_address_carries_the_conversation(client: Client, service: FakeService) -> None:
    reply = client.post("/", data={"q": "combien ?", "region": "", "conversation_id": CONVERSATION})

    assert (reply.status_code, reply.headers["location"]) == (303, f"/?q=combien+%3F&c={CONVERSATION}")
    client.get(reply.headers["location"])
    assert service.asked[-1].conversation_id == CONVERSATION


def test_two_needs_are_shown_each_with_its_agency_and_one_without_answer_is_said_so(
    client: Client, service: FakeService
) -> None:
    entry = an_entry()
    parts = (Part("déposer ma marque", entry, entry.content.answer), Part("apprivoiser un dragon"))
    service.answer = an_answer(entry, parts=parts)

    page = client.post("/", data={"q": "x"}, follow_redirects=True).text

    assert "Votre question en contient plusieurs" in page
    assert page.count('<h4 class="entry-question" lang="fr">Comment déposer une marque ?</h4>') == 1
    assert "<q>apprivoiser un dragon</q>" in page
    assert "pas de réponse validée à cette partie" in page
    assert page.count('class="feedback-question"') == 1


def test_a_broad_question_shows_entries_folded_under_their_agencies(client: Client, service: FakeService) -> None:
    entries = [an_entry("a", question="Quel prêt ?"), an_entry("b", question="Quelle aide ?", agency_id="urssaf-idf")]
    parts = tuple(Part("", entry, entry.content.answer) for entry in [*entries, an_entry("c", question="Quel fonds ?")])
    service.answer = an_answer(entries[0], parts=parts)

    page = client.post("/en/", data={"q": "aides"}, follow_redirects=True).text

    assert "Several answers concern your question" in page
    assert page.count('<details class="fold part">') == 3
    inpi, urssaf = page.index('class="group" lang="fr">Institut'), page.index('class="group" lang="fr">Urssaf')
    assert inpi < page.index(">Quel prêt ?</summary>") < page.index(">Quel fonds ?</summary>") < urssaf
