"""An entry with a version to come: its page says what comes when, and editing today's text leaves it its day."""

import html
from datetime import timedelta

import pytest

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.domain.question import Language
from noa_rag.service.office import Office
from noa_rag.web.in_words import day_in_words
from tests.factories import a_new_version
from tests.review_ui.desk_helpers import form_of
from tests.review_ui.review_people import Client, SignIn

ENTRY = EntryId("deposer-une-marque")
PAGE = f"/revue/fiches/{ENTRY}"
BEGINS = today_in_paris() + timedelta(days=30)
BEGINS_IN_WORDS = day_in_words(BEGINS, Language.FRENCH).replace("\xa0", " ")
COMING = "Le dépôt coûtera 210 euros."


@pytest.fixture(autouse=True)
def _coming(office: Office) -> None:
    content = {"answer": COMING, "window": ValidityWindow(BEGINS)}
    office.noa.records.entries.add_versions([a_new_version(ENTRY, expected_version=1, **content)])
    office.noa.refresh()


def read(page: str) -> str:
    return html.unescape(page).replace("\u202f", " ").replace("\xa0", " ")


def page_of(client: Client, address: str = PAGE) -> str:
    return read(client.get(address).text)


def opened(client: Client, version: str) -> str:
    return str(client.post(PAGE + "/modifier", data={"version": version}).headers["location"])


def test_the_page_shows_todays_text_and_says_what_comes_when(sign_in: SignIn) -> None:
    client = sign_in("ines")
    page = page_of(client)

    assert f"La version 2 prend effet le {BEGINS_IN_WORDS} ; jusque-là, la version 1 est en ligne." in page
    assert "Ce que le public voit" in page
    assert COMING not in page.split("Validité et sources")[0]
    assert "Modifier la version 1" in page
    assert "Modifier la version 2" in page
    assert client.get(f"/entrees/{ENTRY}").status_code == 200
    for status in ("live", "coming"):
        assert ENTRY in client.get(f"/revue/fiches?status={status}").text


def test_a_draft_of_todays_text_ends_before_the_version_to_come(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    address = opened(client, "1")

    (draft,) = office.store.drafts()
    assert draft.content.answer == office.noa.records.history(ENTRY)[0].content.answer
    assert draft.content.window == ValidityWindow(None, BEGINS - timedelta(days=1))
    page = page_of(client, address)
    assert "dès aujourd'hui : ce brouillon" in page
    assert f"à partir du {BEGINS_IN_WORDS} : la version 2" in page

    form = form_of(draft, answer="Le dépôt coûte 190,50 euros.", valid_until=str(draft.content.window.valid_until))
    client.post(address + "/approuver", data=form)

    assert office.noa.entry(ENTRY) == office.current(ENTRY)
    assert office.noa.days.states_of(BEGINS)[0] >= {(ENTRY, 2)}


def test_replacing_the_version_to_come_is_acknowledged_first(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    address = opened(client, "1")
    (draft,) = office.store.drafts()
    form = form_of(draft, answer="Le dépôt coûte 190,50 euros.", valid_until="")

    refused = client.post(address + "/approuver", data=form)

    assert (refused.status_code, office.current(ENTRY).version) == (422, 2)
    said = read(refused.text)
    assert f"la version 2, approuvée pour le {BEGINS:%d/%m/%Y}, serait remplacée pour de bon" in said
    boxes = [field.split('value="')[1].split('"')[0] for field in refused.text.split('name="acknowledged"')[1:]]
    approved = client.post(address + "/approuver", data=form | {"acknowledged": boxes})
    assert (approved.status_code, office.current(ENTRY).version) == (303, 3)


def test_rolling_back_does_not_replace_the_version_to_come(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    refused = client.post(PAGE + "/retablir", data={"version": "2", "to_version": "1"})

    assert (refused.status_code, office.current(ENTRY).version) == (409, 2)
    assert "Une version est approuvée pour plus tard" in read(refused.text)


def test_an_approval_for_later_says_from_which_day(sign_in: SignIn, office: Office) -> None:
    client = sign_in("ines")
    address = opened(client, "2")

    (draft,) = office.store.drafts()
    effects = client.post(address + "/effets", data=form_of(draft, valid_from=str(BEGINS)))
    assert f"Réponses comme elles seraient le {BEGINS_IN_WORDS}." in read(effects.text)
    client.post(address + "/approuver", data=form_of(draft, valid_from=str(BEGINS)))

    assert f"Approuvé : la version 3 prend effet le {BEGINS_IN_WORDS}." in page_of(client, address)
