"""The chat page, whole and in fragments, in French and in English."""

import re
from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import AnswerPart, Choice, Reason
from noa_rag.domain.entry import EntryId, Section
from tests.web.fake_service import INPI, FakeService, a_clarification, an_abstention, an_answer, an_entry

HTMX = {"hx-request": "true"}
CONVERSATION = "5f0c2b7e9a3d4c1b8e6f70a1b2c3d4e5"
Client = TestClient[Litestar]


def test_the_start_page_begins_with_what_people_come_for_and_then_the_themes(client: Client) -> None:
    page = client.get("/").text

    task = '<a class="choice" href="/entrees/deposer-une-marque" lang="fr">Comment déposer une marque ?</a>'
    theme = '<a href="/themes/propriete-intellectuelle">Marques, brevets et créations</a>'
    assert '<html lang="fr">' in page
    assert page.index('id="question"') < page.index(task) < page.index(theme)
    assert "Noms et marques\N{NO-BREAK SPACE}· Inventions et brevets" in page
    assert 'href="/themes/cotisations"' not in page  # it holds no entry
    assert page.count('type="search"') == 0
    assert 'hreflang="en" href="/en/"' in page


def test_a_question_that_is_sent_is_answered_on_the_page(client: Client, service: FakeService) -> None:
    page = client.post("/", data={"q": "protéger mon nom", "region": "FR-IDF"}, follow_redirects=True).text

    assert (service.asked[0].text, service.asked[0].region) == ("protéger mon nom", "FR-IDF")
    assert "protéger mon nom</h2>" in page
    assert '<h3 class="entry-question" lang="fr">Comment déposer une marque ?</h3>' in page
    assert "<strong>en ligne</strong>" in page
    assert "Validé le 24\N{NO-BREAK SPACE}novembre\N{NO-BREAK SPACE}2026" in page
    assert "Institut national de la propriété industrielle (INPI)" in page
    assert 'href="https://www.inpi.fr/proteger/marque" rel="noopener nofollow"' in page
    assert '<option value="FR-IDF" selected>' in page


def test_a_form_without_javascript_leads_to_the_address_of_the_answer(client: Client, service: FakeService) -> None:
    reply = client.post("/", data={"q": "créer une société", "region": ""})

    assert (reply.status_code, reply.headers["location"]) == (303, "/reponse/q-1#reponse")
    assert len(service.asked) == 1
    assert client.post("/en/", data={"q": "x"}).headers["location"] == "/en/answer/q-1#reponse"


@pytest.mark.parametrize("headers", [{}, HTMX, {"sec-purpose": "prefetch"}])
def test_fetching_asks_nothing(client: Client, service: FakeService, headers: dict[str, str]) -> None:
    for address in ("/?q=marque", "/en/?q=marque&region=FR-IDF&c=x", "/reponse/q-1", "/en/answer/q-1"):
        for fetch in (client.get, client.get, client.head):
            fetch(address, headers=headers)

    assert service.asked == []


def test_a_question_in_the_address_waits_in_the_field_to_be_sent(client: Client) -> None:
    page = client.get("/", params={"q": "protéger <b>mon nom</b>", "region": "FR-IDF", "audience": "pme"}).text

    assert "Votre question est écrite ci-dessous" in page
    assert " autofocus>protéger &lt;b&gt;mon nom&lt;/b&gt;</textarea>" in page
    assert '<option value="FR-IDF" selected>' in page
    assert '<option value="pme" selected>' in page
    assert "q=prot" not in page


def test_no_address_holds_what_was_typed(client: Client, service: FakeService) -> None:
    form = {"q": "mon numéro est 06 12 34 56 78, marque", "conversation_id": CONVERSATION}
    service.answer = a_clarification(an_entry(), an_entry("acre"))
    place = Choice(EntryId("aides-reunion"), "Saint-Denis (La Réunion)", "FR-974")
    service.answer = replace(service.answer, choices=(*service.answer.choices, place))

    plain, htmx = client.post("/", data=form), client.post("/", data=form, headers=HTMX)
    page = client.get(plain.headers["location"]).text

    addresses = re.findall(r'(?:href|action|hx-get|hx-post|content)="([^"]*)"', page + htmx.text)
    for address in (plain.headers["location"], htmx.headers["hx-replace-url"], *addresses):
        assert not re.search("06.{0,3}12|numero|num%C3%A9ro|marque,|q=", address), address  # a hash may hold 06
    assert "06 12" not in page


def test_a_choice_already_answers_with_how_each_entry_begins(client: Client, service: FakeService) -> None:
    listed = an_entry("acre")
    text = "Vous devez :\n\n- être sans emploi ;\n- le demander **en ligne**.\n\nLe reste vient plus loin."
    service.entries[EntryId("acre")] = replace(listed, content=replace(listed.content, answer=text))
    service.answer = a_clarification(an_entry(), service.entries[EntryId("acre")])

    openings = re.findall(
        r'<div class="opening prose" lang="fr">(.*?)</div>\s*<p class="opening-agency">(.*?)</p>',
        client.post("/", data={"q": "marque"}, headers=HTMX).text,
        re.DOTALL,
    )

    (_, first_agency), (listed_opening, _) = openings
    assert first_agency == INPI.name
    assert "<li>le demander <strong>en ligne</strong>.</li>" in listed_opening
    assert "Le reste" not in listed_opening


def test_the_likeliest_entry_is_shown_above_others_and_said_to_be_the_nearest(
    client: Client, service: FakeService
) -> None:
    other = service.entries[EntryId("acre")] = an_entry("acre", question="Qui a droit à l'ACRE ?")
    choices = (Choice(other.id, other.content.question),)
    service.answer = an_answer(an_entry(), reason=Reason.CLOSE_ENTRIES, choices=choices)

    page = client.post("/", data={"q": "marque"}, headers=HTMX).text

    order = ["La fiche la plus proche de votre question.", "Le dépôt se fait", 'id="others-q-1"', "droit à l&#39;ACRE"]
    assert sorted(order, key=page.index) == order
    assert 'href="#others-q-1"' in page
    assert page.count('<div class="opening') == 1


def test_a_choice_shows_three_entries_and_whom_to_ask_and_keeps_the_others_behind_something_else(
    client: Client, service: FakeService
) -> None:
    others = [an_entry(entry_id, question=f"La fiche {entry_id} ?") for entry_id in ("deux", "trois", "quatre")]
    for entry in others:
        service.entries[entry.id] = entry
    service.answer = a_clarification(an_entry(), *others)

    page = client.post("/", data={"q": "marque"}, headers=HTMX).text

    in_sight, _, behind = page.partition("<summary>Autre chose</summary>")
    assert ("La fiche trois ?" in in_sight, "La fiche quatre ?" in in_sight) == (True, False)
    assert "La fiche quatre ?" in behind
    assert "peut-être pas traité ici." in in_sight
    assert in_sight.index("La fiche trois ?") < in_sight.index(f'href="tel:{INPI.phone.replace(" ", "")}"')


@pytest.mark.parametrize(("before", "is_above"), [(100, False), (300, True)])
def test_a_passage_in_sight_beneath_is_marked_in_the_text_and_not_repeated_above_it(
    client: Client, service: FakeService, before: int, is_above: bool
) -> None:
    passage = "Le dépôt coûte 190 €."
    text = f"{'Le dépôt se fait en ligne. ' * (before // 27)}\n\n{passage}"
    listed = an_entry()
    entry = replace(listed, content=replace(listed.content, answer=text))
    service.answer = replace(an_answer(entry), text=text, official_text=text, extract=passage)

    page = client.post("/", data={"q": "marque"}, headers=HTMX).text

    assert "<mark>Le dépôt coûte" in page
    assert ("Au plus près de votre question" in page) is is_above


def test_an_entry_that_may_not_be_shown_today_is_offered_without_its_text(client: Client, service: FakeService) -> None:
    gone = an_entry("acre")
    service.entries.pop(gone.id, None)
    service.answer = a_clarification(an_entry(), gone)

    page = client.post("/", data={"q": "marque"}, headers=HTMX).text

    assert (page.count('<button class="choice"'), page.count('<div class="opening')) == (2, 1)


def test_an_answer_that_could_not_be_recorded_is_shown_at_once_and_says_so(
    client: Client, service: FakeService
) -> None:
    service.answer = an_answer(an_entry(), is_unrecorded=True)

    plain, htmx = client.post("/", data={"q": "marque"}), client.post("/", data={"q": "marque"}, headers=HTMX)

    for reply in (plain, htmx):
        assert reply.status_code == 200
        assert "hx-replace-url" not in reply.headers
        assert "être enregistrée pour le moment" in reply.text
        assert "<strong>en ligne</strong>" in reply.text
        assert "/avis" not in reply.text
    service.answer = replace(an_abstention(an_entry()), is_unrecorded=True)
    assert "/suivi" not in client.post("/", data={"q": "marque"}, headers=HTMX).text


def test_an_answer_whose_entry_has_changed_since_says_so(client: Client, service: FakeService) -> None:
    assert "a changé depuis" not in client.get("/reponse/q-1").text
    service.is_changed = True

    assert "a changé depuis votre question" in client.get("/reponse/q-1").text


def test_htmx_receives_the_exchange_alone_and_the_address_of_the_answer(client: Client, service: FakeService) -> None:
    reply = client.post("/", data={"q": "une marque", "conversation_id": CONVERSATION}, headers=HTMX)

    assert reply.text.startswith('<article class="exchange">')
    assert "<html" not in reply.text
    assert reply.headers["hx-replace-url"] == "/reponse/q-1"
    assert 'name="conversation_id" value="c-1" hx-swap-oob="true"' in reply.text
    assert service.asked[0].conversation_id == CONVERSATION


def test_htmx_restoring_its_history_receives_the_page(client: Client) -> None:
    headers = {**HTMX, "hx-history-restore-request": "true"}

    assert "<html" in client.post("/", data={"q": "marque"}, headers=headers, follow_redirects=True).text


def test_the_rest_of_a_long_entry_opens_in_the_language_of_the_page(client: Client, service: FakeService) -> None:
    entry = an_entry("F1", sections=(Section("seuils", "Seuils", "…"),))
    service.answer = an_answer(entry, more_url="/entrees/F1#seuils")

    assert (
        'href="/entrees/F1#seuils">Lire la suite de la fiche'
        in client.post("/", data={"q": "tva"}, follow_redirects=True).text
    )
    assert 'href="/en/entries/F1#seuils">Read the rest' in client.get("/en/answer/q-1").text


def test_a_demonstration_entry_and_base_say_so(client: Client, service: FakeService) -> None:
    assert "démonstration" not in client.post("/", data={"q": "marque"}, follow_redirects=True).text

    service.demonstration = True
    service.answer = an_answer(an_entry(origin="demonstration"))
    page = client.post("/", data={"q": "marque"}, follow_redirects=True).text

    assert page.count("<p>Jeu de démonstration, à valider par les agences. <a") == 1
    assert "restent à valider par les agences." in page
    assert "Validation d'essai" in page.replace("&#39;", "'")
    assert "Validé le" not in page


def test_no_cookie_is_ever_set(client: Client) -> None:
    for reply in (
        client.get("/"),
        client.post("/", data={"q": "x"}, follow_redirects=True),
        client.post("/", data={"q": "x"}),
    ):
        assert "set-cookie" not in reply.headers


def test_a_script_in_a_question_is_shown_as_text(client: Client) -> None:
    for headers in ({}, HTMX):
        page = client.post(
            "/", data={"q": '<script>alert(1)</script>"><img src=x>'}, headers=headers, follow_redirects=True
        ).text

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


def test_a_broad_question_shows_entries_folded_under_their_agencies(client: Client, service: FakeService) -> None:
    entries = [an_entry("a", question="Quel prêt ?"), an_entry("b", question="Quelle aide ?", agency_id="urssaf-idf")]
    parts = tuple(
        AnswerPart("", entry, entry.content.answer) for entry in [*entries, an_entry("c", question="Quel fonds ?")]
    )
    service.answer = an_answer(entries[0], parts=parts)

    page = client.post("/en/", data={"q": "aides"}, follow_redirects=True).text

    assert "Several answers concern your question" in page
    assert page.count('<details class="fold part">') == 3
    inpi, urssaf = page.index('class="group" lang="fr">Institut'), page.index('class="group" lang="fr">Urssaf')
    assert inpi < page.index(">Quel prêt ?</summary>") < page.index(">Quel fonds ?</summary>") < urssaf
