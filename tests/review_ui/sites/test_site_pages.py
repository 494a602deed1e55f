"""Host sites in the workspace: registered, changed, closed and opened by those who may, with every mistake told."""

import html
import re

import pytest

from noa_rag.domain.entry import Audience
from noa_rag.service.office import Office
from tests.review_ui.review_people import SignIn

NEW = {
    "name": "Portail PME",
    "origins": "https://www.pme.example/\r\nhttps://pme.example",
    "greeting_fr": "Bienvenue",
    "greeting_en": "Welcome",
    "themes": ["cotisations"],
    "region": "FR-BRE",
    "audience": "tpe",
}


@pytest.mark.parametrize("name", ["carla", "adele"])
def test_a_site_is_registered_and_its_line_shown(sign_in: SignIn, office: Office, name: str) -> None:
    client = sign_in(name)

    sent = client.post("/revue/sites", data=NEW)
    page = client.get(sent.headers["location"]).text

    (site,) = office.noa.records.sites.everyone()
    assert sent.status_code == 303
    assert site.origins == ("https://www.pme.example", "https://pme.example")
    assert (site.themes, site.region, site.audience) == (("cotisations",), "FR-BRE", Audience.TPE)
    assert "Le site est inscrit." in page
    assert f'src="http://127.0.0.1/widget.js" data-site="{site.key}" defer' in html.unescape(page)
    assert office.audit.entries(limit=1)[0].actor == name
    assert client.get(f"/widget/{site.key}").status_code == 200
    assert site.name in client.get("/revue/sites").text


def test_a_site_is_changed_closed_and_opened(sign_in: SignIn, office: Office) -> None:
    client = sign_in("adele")
    address = client.post("/revue/sites", data=NEW).headers["location"].partition("?")[0]
    frame = address.replace("/revue/sites", "/widget")

    changed = client.post(address, data={"name": "Autre", "origins": "https://a.example"})
    assert changed.headers["location"] == f"{address}?fait=enregistre"
    (site,) = office.noa.records.sites.everyone()
    assert (site.name, site.origins, site.region, site.themes) == ("Autre", ("https://a.example",), None, ())
    assert "frame-ancestors https://a.example;" in client.get(frame).headers["content-security-policy"]

    client.post(f"{address}/fermer")
    assert client.get(frame).status_code == 404
    assert "Rouvrir Noa sur ce site" in client.get(address).text
    client.post(f"{address}/rouvrir")
    assert client.get(frame).status_code == 200


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": " "}, ("name", "Donnez un nom au site.")),
        ({"name": "x" * 121}, ("name", "Ce texte est trop long")),
        ({"greeting_fr": "a\u202eb"}, ("greeting_fr", "Un caractère invisible (U+202E)")),
        ({"origins": ""}, ("origins", "Donnez de une à vingt adresses")),
        ({"origins": "www.pme.example"}, ("origins", "« www.pme.example » : commencez l'adresse par https://")),
        ({"origins": "https://*.pme.example"}, ("origins", "nommez chaque site, sans « * »")),
        ({"origins": "https://pme.example/page"}, ("origins", "gardez l'adresse du site seul")),
        ({"origins": "https://pme.example:0"}, ("origins", "un port est un nombre")),
        ({"origins": "https://-"}, ("origins", "donnez un nom de site")),
        ({"origins": "https://é.example"}, ("origins", "comme le font les navigateurs")),
        ({"themes": "nulle"}, ("themes", "Aucun thème ne s'appelle « nulle »")),
        ({"region": "FR-XX"}, ("region", "La région « FR-XX » n'est pas connue")),
        ({"audience": "roi"}, ("audience", "Le public « roi » n'est pas connu")),
    ],
)
def test_what_cannot_be_a_site_is_told_by_field_and_what_was_typed_stays(
    sign_in: SignIn, office: Office, changes: dict[str, object], problem: tuple[str, str]
) -> None:
    sent, (field, message) = {**NEW, **changes}, problem

    answer = sign_in("adele").post("/revue/sites", data=sent)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert re.search(rf'id="{field}-problem"', answer.text)
    assert message in html.unescape(answer.text)
    assert str(sent["name"]).strip() in answer.text
    assert office.noa.records.sites.everyone() == []


def test_an_unknown_site_is_not_found(sign_in: SignIn) -> None:
    client = sign_in("adele")

    assert client.get("/revue/sites/nobody").status_code == 404
    for path in ("", "/fermer", "/rouvrir"):
        assert client.post(f"/revue/sites/nobody{path}", data=NEW).status_code == 404
