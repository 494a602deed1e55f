"""What an account page offers of digest and feed, and the feed itself."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree.ElementTree import fromstring

import pytest

from noa_rag.domain.people import PersonId
from noa_rag.domain.queue import ItemId
from noa_rag.service.office import Office
from tests.factories import an_entry_content
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.review_people import Client, SignIn

ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = re.compile(r'value="(http://127\.0\.0\.1/revue/flux\.atom\?cle=[\w-]{43})"')


@pytest.fixture
def mailed(office: Office) -> Office:
    """The office of a service that sends e-mails, where Inès has an address."""
    office.noa.settings = replace(office.noa.settings, smtp_url="smtp://localhost")
    identities = office.noa.records.identities
    identities.set_email(PersonId("ines"), "ines@exemple.fr", actor="tests", at=datetime.now(UTC))
    return office


def a_feed(client: Client) -> str:
    """Take an address for the feed of whoever is signed in."""
    page = client.post("/revue/compte/flux")
    match = ADDRESS.search(page.text)
    assert match is not None, page.text
    return match[1]


def titles(feed: str) -> list[str | None]:
    return [entry.findtext(ATOM + "title") for entry in fromstring(feed).findall(ATOM + "entry")]


def test_the_digest_is_switched_off_and_on_again(mailed: Office, sign_in: SignIn) -> None:
    client, notices = sign_in("ines"), mailed.noa.records.notices
    assert "Il est envoyé à ines@exemple.fr." in client.get("/revue/compte").text

    off = client.post("/revue/compte/resume", data={"wants": "off"})
    page = client.get(off.headers["location"]).text
    assert "ne vous sera plus envoyé" in page
    assert "Recevoir le résumé" in page
    assert notices.of(PersonId("ines")).wants_digest is False

    client.post("/revue/compte/resume", data={"wants": "on"})
    assert notices.of(PersonId("ines")).wants_digest is True
    assert [entry.action for entry in mailed.audit.entries(actions=["digest_on", "digest_off"])] != []


def test_the_page_says_why_no_digest_comes(office: Office, sign_in: SignIn) -> None:
    client = sign_in("ines")
    assert "pas de courriels" in client.get("/revue/compte").text

    office.noa.settings = replace(office.noa.settings, smtp_url="smtp://localhost")
    assert "demandez à un administrateur" in client.get("/revue/compte").text


def test_an_administrator_gives_an_address_where_people_sign_in_by_password_too(
    mailed: Office, sign_in: SignIn
) -> None:
    client = sign_in("adele")
    page = client.get("/revue/personnes/ugo").text
    assert 'name="email"' in page
    assert "identité" not in page

    saved = client.post("/revue/personnes/ugo/adresse", data={"email": "ugo@exemple.fr"})

    assert "adresse est enregistrée.<" in client.get(saved.headers["location"]).text
    assert "Il est envoyé à ugo@exemple.fr." in sign_in("ugo").get("/revue/compte").text


def test_no_address_is_asked_for_where_nothing_uses_it(office: Office, sign_in: SignIn) -> None:
    assert 'name="email"' not in sign_in("adele").get("/revue/personnes/ugo").text


@pytest.mark.parametrize("name", ["quentin", "adele"])
def test_whoever_does_not_work_on_the_queue_is_offered_none(sign_in: SignIn, name: str) -> None:
    assert "Flux de la liste" not in sign_in(name).get("/revue/compte").text


def test_the_feed_shows_what_waits_for_its_reader_to_anybody_who_knows_the_address(
    office: Office, sign_in: SignIn
) -> None:
    address = a_feed(sign_in("ines"))
    draft = a_kept_draft(office)
    a_kept_draft(office, content=an_entry_content(agency_id="urssaf", question="Et l'URSSAF ?"), entry_id="autre")
    a_kept_group(office, ["Une question à personne ?"])
    reader = sign_in("ugo")
    reader.cookies.clear()

    answer = reader.get(address)

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert titles(answer.text) == ["Comment renouveler une marque ?"]
    (entry,) = fromstring(answer.text).findall(ATOM + "entry")
    link, said = entry.find(ATOM + "link"), entry.findtext(ATOM + "summary")
    assert link is not None
    assert link.attrib["href"] == f"http://127.0.0.1/revue/brouillons/{draft.id}"
    assert said == "INPI · à décider"
    assert draft.content.answer not in answer.text
    known = reader.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_a_coordinator_s_feed_has_all_and_what_is_in_one_s_hands_is_hers_too(office: Office, sign_in: SignIn) -> None:
    group = a_kept_group(office, ["Une question à personne ?", "Une question à personne ?"])
    client = sign_in("carla")
    everything = a_feed(client)
    office.queue_desk.assign(PersonId("carla"), ItemId(group.id), PersonId("ines"))
    hers = a_feed(sign_in("ines"))

    assert titles(client.get(everything).text) == ["Une question à personne ?"]
    assert titles(client.get(hers).text) == ["Une question à personne ?"]
    assert "Agence à trouver · sans brouillon · 2 demandes" in client.get(hers).text


def test_a_new_address_closes_the_earlier_one_and_closing_closes_all(office: Office, sign_in: SignIn) -> None:
    client = sign_in("ines")
    first, second = a_feed(client), a_feed(client)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert second.partition("=")[2] not in client.get("/revue/compte").text

    client.post("/revue/compte/flux/retirer")

    assert client.get(second).status_code == 404
    assert client.get("/revue/flux.atom?cle=").status_code == 404
    assert client.get("/revue/flux.atom").status_code == 404
    done = [entry.action for entry in office.audit.entries(actions=["feed_renewed", "feed_revoked"])]
    assert sorted(done) == ["feed_renewed", "feed_renewed", "feed_revoked"]


def test_a_closed_account_closes_its_feed(office: Office, sign_in: SignIn) -> None:
    client = sign_in("ines")
    address = a_feed(client)

    office.people.disable(PersonId("ines"), actor="tests")

    assert client.get(address).status_code == 404
