"""Steps with their links, and English pages: the translation first, the official text one click away."""

import re
from dataclasses import replace
from datetime import date

from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import (
    EntryId,
    EntryVersion,
    JourneyStep,
    Translation,
    fingerprint,
    official_text,
    translated_text,
)
from noa_rag.domain.facts import FactId, FactKind, OutdatedFact
from noa_rag.domain.question import Language
from tests.web.fake_service import FakeService, a_clarification, an_answer, an_entry

Client = TestClient[Litestar]
STEPS = (
    JourneyStep("Rédigez **les statuts**.", EntryId("statuts")),
    JourneyStep("Déposez le capital.", EntryId("capital")),
    JourneyStep("Publiez l'annonce."),
)

HTMX = {"hx-request": "true"}  # the answer comes in place


def a_journey(**content: object) -> EntryVersion:
    return an_entry("creer-une-sasu", question="Comment créer une SASU ?", answer="Voici.", steps=STEPS, **content)


def a_translated_journey() -> EntryVersion:
    version = a_journey()
    english = Translation(
        "en",
        "How do I set up a SASU?",
        "Here is how.",
        ("Write the articles.", "Deposit.", "Publish."),
        fingerprint(version.content),
        date(2026, 11, 27),
        "CCI Paris",
    )
    return replace(version, content=replace(version.content, translations=(english,)))


def serve(service: FakeService, version: EntryVersion) -> None:
    statutes = an_entry("statuts", question="Quels statuts ?", question_en="Which articles?")
    service.entries = {version.id: version, statutes.id: statutes}
    service.answer = an_answer(
        version, text=official_text(version.content), official_text=official_text(version.content)
    )


def test_steps_are_a_numbered_list_that_links_what_may_be_shown(client: Client, service: FakeService) -> None:
    serve(service, a_journey())

    for page in (
        client.get("/entrees/creer-une-sasu").text,
        client.post("/", data={"q": "créer une sasu"}, headers=HTMX).text,
    ):
        (steps,) = re.findall(r'<ol class="steps" data-list="creer-une-sasu">(.*?)</ol>', page, re.DOTALL)
        assert steps.count("<li>") == 3
        assert "<strong>les statuts</strong>" in steps
        assert re.findall(r'href="([^"]*)" lang="fr">Quels statuts \?</a>', steps) == ["/entrees/statuts"]
        assert "capital</a>" not in steps  # no entry of that name may be shown today
        assert page.count("Déposez le capital.") == 1


def test_an_english_page_shows_the_approved_translation_first(client: Client, service: FakeService) -> None:
    version = a_translated_journey()
    serve(service, version)
    translation = version.content.translations[0]
    service.answer = replace(
        service.answer, text=translated_text(translation), translation=translation, language=Language.ENGLISH
    )

    for page in (
        client.get("/en/entries/creer-une-sasu").text,
        client.post("/en/", data={"q": "set up a sasu"}, headers=HTMX).text,
    ):
        assert "Translation approved on 27\N{NO-BREAK SPACE}November\N{NO-BREAK SPACE}2026 by CCI Paris." in page
        assert page.index("Here is how.") < page.index("<summary>Read the official text in French</summary>")
        assert page.index("<summary>Read the official text in French</summary>") < page.index("Voici.")
        assert 'lang="en">How do I set up a SASU?</h' in page
        assert 'href="/en/entries/statuts" lang="en">Which articles? <span class="in-french"' in page


def test_a_translation_that_nobody_approved_is_said_to_be_a_trial(client: Client, service: FakeService) -> None:
    version = a_translated_journey()
    trial = replace(version.content.translations[0], approver="")
    serve(service, replace(version, content=replace(version.content, translations=(trial,))))

    page = client.get("/en/entries/creer-une-sasu").text

    day = "27\N{NO-BREAK SPACE}November\N{NO-BREAK SPACE}2026"
    assert f"Trial translation of {day}. The official text is the French one." in page
    assert "approved" not in page[page.index("Trial translation") : page.index("Here is how.")]


def test_an_english_page_says_of_steps_and_choices_which_answers_are_in_french(
    client: Client, service: FakeService
) -> None:
    serve(service, a_translated_journey())
    statutes, journey = service.entries[EntryId("statuts")], service.entries[EntryId("creer-une-sasu")]

    steps = re.findall(r'<p class="step-link".*?</p>', client.get("/en/entries/creer-une-sasu").text, re.DOTALL)
    service.answer = a_clarification(statutes, journey)
    choices = re.findall(r'<button class="choice".*?</button>', client.post("/en/", data={"q": "a"}, headers=HTMX).text)
    french = client.post("/", data={"q": "a"}, headers=HTMX).text

    assert ["(answer in French)" in step for step in steps] == [True, True]  # beside the translation and the original
    assert ["(answer in French)" in choice for choice in choices] == [True, False]
    assert "in-french" not in french


def test_a_translation_of_another_text_is_not_shown(client: Client, service: FakeService) -> None:
    version = a_translated_journey()
    serve(service, replace(version, content=replace(version.content, answer="Tout a changé.")))

    page = client.get("/en/entries/creer-une-sasu").text

    assert "Here is how." not in page
    assert "Tout a changé." in page
    assert "The official text is in French." in page


def test_what_is_known_of_the_year_asked_about_stands_above_the_answer(client: Client, service: FakeService) -> None:
    serve(service, a_journey())
    note = "2027 n'est pas encore publié. Derniers chiffres connus : Smic (1 867,02 €)."
    service.answer = replace(service.answer, year_note=note)

    page = client.post("/", data={"q": "sasu 2027"}, headers=HTMX).text
    payload = client.post("/api/v1/ask", json={"question": "sasu 2027"}).json()

    assert page.index(note.replace("'", "&#39;")) < page.index('class="entry-question"')
    assert payload["year_note"] == note


def test_a_deadline_or_a_measure_that_has_ended_is_told_by_its_kind(client: Client, service: FakeService) -> None:
    serve(service, a_journey())
    ended = date(2026, 12, 31)
    service.outdated = (
        OutdatedFact(FactId("cfe"), "CFE", "15 décembre 2026", "", ended, FactKind.DEADLINE),
        OutdatedFact(FactId("aide"), "Aide", "4 500", "€", ended, FactKind.MEASURE),
    )

    page = client.get("/entrees/creer-une-sasu").text
    payload = client.get("/api/v1/entries/creer-une-sasu").json()

    assert "La mesure prenait fin le 31\N{NO-BREAK SPACE}décembre" in page
    assert "Échéance passée : CFE (15 décembre 2026)." in page
    assert [fact["kind"] for fact in payload["outdated_facts"]] == ["deadline", "measure"]


def test_an_answer_whose_figures_have_ended_says_so_beside_its_date(client: Client, service: FakeService) -> None:
    version = a_journey()
    serve(service, version)
    service.outdated = (OutdatedFact(FactId("smic"), "Smic", "1 867,02", "€", date(2026, 12, 31)),)
    service.answer = replace(service.answer, outdated=service.outdated)
    notice = (
        "Valable jusqu&#39;au 31\N{NO-BREAK SPACE}décembre\N{NO-BREAK SPACE}2026, mise à jour en cours :"
        " Smic (1 867,02 €)."
    )

    for page in (client.get("/entrees/creer-une-sasu").text, client.post("/", data={"q": "sasu"}, headers=HTMX).text):
        assert page.index('class="entry-question"') < page.index(notice) < page.index("Voici.")
    assert client.get("/api/v1/entries/creer-une-sasu").json()["outdated_facts"] == [
        {"id": "smic", "label": "Smic", "value": "1 867,02", "unit": "€", "ended_on": "2026-12-31"}
    ]
    payload = client.post("/api/v1/ask", json={"question": "sasu"}).json()
    assert (payload["status"], payload["outdated_facts"][0]["id"]) == ("answered", "smic")
