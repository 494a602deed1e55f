"""What a reader does after an answer: the procedure online, a call, a date to keep, another entry."""

from dataclasses import replace
from datetime import timedelta

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, JourneyStep, Source
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.domain.question import Language
from noa_rag.web.in_words import day_in_words
from tests.web.fake_service import FakeService, a_host_site, an_answer, an_entry

Client = TestClient[Litestar]


def a_day(fact_id: str, value: str, *, entry: str = "deposer-une-marque") -> Fact:
    source = Source("Une source", "https://www.inpi.fr")
    return Fact(FactId(fact_id), f"Marque, {fact_id}", "", (DatedValue(value, source),), (EntryId(entry),))


def shown(client: Client, service: FakeService, **content: object) -> str:
    entry = an_entry(**content)
    service.entries[entry.id] = entry
    service.answer = an_answer(entry)
    return client.get("/reponse/q-1").text


def test_the_online_service_of_an_entry_is_its_next_step(client: Client, service: FakeService) -> None:
    page = shown(client, service, online_services=(Source("Déposer une marque", "https://www.inpi.fr/depot"),))
    english = client.get("/en/entries/deposer-une-marque").text

    assert '<a class="go" href="https://www.inpi.fr/depot" rel="noopener nofollow">Faire la démarche' in page
    assert '<a class="go" href="https://www.inpi.fr/depot"' in english
    assert '<span class="go-where" lang="fr">Déposer une marque</span>' in english


@pytest.mark.parametrize("path", ["/reponse/q-1", "/entrees/deposer-une-marque", "/en/entries/deposer-une-marque"])
@pytest.mark.parametrize("url", ["https://procedures.inpi.fr", "https://www.impots.gouv.fr/professionnel"])
def test_a_link_in_the_text_stays_there_and_is_no_procedure(
    client: Client, service: FakeService, url: str, path: str
) -> None:
    shown(client, service, answer=f"Tout se fait [en ligne]({url}).", sources=(Source("Guichet", url),))

    page = client.get(path).text

    assert f'href="{url}"' in page
    assert 'class="go"' not in page
    assert "GovernmentService" not in page


def test_related_entries_follow_where_they_may_be_shown(client: Client, service: FakeService) -> None:
    service.entries[EntryId("acre")] = an_entry("acre", question="Ai-je droit à l'ACRE ?")

    page = shown(client, service, related=(EntryId("acre"), EntryId("retiree")))

    assert '<a href="/entrees/acre" lang="fr">Ai-je droit à l&#39;ACRE ?</a>' in page
    assert "retiree" not in page


def test_the_days_that_an_entry_states_go_into_a_calendar(client: Client, service: FakeService) -> None:
    stated, past, unstated = (
        a_day("dépôt", "31 décembre 2097"),
        a_day("passé", "1er mars 2020"),
        a_day("tu", "1er mars 2097"),
    )
    service.facts[EntryId("deposer-une-marque")] = (unstated, past, stated)
    answer = "Avant le 31 décembre 2097, ou avant le 1er mars 2020."

    page = shown(client, service, answer=answer)
    reply = client.get("/entrees/deposer-une-marque/dates.ics")

    assert "Marque, dépôt" in page
    assert "Marque, passé" not in page
    assert "Marque, tu" not in page
    assert 'href="/entrees/deposer-une-marque/dates.ics" download' in page
    assert reply.headers["content-type"].startswith("text/calendar")
    lines = reply.text.replace("\r\n ", "").split("\r\n")
    assert lines.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20971231" in lines
    assert "DTEND;VALUE=DATE:20980101" in lines
    assert "SUMMARY:Marque\\, dépôt" in lines
    assert lines.index("BEGIN:VALARM") < lines.index("TRIGGER:-P6DT15H") < lines.index("END:VALARM")
    assert all(len(line.encode()) <= 75 for line in reply.text.split("\r\n"))


def an_amount(fact_id: str, value: str) -> Fact:
    return replace(a_day(fact_id, value), unit="€")


def test_the_figures_that_an_entry_states_stand_above_its_text(client: Client, service: FakeService) -> None:
    service.facts[EntryId("deposer-une-marque")] = (an_amount("dépôt", "1 190"), an_amount("autre", "77"))

    page = shown(client, service, answer="Le dépôt d'une marque coûte **1 190** €. Il se fait en ligne.")

    assert '<div><dt lang="fr">Marque, dépôt</dt><dd>1\u00a0190\u00a0€</dd></div>' in page
    assert "Marque, autre" not in page  # its text does not state it
    assert page.index('<div class="prose lead-sentence"') < page.index('<dl class="facts">') < page.index("en ligne.")


def test_of_a_table_of_figures_none_stands_above_it(client: Client, service: FakeService) -> None:
    amounts = ("10", "20", "30", "40")
    service.facts[EntryId("deposer-une-marque")] = tuple(an_amount(amount, amount) for amount in amounts)

    assert 'class="facts"' not in shown(client, service, answer=" ".join(f"{amount} €" for amount in amounts))


def test_one_action_stands_out_before_the_rest_of_the_text(client: Client, service: FakeService) -> None:
    services = (Source("Déposer", "https://www.inpi.fr/depot"), Source("Renouveler", "https://www.inpi.fr/renouveler"))

    page = shown(client, service, answer="Une marque se dépose en ligne. Elle vaut dix ans.", online_services=services)

    assert page.count('class="go"') == 1
    order = ["dépose en ligne.", "inpi.fr/depot", "inpi.fr/renouveler", "vaut dix ans.", 'class="voucher"']
    assert sorted(order, key=page.index) == order


@pytest.mark.parametrize(
    ("days", "away"), [(0, "(aujourd&#39;hui)"), (1, "(demain)"), (14, "(dans 14 jours)"), (61, "")]
)
def test_a_day_that_is_near_says_how_far_away_it_is(client: Client, service: FakeService, days: int, away: str) -> None:
    day = today_in_paris() + timedelta(days=days)
    named = day_in_words(day, Language.FRENCH)
    service.facts[EntryId("deposer-une-marque")] = (a_day("dépôt", named),)

    page = shown(client, service, answer=f"Avant le {named}.")

    assert f"<dd>{named}{' ' if away else ''}{away}</dd>" in page


def test_an_entry_without_a_day_to_come_has_no_calendar(client: Client, service: FakeService) -> None:
    assert "dates.ics" not in shown(client, service)
    assert client.get("/entrees/deposer-une-marque/dates.ics").status_code == 404


def test_a_widget_leads_to_the_calendar_outside_its_frame(client: Client, service: FakeService) -> None:
    service.facts[EntryId("deposer-une-marque")] = (a_day("dépôt", "31 décembre 2097"),)
    shown(client, service, answer="Avant le 31 décembre 2097.")

    page = client.get(f"/widget/{a_host_site().key}/reponse/q-1").text

    assert 'href="/entrees/deposer-une-marque/dates.ics"' in page


def test_journeys_are_listed_by_theme(client: Client, service: FakeService) -> None:
    service.entries[EntryId("pas")] = an_entry("pas", question="Dans quel ordre ?", steps=(JourneyStep("D'abord."),))

    page = client.get("/parcours").text

    assert "<h2>Marques, brevets et créations</h2>" in page
    assert 'href="/entrees/pas"' in page
    assert 'href="/entrees/deposer-une-marque"' not in page
