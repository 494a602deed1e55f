"""What somebody in distress sees: the help at once, with numbers to press, and nothing that stands before it."""

from dataclasses import replace
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.answering.distress.recognise import NOT_KEPT
from noa_rag.domain.answer import AnswerPart, Choice, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.web.app import create_app
from noa_rag.web.limits import Saturated, WaitingLine
from tests.web.fake_service import FakeService, a_host_site, an_answer, an_entry

CRY = "je veux mourir, j'ai des dettes"
HELP = an_entry("aide", question="Qui peut m'aider ?", answer="Appelez le **[3114](tel:3114)** maintenant.")
DEBTS = an_entry("dettes", question="Comment payer mes dettes ?", answer="Demandez un délai.")
HTMX = {"hx-request": "true", "origin": "http://testserver.local"}  # the widget takes forms from its own pages only


@pytest.fixture
def service() -> FakeService:
    answer = an_answer(
        HELP,
        reason=Reason.DISTRESS,
        parts=(AnswerPart("", HELP, HELP.content.answer), AnswerPart("", DEBTS, DEBTS.content.answer)),
        choices=(Choice(EntryId("soutien"), "À qui parler ?"),),
    )
    return FakeService(HELP, DEBTS, answer=answer)


@pytest.mark.parametrize("path", ["/", f"/widget/{a_host_site().key}"])
def test_the_help_comes_first_with_its_number_to_press_and_is_not_to_be_judged(
    client: TestClient[Litestar], path: str
) -> None:
    page = client.post(path, data={"q": CRY}, headers=HTMX).text

    assert '<a href="tel:3114"' in page
    notice, number, debts, beside = (
        page.index(words) for words in ("Noa est un service automatique", "tel:3114", "Demandez un", "À qui parler ?")
    )
    assert notice < number < debts < beside
    assert 'class="feedback"' not in page
    assert 'class="rephrase"' not in page


def test_the_english_page_says_it_in_english(client: TestClient[Litestar]) -> None:
    page = client.post("/en/", data={"q": "I want to die"}, headers=HTMX).text

    assert "Noa is an automatic service" in page


def test_the_page_of_the_answer_does_not_bear_the_message(client: TestClient[Litestar], service: FakeService) -> None:
    page = client.post("/", data={"q": NOT_KEPT}, headers=HTMX).text

    assert NOT_KEPT not in page.partition("<form")[0]
    assert "Votre message" in page


def test_what_could_not_be_written_down_is_not_spoken_of(client: TestClient[Litestar], service: FakeService) -> None:
    service.answer = replace(service.answer, is_unrecorded=True)

    page = client.post("/", data={"q": CRY}, headers=HTMX).text

    assert "tel:3114" in page
    assert 'class="unrecorded"' not in page


@pytest.mark.parametrize("path", ["/", "/en/"])
def test_a_message_that_was_not_kept_is_in_no_language(client: TestClient[Litestar], path: str) -> None:
    page = client.post(path, data={"q": NOT_KEPT}, headers=HTMX).text

    assert "tel:3114" in page
    assert 'class="switch"' not in page


@pytest.mark.parametrize("way", ["form", "json"])
def test_no_rate_limit_stops_it(service: FakeService, static_dir: Path, way: str) -> None:
    def ask(client: TestClient[Litestar], question: str) -> int:
        if way == "json":
            return client.post("/api/v1/ask", json={"question": question}).status_code
        return client.post("/", data={"q": question}, headers=HTMX).status_code

    with TestClient(create_app(service, static_dir=static_dir, rate_limit=2)) as client:
        assert [ask(client, "comment déposer une marque ?") for _ in "12"] == [200, 429]
        assert [ask(client, CRY) for _ in "1234"] == [200] * 4
        assert ask(client, "comment déposer une marque ?") == 429
        assert client.post("/api/v1/ask", content=b"{", headers={"content-type": "application/json"}).status_code == 429


def test_beyond_the_rate_limit_a_browser_without_javascript_is_sent_to_no_page_that_would_be_refused(
    service: FakeService, static_dir: Path
) -> None:
    with TestClient(create_app(service, static_dir=static_dir, rate_limit=2)) as client:
        client.post("/", data={"q": "comment déposer une marque ?"}, headers=HTMX)

        shown = client.post("/", data={"q": CRY}, follow_redirects=False)

    assert shown.status_code == 200
    assert '<a href="tel:3114"' in shown.text


@pytest.mark.parametrize("way", ["form", "json"])
def test_no_full_line_stops_it(client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    line = client.app.state.site.line
    run = WaitingLine.run

    async def full(self: WaitingLine, *args: object, **kwargs: object) -> object:
        if self is line:
            raise Saturated
        return await run(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(WaitingLine, "run", full)

    def ask(question: str) -> int:
        if way == "json":
            return client.post("/api/v1/ask", json={"question": question}).status_code
        return client.post("/", data={"q": question}, headers=HTMX).status_code

    assert ask("comment déposer une marque ?") == 503
    assert ask(CRY) == 200


def test_what_may_be_distress_has_a_calm_line_above_the_ordinary_answer(tmp_path: Path) -> None:
    gentle = an_entry(
        "soutien", question="À qui parler ?", answer="Parlez-en au **[3114](tel:3114)**.\n\nPuis la suite."
    )
    service = FakeService(DEBTS, gentle, answer=an_answer(DEBTS, support=gentle))

    with TestClient(create_app(service, static_dir=tmp_path)) as client:
        page = client.post("/", data={"q": "j'ai honte"}, headers=HTMX).text

    line, answer = page.index('<a href="tel:3114"'), page.index("Demandez un délai")
    assert line < answer
    assert "Puis la suite" not in page
    assert 'href="/entrees/soutien"' in page
    assert 'class="feedback"' in page
