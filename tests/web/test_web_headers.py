"""Headers, static files, and the promise that no page loads anything from elsewhere."""

import re
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.question import Language
from noa_rag.web.app import create_app
from tests.web.fake_service import FakeService

Client = TestClient[Litestar]
PAGES = [
    "/",
    "/en/",
    "/reponse/q-1",
    "/entrees/deposer-une-marque",
    "/themes/cotisations",
    "/a-propos",
    "/accessibilite",
]
PAGES += ["/api/docs", "/nope", "/avis/merci"]


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/nope", "/api/openapi.json", "/health", "/static/noa.css"])
def test_every_response_carries_the_security_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_no_page_loads_from_another_site_or_holds_inline_code(client: Client, path: str) -> None:
    page = client.get(path).text

    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//", page) == []
    assert re.findall(r"<script(?![^>]*(?:\bsrc=|type=\"application/ld\+json\"))", page) == []
    assert "<style" not in page
    assert " style=" not in page
    assert re.findall(r"\son\w+=", page) == []


def test_static_files_are_kept_for_a_year_under_the_hash_of_their_content(client: Client) -> None:
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+\?v=[0-9a-f]{12})"', client.get("/").text)

    assert {address.split("?")[0] for address in addresses} == {
        "/static/noa.css",
        "/static/noa.js",
        "/static/noa.svg",
        "/static/htmx.min.js",
    }
    for address in addresses:
        assert client.get(address).headers["cache-control"] == "max-age=31536000, public, immutable"


def test_pages_are_asked_for_again_so_that_a_withdrawal_shows_at_once(client: Client) -> None:
    assert client.get("/entrees/deposer-une-marque").headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("address", ["/reponse/q-1", "/en/answer/q-1", "/?q=mon+chat"])
def test_a_page_that_shows_a_question_is_kept_and_listed_by_nobody(client: Client, address: str) -> None:
    headers = client.get(address).headers

    assert (headers["cache-control"], headers["x-robots-tag"]) == ("no-store", "noindex")


def test_pages_do_without_htmx_when_it_was_not_fetched(service: FakeService, tmp_path: Path) -> None:
    with TestClient(create_app(service, static_dir=tmp_path / "absent")) as client:
        page = client.post("/", data={"q": "x"}, follow_redirects=True).text

    assert "htmx.min.js" not in page
    assert "Le dépôt se fait" in page


def test_the_canonical_address_comes_from_the_settings_only(service: FakeService, static_dir: Path) -> None:
    app = create_app(service, static_dir=static_dir, base_url="https://noa.example/")
    with TestClient(app) as client:
        page = client.get("/entrees/deposer-une-marque", headers={"host": "evil.example"}).text

    assert '<link rel="canonical" href="https://noa.example/entrees/deposer-une-marque">' in page
    assert "evil.example" not in page


@pytest.mark.parametrize("path", ["/rien", "/entrees/inconnue", "/suivi/AAAA"])
def test_a_page_that_is_not_there_has_no_canonical_address(service: FakeService, static_dir: Path, path: str) -> None:
    with TestClient(create_app(service, static_dir=static_dir, base_url="https://noa.example/")) as client:
        reply = client.get(path)

    assert reply.status_code == 404
    assert 'rel="canonical"' not in reply.text
    assert "og:url" not in reply.text


def test_the_header_bears_the_operators_name_and_logo_where_they_are_written(
    client: Client, service: FakeService, static_dir: Path
) -> None:
    assert 'class="operator' not in client.get("/").text
    service.written_pages["operator"] = ("Préfecture\nde <Bretagne>\n", Language.FRENCH)
    (static_dir / "operator.svg").write_text("<svg/>")

    with TestClient(create_app(service, static_dir=static_dir)) as own:
        page = own.get("/").text

    header = page.partition('<p class="operator" lang="fr">')[2].partition("</p>")[0]
    assert "Préfecture<br>de &lt;Bretagne&gt;" in header
    assert re.search(r'<img src="/static/operator\.svg\?v=[0-9a-f]{12}" alt=""', header)


def test_the_states_design_system_is_worn_where_it_is_set_and_by_default_not(
    client: Client, service: FakeService, static_dir: Path
) -> None:
    service.written_pages["operator"] = ("Préfecture", Language.FRENCH)
    with TestClient(create_app(service, static_dir=static_dir, theme="dsfr")) as own:
        page = own.get("/").text

    assert page.index("/static/noa.css") < page.index("/static/dsfr.css")
    assert 'class="operator fr-logo"' in page
    assert "dsfr" not in client.get("/").text
    assert "fr-logo" not in client.get("/").text
