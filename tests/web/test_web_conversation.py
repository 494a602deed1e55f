"""A conversation that is loaded again: the address of an answer names the questions asked before it, and no words."""

import re
from dataclasses import replace

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.answering.shown_again import ShownAgain
from noa_rag.domain.answer import Reason
from noa_rag.domain.errors import NotFound
from noa_rag.domain.question import Ask, Language
from tests.web.fake_service import INPI, FakeService, a_clarification, an_answer, an_entry

Client = TestClient[Litestar]
HTMX = {"hx-request": "true"}
OTHER = an_entry("acre", question="Ai-je droit à l'ACRE ?")


@pytest.fixture
def service() -> FakeService:
    return Remembering(an_entry(), OTHER)


class Remembering(FakeService):
    """Gives each question a number of its own, and shows each again by it."""

    def ask(self, ask: Ask) -> object:  # type: ignore[override]
        return replace(super().ask(ask), question_id=f"q-{len(self.asked)}")

    def shown_again(self, question_id: str, *, page: Language | None = None) -> ShownAgain:
        number = int(question_id.removeprefix("q-"))
        if number > len(self.asked):
            raise NotFound(question_id)
        return ShownAgain(self.asked[number - 1].text, replace(self.answer, question_id=question_id))


def asked_in(page: str) -> list[str]:
    return re.findall(r"<h2 class=\"asked\"[^>]*>.*</span> (.*)</h2>", page)


def ask_twice(client: Client, start: str) -> str:
    """Ask two questions as a browser without JavaScript does, and return where it is then."""
    first = client.post(start, data={"q": "première"}).headers["location"]
    return client.post(start, data={"q": "seconde"}, headers={"referer": f"http://noa.example{first}"}).headers[
        "location"
    ]


@pytest.mark.parametrize(
    ("start", "address"),
    [("/", "/reponse/q-2?earlier=q-1#reponse"), ("/en/", "/en/answer/q-2?earlier=q-1#reponse")],
)
def test_two_questions_are_both_there_after_a_reload(client: Client, start: str, address: str) -> None:
    assert ask_twice(client, start) == address

    page = client.get(address).text

    assert asked_in(page) == ["première", "seconde"]
    assert page.index('id="reponse"') > page.index("première")


def test_htmx_writes_the_questions_before_into_the_address(client: Client) -> None:
    client.post("/", data={"q": "première"}, headers=HTMX)

    reply = client.post("/", data={"q": "seconde"}, headers=HTMX | {"hx-current-url": "http://noa.example/reponse/q-1"})

    assert reply.headers["hx-replace-url"] == "/reponse/q-2?earlier=q-1"
    assert asked_in(reply.text) == ["seconde"]


def test_the_frame_of_a_widget_remembers_too(client: Client) -> None:
    frame = "/en/widget/portail-pme-7k3q9d"
    sender = {"origin": "http://testserver.local"}
    client.post(frame, data={"q": "première"}, headers=HTMX | sender)

    here = HTMX | sender | {"hx-current-url": f"http://testserver.local{frame}/answer/q-1?region=FR"}
    reply = client.post(frame, data={"q": "seconde"}, headers=here)

    assert reply.headers["hx-replace-url"] == f"{frame}/answer/q-2?earlier=q-1"


def test_loading_a_conversation_asks_nothing_and_is_kept_and_listed_by_nobody(
    client: Client, service: FakeService
) -> None:
    address = ask_twice(client, "/")

    reply = client.get(address)

    assert len(service.asked) == 2
    assert (reply.headers["cache-control"], reply.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert "set-cookie" not in reply.headers


def test_what_was_erased_or_never_asked_is_left_out(client: Client) -> None:
    address = ask_twice(client, "/").replace("earlier=q-1", "earlier=q-77.q-1.%3Cb%3E")

    assert asked_in(client.get(address).text) == ["première", "seconde"]


def test_at_most_ten_questions_are_shown_again(client: Client) -> None:
    for number in range(1, 13):
        client.post("/", data={"q": f"question {number}"})
    before = ".".join(f"q-{number}" for number in range(1, 12))

    page = client.get(f"/reponse/q-12?earlier={before}").text

    assert asked_in(page) == [f"question {number}" for number in range(3, 13)]


def test_a_choice_that_was_taken_is_there_after_a_reload_and_can_be_judged(
    client: Client, service: FakeService
) -> None:
    service.answer = a_clarification(an_entry(), OTHER)
    client.post("/", data={"q": "aide"})
    client.post("/entrees/acre", data={"from": "q-1"}, headers=HTMX)

    page = client.get("/reponse/q-1").text

    assert page.count('class="exchange"') == 2
    assert ">Ai-je droit à l&#39;ACRE ?</h3>" in page
    chosen = page.split('class="exchange"')[2]
    assert 'name="question_id" value="q-1"' in chosen
    assert 'name="entry_id" value="acre"' in chosen


def test_a_conversation_goes_on_after_a_choice_without_javascript(client: Client, service: FakeService) -> None:
    before = client.post("/", data={"q": "première"}).headers["location"]
    service.answer = a_clarification(an_entry(), OTHER)
    response = client.post(
        "/", data={"q": "aide", "region": "FR-BRE"}, headers={"referer": f"http://noa.example{before}"}
    )
    here = {"referer": f"http://noa.example{response.headers['location']}"}

    chosen = client.post("/entrees/acre", data={"from": "q-2"}, headers=here).headers["location"]
    there = client.get(chosen).text
    after = client.post("/", data={"q": "et combien ?"}, headers={"referer": f"http://noa.example{chosen}"})

    assert chosen == "/reponse/q-2?region=FR-BRE&earlier=q-1#q-2-acre"
    assert there.count('<article class="exchange" id="q-2-acre">') == 1
    assert 'name="conversation_id" value="c-1"' in there
    assert asked_in(client.get(after.headers["location"]).text) == ["première", "aide", "aide", "et combien ?"]


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_entry_chosen_among_several_asks_for_a_verdict_on_the_question(
    client: Client, service: FakeService, headers: dict[str, str]
) -> None:
    service.answer = an_answer(an_entry())
    client.post("/", data={"q": "aide"})

    page = client.post("/entrees/acre", data={"from": "q-1"}, headers=headers, follow_redirects=True).text

    assert 'name="question_id" value="q-1"' in page
    assert "Cette réponse vous a-t-elle été utile" in page


def test_an_entry_that_no_question_led_to_asks_for_a_verdict_on_the_entry_alone(client: Client) -> None:
    page = client.get("/entrees/acre").text

    assert "Cette réponse vous a-t-elle été utile" in page
    assert page.count('name="entry_id" value="acre"') == 2  # of the yes and of the no
    assert 'name="question_id"' not in page


def test_an_entry_that_was_read_before_is_folded_beneath_the_passage_that_answers(
    client: Client, service: FakeService
) -> None:
    entry = an_entry(answer="Le dépôt se fait en ligne.\n\nIl coûte 190 €.")
    service.answer = an_answer(entry, extract="Il coûte 190 €.", is_read=True)

    page = client.post("/", data={"q": "et combien ?"}, headers=HTMX).text

    passage, folded = page.split('<details class="fold">')
    assert "Au plus près de votre question" in passage
    assert "Il coûte 190" in passage
    assert "Le dépôt se fait en ligne." not in passage
    assert "Relire la fiche entière" in folded
    assert "Le dépôt se fait en ligne." in folded


def test_what_an_entry_does_not_say_leaves_it_first_with_its_nearest_passage_and_whom_to_ask(
    client: Client, service: FakeService
) -> None:
    first, other = a_clarification(an_entry(), OTHER).choices
    choices = (replace(first, extract="Le dépôt se fait en ligne"), other)
    service.answer = replace(a_clarification(), reason=Reason.NOT_SAID, choices=choices, contact=INPI)

    page = client.post("/", data={"q": "et le délai ?"}, headers=HTMX).text

    open_part, _ = page.split("Autre chose")
    assert open_part.index("Le dépôt se fait en ligne") < open_part.index("Ai-je droit") < open_part.index("tel:")


@pytest.mark.parametrize(("length", "is_folded"), [(120, False), (121, True)])
def test_a_long_message_is_folded_above_its_answer(client: Client, length: int, is_folded: bool) -> None:
    page = client.post("/", data={"q": "a" * length}, headers=HTMX).text

    assert ('<details class="long-asked"><summary>' in page) is is_folded
    assert page.count("a" * length) >= 1
