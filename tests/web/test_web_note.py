"""The note to take along: what was asked on this page, and the entries read, as text."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.answer import Answer, Reason
from noa_rag.web.app import create_app
from tests.web.fake_service import FakeService, a_clarification, an_abstention, an_answer, an_entry

HTMX = {"hx-request": "true"}
Client = TestClient[Litestar]
LINE = "- Comment déposer une marque ? (Institut national de la propriété industrielle (INPI), 24 novembre 2026)"


def notes_in(page: str) -> list[str]:
    found = re.findall(r'<details class="fold note">.*?<textarea readonly[^>]*>(.*?)</textarea>', page, re.DOTALL)
    return [unescape(note).replace("\u00a0", " ") for note in found]


def test_an_answer_ends_with_a_note_of_the_question_and_the_entry_read(client: Client) -> None:
    page = client.post("/", data={"q": "protéger </textarea> mon nom"}, headers=HTMX).text

    assert notes_in(page) == [f"Ma question : protéger </textarea> mon nom\nFiches lues :\n{LINE}"]


def test_the_page_of_a_conversation_has_one_note_of_all_that_was_asked(service: FakeService, static_dir: Path) -> None:
    with TestClient(create_app(service, static_dir=static_dir, base_url="https://noa.example/")) as client:
        page = client.get("/reponse/q-1?earlier=q-2").text

    exchange = f"Ma question : une question\nFiches lues :\n{LINE} https://noa.example/entrees/deposer-une-marque"
    assert notes_in(page) == [f"{exchange}\n\n{exchange}"]


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (an_abstention(), "Ma question : x\nAucune fiche de Noa ne répond à cette question."),
        (replace(an_abstention(), reason=Reason.ASKS_FOR_PERSON), "Ma question : x"),
        (a_clarification(an_entry()), "Ma question : x"),
    ],
)
def test_a_refusal_has_its_note_beside_whom_to_ask(
    client: Client, service: FakeService, answer: Answer, note: str
) -> None:
    service.answer = answer

    page = client.post("/", data={"q": "x"}, headers=HTMX).text

    assert notes_in(page) == [note]


@pytest.mark.parametrize("reason", [Reason.DISTRESS, Reason.SMALL_TALK])
def test_of_distress_and_of_a_greeting_there_is_no_note(client: Client, service: FakeService, reason: Reason) -> None:
    service.answer = replace(an_answer(an_entry()) if reason is Reason.DISTRESS else an_abstention(), reason=reason)

    assert notes_in(client.post("/", data={"q": "x"}, headers=HTMX).text) == []


def test_an_entry_that_was_chosen_is_read_too(client: Client, service: FakeService) -> None:
    service.answer = a_clarification(an_entry(), an_entry("acre"))

    in_place = client.post("/entrees/deposer-une-marque", data={"from": "q-2"}, headers=HTMX).text
    again = client.get("/reponse/q-2").text

    assert notes_in(in_place) == notes_in(again) == [f"Ma question : une question\nFiches lues :\n{LINE}"]
