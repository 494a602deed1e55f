"""The page shows the official text at once; a verified rephrasing takes its place, a refused one changes nothing."""

from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.answer import Answer
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding, Rephrasing, RephrasingOutcome
from noa_rag.rephrasing.steps import rephrased
from noa_rag.web.ask.rephrasing import END
from tests.web.fake_service import FakeService, an_answer, an_entry

Client = TestClient[Litestar]
HTMX = {"HX-Request": "true"}
SENTENCE = CheckedSentence("Vous déposez votre marque **en ligne**.", "Le dépôt se fait **en ligne**")


def an_attempt(outcome: RephrasingOutcome = RephrasingOutcome.SHOWN) -> Rephrasing:
    return Rephrasing("model", "rephrase-chat-1", outcome, (SENTENCE,))


@pytest.fixture
def official(service: FakeService) -> Answer:
    service.rephrased = rephrased(an_answer(an_entry()), an_attempt())
    return service.answer


def test_the_official_text_comes_first_and_asks_for_its_rephrasing(client: Client, official: Answer) -> None:
    page = client.post("/", data={"q": "marque"}, follow_redirects=True).text

    assert "<strong>en ligne</strong>, sur" in page
    assert 'hx-post="/reformuler/q-1" hx-trigger="load" hx-target="#body-q-1" hx-swap="outerHTML"' in page
    assert '<form class="rephrase" method="post" action="/reformuler/q-1"' in page
    assert '<button class="without-script" type="submit">Reformuler cette réponse' in page


def test_strict_pages_ask_for_no_rephrasing(client: Client) -> None:
    assert "reformuler" not in client.post("/", data={"q": "marque"}, follow_redirects=True).text


def test_a_verified_rephrasing_comes_with_its_label_citation_and_official_text(
    client: Client, official: Answer
) -> None:
    reply = client.post("/reformuler/q-1", headers=HTMX)

    assert reply.status_code == 200
    assert "<html" not in reply.text
    assert "Reformulé automatiquement" in reply.text
    assert "Vous déposez votre marque <strong>en ligne</strong>." in reply.text
    assert 'aria-label="Passage officiel 1">[1]</a>' in reply.text
    assert "Texte officiel</h3>" in reply.text
    assert 'data-announce="Réponse reformulée' in reply.text


def test_a_citation_leads_to_its_passage_marked_in_the_official_text(client: Client, official: Answer) -> None:
    page = client.post("/reformuler/q-1", headers=HTMX).text

    assert page.index('href="#passage-1-q-1"') < page.index('<mark id="passage-1-q-1">')
    assert page.index('<section class="official"') < page.index('<mark id="passage-1-q-1">')


def test_a_passage_in_the_place_of_a_sentence_is_in_the_language_of_the_entry(
    client: Client, service: FakeService
) -> None:
    said = CheckedSentence("You file online.", "Le dépôt se fait **en ligne**")
    price = CheckedSentence(
        "Il coûte 12 €.", "[le site de l'INPI](https://www.inpi.fr)", (CheckFinding("amount", "12 €"),)
    )
    attempt = replace(an_attempt(), sentences=(said, price))
    service.rephrased = rephrased(replace(an_answer(an_entry()), language=Language.ENGLISH), attempt)

    page = client.post("/en/rephrase/q-1", headers=HTMX).text

    said, passage = page.split('<div class="cited"')[1:3]
    assert said.startswith(">\n      <p>You file online.</p>")
    assert passage.startswith(' lang="fr">\n      <p><a href="https://www.inpi.fr"')
    assert "12 €" not in page


def test_a_refused_rephrasing_changes_nothing_on_the_page(client: Client, service: FakeService) -> None:
    service.rephrased = replace(an_answer(an_entry()), rephrasing=an_attempt(RephrasingOutcome.REFUSED))

    reply = client.post("/reformuler/q-1", headers=HTMX)

    assert reply.status_code == 204
    assert reply.text == ""


def test_without_javascript_the_answer_s_own_page_shows_what_stands(
    client: Client, service: FakeService, official: Answer
) -> None:
    reply = client.post("/reformuler/q-1")
    service.answer = rephrased(an_answer(an_entry()), an_attempt())
    page = client.get(reply.headers["location"]).text

    assert (reply.status_code, reply.headers["location"]) == (303, "/reponse/q-1")
    assert "Vous déposez votre marque" in page
    assert "hx-trigger" not in page


def test_without_javascript_a_refused_rephrasing_shows_the_official_text_and_says_so(
    client: Client, service: FakeService, official: Answer
) -> None:
    service.answer = replace(an_answer(an_entry()), rephrasing=an_attempt(RephrasingOutcome.REFUSED))

    page = client.get("/en/answer/q-1").text

    assert "No sure rephrasing" in page
    assert "<strong>en ligne</strong>" in page
    assert "hx-trigger" not in page


def test_a_fault_of_the_model_lets_the_visitor_ask_for_a_rephrasing_again(
    client: Client, service: FakeService, official: Answer
) -> None:
    service.answer = replace(an_answer(an_entry()), rephrasing=an_attempt(RephrasingOutcome.FAILED))

    assert 'action="/reformuler/q-1"' in client.get("/reponse/q-1").text


def test_an_unknown_question_has_no_rephrasing(client: Client, official: Answer) -> None:
    assert client.post("/reformuler/inconnue", headers=HTMX).status_code == 204
    assert client.post("/reformuler/inconnue", follow_redirects=True).status_code == 404


def test_fetching_its_address_rephrases_nothing(client: Client, official: Answer) -> None:
    assert client.get("/reformuler/q-1").status_code == 405


def test_each_body_comes_whole_as_its_sentences_are_verified(client: Client, service: FakeService) -> None:
    second = CheckedSentence("Le site de l'INPI.", "[le site de l'INPI](https://www.inpi.fr)")
    two = replace(an_attempt(), sentences=(SENTENCE, second))
    service.rephrased_so_far = [rephrased(an_answer(an_entry()), an_attempt())]
    service.rephrased = rephrased(an_answer(an_entry()), two)

    bodies = client.post("/reformuler/q-1", headers=HTMX).text.split(END)

    assert len(bodies) == 3
    assert bodies[-1] == ""
    assert ["Le site de l" in body for body in bodies[:2]] == [False, True]
    assert all("Vous déposez votre marque" in body and body.strip().endswith("</div>") for body in bodies[:2])


def test_the_official_text_comes_back_where_what_was_shown_does_not_stand(client: Client, service: FakeService) -> None:
    service.rephrased_so_far = [rephrased(an_answer(an_entry()), an_attempt())]
    service.rephrased = replace(an_answer(an_entry()), rephrasing=an_attempt(RephrasingOutcome.REFUSED))

    first, last, _ = client.post("/reformuler/q-1", headers=HTMX).text.split(END)

    assert "Reformulé automatiquement" in first
    assert "le texte officiel est de nouveau affiché" in last
    assert "<strong>en ligne</strong>, sur" in last
    assert "Vous déposez votre marque" not in last
