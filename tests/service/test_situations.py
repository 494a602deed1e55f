"""A vague message leads to an entry in two taps, with htmx and without a script, and the record knows both."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import Branch, EntryId
from noa_rag.service.noa import Noa
from noa_rag.web.app import create_app
from tests.factories import a_new_version

Client = TestClient[Litestar]
LETTER, TAXES, AUDIT, DELAY = (EntryId(entry_id) for entry_id in ("courrier", "impots", "controle", "delai"))
ASKED = "J'ai reçu un courrier"
ANSWER = "Le contrôle dure trois mois."


@pytest.fixture
def client(noa: Noa, tmp_path: Path) -> Iterator[Client]:
    letter = (Branch("Les impôts", TAXES, "The tax office"), Branch("Autre courrier", DELAY))
    taxes = (Branch("Un contrôle", AUDIT), Branch("Un délai", DELAY))
    noa.records.entries.add_versions(
        [
            a_new_version(LETTER, question=ASKED, answer="Dites qui vous écrit.", sources=(), branches=letter),
            a_new_version(TAXES, question="Quel avis fiscal ?", answer="Que dit-il ?", sources=(), branches=taxes),
            a_new_version(AUDIT, question="Comment se passe un contrôle fiscal ?", answer=ANSWER),
            a_new_version(DELAY, question="Comment obtenir un délai ?", answer="Écrivez vite."),
        ]
    )
    noa.refresh()
    with TestClient(create_app(noa, static_dir=tmp_path)) as client:
        client.follow_redirects = False
        yield client


def tapped(client: Client, page: str, label: str, *, came_from: str) -> str:
    """Return the page that a tap on a branch leads to, as a browser without scripts gets it."""
    form = re.search(
        rf'action="([^"]+)"[^>]*>\s*<input type="hidden" name="from" value="([^"]+)">\s*<button[^>]*>{label}<', page
    )
    assert form is not None, page
    answer = client.post(form[1], data={"from": form[2]}, headers={"referer": f"http://testserver.local{came_from}"})
    return str(client.get(answer.headers["location"]).text)


def test_two_taps_lead_from_a_vague_message_to_the_entry(noa: Noa, client: Client) -> None:
    address = client.post("/", data={"q": ASKED}).headers["location"].partition("#")[0]
    asked_back = client.get(address).text

    first = tapped(client, asked_back, "Les impôts", came_from=address)
    second = tapped(client, first, "Un contrôle", came_from=address)

    assert "Dites qui vous écrit." in asked_back
    assert 'href="tel:' in asked_back.partition("Autre chose")[0]
    assert 'class="voucher"' in asked_back
    assert "Que dit-il&nbsp;?" in first
    assert ANSWER not in first
    assert ANSWER in second
    question_id = address.rpartition("/")[2]
    assert [entry.id for entry in noa.chosen(question_id)] == [TAXES, AUDIT]


def test_the_page_of_a_situation_links_its_branches_in_the_language_of_the_page(client: Client) -> None:
    french, english = client.get(f"/entrees/{LETTER}").text, client.get(f"/en/entries/{LETTER}").text

    assert re.search(rf'<a class="choice" href="/entrees/{TAXES}" lang="fr">Les impôts', french)
    assert re.search(rf'<a class="choice" href="/en/entries/{TAXES}" lang="en">The tax office', english)
    assert "Sources officielles" not in french
    assert "application/ld+json" not in french


def test_what_is_asked_after_two_taps_is_asked_about_the_entry(noa: Noa, client: Client) -> None:
    answer = client.post("/api/v1/ask", json={"question": ASKED}).json()
    for entry_id in (TAXES, AUDIT):
        noa.record_choice(answer["question_id"], entry_id)

    earlier = noa.records.questions.earlier(answer["conversation_id"], since=datetime.now(UTC) - timedelta(minutes=1))

    assert (answer["status"], answer["reason"]) == ("clarification", Reason.SITUATION)
    assert earlier[0].entry_ids == (AUDIT, TAXES)
    assert earlier[0].choices == (TAXES, DELAY)
