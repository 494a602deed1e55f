"""What search engines and link previews read, and requests for headers alone."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import Source
from noa_rag.web.app import create_app
from tests.web.fake_service import FakeService, an_entry

Client = TestClient[Litestar]
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture
def published(static_dir: Path) -> Client:
    service = FakeService(an_entry(online_services=(Source("Déposer </script>", "https://www.inpi.fr/depot"),)))
    return TestClient(create_app(service, static_dir=static_dir, base_url="https://noa.example/"))


def test_the_sitemap_lists_pages_in_both_languages_with_whole_addresses(published: Client) -> None:
    reply = published.get("/sitemap.xml")

    root = ElementTree.fromstring(reply.content)
    addresses = [location.text for location in root.findall("s:url/s:loc", NAMES)]
    assert reply.headers["content-type"].startswith("application/xml")
    assert len(addresses) == len(set(addresses)) == 2 * (8 + 1 + 1)  # pages, a theme that has entries, an entry
    assert "https://noa.example/" in addresses
    assert "https://noa.example/en/entries/deposer-une-marque" in addresses
    entry = next(address for address in root if address[0].text == "https://noa.example/entrees/deposer-une-marque")
    assert entry.findtext("s:lastmod", namespaces=NAMES) == "2026-11-24"
    assert {link.get("hreflang") for link in entry.findall("x:link", NAMES)} == {"fr", "en"}


def test_without_a_public_address_there_is_no_sitemap_to_mislead_by(client: Client) -> None:
    elsewhere = {"host": "evil.example"}

    assert client.get("/sitemap.xml", headers=elsewhere).status_code == 404
    assert "Sitemap" not in client.get("/robots.txt", headers=elsewhere).text


def test_crawlers_are_told_what_belongs_to_one_visitor(published: Client) -> None:
    lines = published.get("/robots.txt").text.splitlines()

    closed = [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]
    assert {"/reponse/", "/en/answer/", "/suivi/", "/widget/", "/revue", "/api/"} <= set(closed)
    assert not any("/entrees/x".startswith(path) or "/themes/x".startswith(path) for path in closed)
    assert lines[-1] == "Sitemap: https://noa.example/sitemap.xml"


def test_an_entry_tells_its_question_answer_and_service_as_its_page_does(published: Client) -> None:
    page = published.get("/entrees/deposer-une-marque").text

    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    organisation, service = json.loads(data)["@graph"]
    (question,) = organisation["mainEntity"]
    assert (organisation["@type"], organisation["url"]) == ("FAQPage", "https://noa.example/entrees/deposer-une-marque")
    assert question["name"] == "Comment déposer une marque ?"
    paragraphs = re.findall(r"<p>.*?</p>|<li>.*?</li>", question["acceptedAnswer"]["text"])
    assert len(paragraphs) == 2
    assert [paragraph for paragraph in paragraphs if paragraph not in page] == []
    assert "Le dépôt se fait <strong>en ligne</strong>" in question["acceptedAnswer"]["text"]
    assert (service["@type"], service["name"]) == ("GovernmentService", "Déposer </script>")
    assert service["availableChannel"]["serviceUrl"] == "https://www.inpi.fr/depot"
    assert "provider" not in service  # the agency of the entry does not run every service that it names
    assert organisation["publisher"]["telephone"] == "01 56 65 89 98"


def test_an_entry_that_a_question_led_to_is_told_to_nobody(published: Client) -> None:
    assert "ld+json" not in published.get("/entrees/deposer-une-marque?from=q-1").text


def test_a_page_has_what_a_link_to_it_is_shown_with(published: Client) -> None:
    page = published.get("/entrees/deposer-une-marque").text

    assert '<meta property="og:title" content="Comment déposer une marque ? · Noa">' in page
    assert '<meta property="og:url" content="https://noa.example/entrees/deposer-une-marque">' in page
    assert '<meta property="og:description" content="Le dépôt se fait en ligne, sur' in page


def test_an_answer_is_not_shown_with_links(published: Client) -> None:
    assert "og:" not in published.get("/reponse/q-1").text


@pytest.mark.parametrize("path", ["/", "/entrees/deposer-une-marque", "/health", "/static/noa.css", "/nope"])
def test_headers_alone_are_those_of_the_page(published: Client, path: str) -> None:
    page, head = published.get(path), published.head(path)

    assert (head.status_code, head.content) == (page.status_code, b"")
    assert head.headers["content-type"] == page.headers["content-type"]
    assert head.headers["content-length"] == page.headers["content-length"]


def test_headers_alone_of_what_takes_forms_are_refused_as_a_page_is(published: Client) -> None:
    assert published.head("/reformuler/q-1").status_code == 405
