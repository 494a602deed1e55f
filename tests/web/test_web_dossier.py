"""« Mon dossier »: lists that can be ticked, the page that gathers those begun, and their days as one calendar."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import EntryId, JourneyStep, Translation, fingerprint
from noa_rag.domain.facts import DatedValue, Fact, FactId, Source
from tests.web.fake_service import FakeService, a_host_site, an_entry

Client = TestClient[Litestar]
STEPS = (JourneyStep("Préparez.", EntryId("deposer-une-marque")), JourneyStep("Déposez."))


@pytest.fixture(autouse=True)
def _lists(service: FakeService) -> None:
    """Two lists of steps, and an entry that explains a step and states a day to come."""
    plain = an_entry("bar", question="Ouvrir un bar ?", steps=STEPS)
    english = Translation("en", "Opening a bar?", "In order.", ("Prepare.", "File."), of=fingerprint(plain.content))
    day = (DatedValue("31 décembre 2097", Source("Une source", "https://www.inpi.fr")),)
    service.entries |= {
        EntryId("bar"): an_entry("bar", question="Ouvrir un bar ?", steps=STEPS, translations=(english,)),
        EntryId("vtc"): an_entry("vtc", question="Devenir VTC ?", steps=(JourneyStep("La carte."),)),
        EntryId("deposer-une-marque"): an_entry(answer="Avant le 31 décembre 2097."),
    }
    service.facts[EntryId("deposer-une-marque")] = (
        Fact(FactId("depot"), "Dernier jour du dépôt", "", day, (EntryId("deposer-une-marque"),)),
    )


def keys(page: str) -> list[str]:
    return re.findall(r'data-tick="([0-9a-f]{8})"', page)


def test_a_step_is_ticked_under_the_same_key_in_both_languages_until_its_text_changes(
    client: Client, service: FakeService
) -> None:
    french, english = client.get("/entrees/bar").text, client.get("/en/entries/bar").text
    changed = (STEPS[0], JourneyStep("Déposez en ligne."))
    service.entries[EntryId("bar")] = an_entry("bar", steps=changed)
    later = client.get("/entrees/bar").text

    assert 'data-list="bar"' in french
    assert "Prepare." in english
    assert len(keys(french)) == len(set(keys(french))) == 2
    assert keys(french) == keys(english)
    assert (keys(later)[0], keys(later)[1]) == (keys(french)[0], keys(later)[1])
    assert keys(later)[1] != keys(french)[1]


def test_in_the_frame_of_another_site_a_list_stays_a_plain_one(client: Client) -> None:
    page = client.get(f"/widget/{a_host_site().key}/entrees/bar").text

    assert '<ol class="steps">' in page
    assert keys(page) == []


def test_the_page_by_itself_says_what_it_needs_and_holds_no_list(client: Client) -> None:
    page = client.get("/dossier").text

    assert "cette page a besoin de JavaScript" in page
    assert 'data-from="/dossier"' in page
    assert keys(page) == []
    assert "needs JavaScript" in client.get("/en/my-file").text


def test_the_lists_come_in_today_s_words_with_their_days_and_none_of_it_is_recorded(
    client: Client, service: FakeService
) -> None:
    asked = {"fiche": ["vtc", "bar", "retiree", "deposer-une-marque"]}
    reply = client.get("/dossier", params=asked, headers={"hx-request": "true"})

    assert "<html" not in reply.text
    assert re.findall(r'data-list="([^"]+)"', reply.text) == ["vtc", "bar"]
    assert "2 listes ne sont plus publiées" in reply.text
    assert "Dernier jour du dépôt" in reply.text
    assert 'href="/dossier/dates.ics?fiche=vtc&amp;fiche=bar' in reply.text
    assert (reply.headers["cache-control"], reply.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert (service.asked, service.taken, service.searched) == ([], [], [])


def test_one_calendar_holds_the_days_of_all_lists_and_of_what_explains_their_steps(client: Client) -> None:
    reply = client.get("/dossier/dates.ics", params={"fiche": ["vtc", "bar"]})

    assert reply.headers["content-type"].startswith("text/calendar")
    assert reply.text.count("BEGIN:VEVENT") == reply.text.count("BEGIN:VALARM") == 1
    assert "SUMMARY:Dernier jour du dépôt" in reply.text
    assert "DTSTART;VALUE=DATE:20971231" in reply.text
    assert client.get("/dossier/dates.ics", params={"fiche": "vtc"}).status_code == 404
    assert client.get("/dossier/dates.ics").status_code == 404
