"""What is new: on the start page, on its own page, and as an Atom feed that a reader can rely on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.timeline import News, NewsKind
from noa_rag.web.app import create_app
from tests.web.fake_service import INPI, FakeService, an_entry

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
Client = TestClient[Litestar]


def some_news(count: int = 2) -> tuple[News, ...]:
    """Return news of different days: the first one new and everywhere, the others changed in Île-de-France."""
    entries = [an_entry(question="Comment déposer une marque & un « logo » <ici> ?")]
    entries += [
        an_entry(f"cotisation-{number}", theme="cotisations", regions=("FR-IDF",), question=f"Cotisation {number} ?")
        for number in range(1, count)
    ]
    kinds = [NewsKind.NEW, *[NewsKind.CHANGED] * (count - 1)]
    return tuple(
        News(kind, entry, 3, AT - timedelta(days=place))
        for place, (kind, entry) in enumerate(zip(kinds, entries, strict=True))
    )


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.told = some_news()
    return service


@pytest.fixture
def public(service: FakeService, static_dir: Path) -> Iterator[Client]:
    """The site as reached under its public address."""
    with TestClient(create_app(service, static_dir=static_dir, base_url="https://noa.example.fr/")) as client:
        yield client


def feed_of(client: Client, path: str = "/nouveautes.atom") -> Element:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root: Element = fromstring(reply.content)
    return root


def text(element: Element, name: str) -> str:
    child = element.find(ATOM + name)
    assert child is not None, name
    assert child.text, name
    return child.text


def links(element: Element) -> dict[str, str]:
    return {link.attrib["rel"]: link.attrib["href"] for link in element.findall(ATOM + "link")}


def test_the_start_page_tells_the_latest_news_and_where_the_others_are(client: Client, service: FakeService) -> None:
    service.told = some_news(8)

    page = client.get("/").text

    assert '<h2 id="news-heading">Nouveautés</h2>' in page
    assert page.count('class="news-kind') == 5
    assert 'class="news-kind news-new">Nouvelle</span>' in page
    assert 'class="news-kind news-changed">Modifiée</span>' in page
    assert 'href="/nouveautes">Toutes les nouveautés</a>' in page


def test_the_page_can_be_narrowed_to_a_theme_and_a_region(client: Client) -> None:
    everything = client.get("/nouveautes").text
    of_theme = client.get("/nouveautes?theme=cotisations").text
    in_brittany = client.get("/nouveautes?region=FR-BRE").text

    assert "Cotisation 1" in everything
    assert "déposer une marque" in everything
    assert "Cotisation 1" in of_theme
    assert "déposer une marque" not in of_theme
    assert "Cotisation 1" not in in_brittany
    assert "déposer une marque" in in_brittany
    assert 'href="/nouveautes.atom?theme=cotisations"' in of_theme
    assert '<option value="cotisations" selected>' in of_theme


@pytest.mark.parametrize("query", ["theme=rien", "region=FR-XX", "region=%00"])
@pytest.mark.parametrize("path", ["/nouveautes", "/nouveautes.atom"])
def test_an_unknown_filter_is_told(client: Client, path: str, query: str) -> None:
    assert client.get(f"{path}?{query}").status_code == 400


def test_the_feed_has_what_atom_requires(public: Client) -> None:
    root = feed_of(public)

    assert root.tag == ATOM + "feed"
    assert root.attrib[XML_LANG] == "fr"
    assert text(root, "id").startswith("urn:uuid:")
    assert text(root, "title") == "Noa, nouveautés"
    assert text(root, "updated") == "2026-11-24T09:30:00Z"
    assert links(root) == {
        "self": "https://noa.example.fr/nouveautes.atom",
        "alternate": "https://noa.example.fr/nouveautes",
    }
    first, second = root.findall(ATOM + "entry")
    assert text(first, "id").startswith("urn:uuid:")
    assert text(first, "title") == "Comment déposer une marque & un « logo » <ici> ?"
    assert text(first, "updated") == "2026-11-24T09:30:00Z"
    assert text(first, "summary").startswith("Nouvelle fiche")
    assert text(second, "summary").startswith("Fiche modifiée")
    assert links(first) == {"alternate": "https://noa.example.fr/entrees/deposer-une-marque"}
    author = first.find(ATOM + "author")
    assert author is not None
    assert (text(author, "name"), text(author, "uri")) == (INPI.name, INPI.url)
    assert len({text(entry, "id") for entry in (first, second)}) == 2


def test_no_answer_is_in_the_feed(public: Client, service: FakeService) -> None:
    assert "en ligne" in service.told[0].entry.content.answer
    assert "en ligne" not in public.get("/nouveautes.atom").text


def test_ids_stay_when_the_service_moves_and_change_with_the_version(
    public: Client, client: Client, service: FakeService
) -> None:
    ids = [text(entry, "id") for entry in feed_of(public).findall(ATOM + "entry")]
    assert [text(entry, "id") for entry in feed_of(client).findall(ATOM + "entry")] == ids

    old = service.told[0]
    service.told = (News(NewsKind.CHANGED, old.entry, 4, AT),)

    (entry,) = feed_of(public).findall(ATOM + "entry")
    assert text(entry, "id") not in ids


def test_each_theme_region_and_language_has_a_feed_of_its_own(public: Client) -> None:
    paths = ("", "?theme=cotisations", "?region=FR-BRE", "?theme=cotisations&region=FR-IDF")
    feeds = [feed_of(public, f"/nouveautes.atom{path}") for path in paths] + [feed_of(public, "/en/news.atom")]

    assert len({text(feed, "id") for feed in feeds}) == 5
    assert [len(feed.findall(ATOM + "entry")) for feed in feeds] == [2, 1, 1, 1, 2]
    assert text(feeds[1], "title") == "Noa, nouveautés · Cotisations sociales"
    assert links(feeds[1])["self"] == "https://noa.example.fr/nouveautes.atom?theme=cotisations"
    assert feeds[4].attrib[XML_LANG] == "en"


def test_an_empty_feed_is_a_feed(public: Client, service: FakeService) -> None:
    service.told = ()

    root = feed_of(public)

    assert root.findall(ATOM + "entry") == []
    assert datetime.fromisoformat(text(root, "updated")) < datetime.now(UTC)


def test_a_reader_that_has_the_newest_state_is_told_so(public: Client, service: FakeService) -> None:
    first = public.get("/nouveautes.atom")
    etag, modified = first.headers["etag"], first.headers["last-modified"]

    assert modified == "Tue, 24 Nov 2026 09:30:00 GMT"
    for header in ({"if-none-match": etag}, {"if-none-match": f'"x", W/{etag}'}, {"if-modified-since": modified}):
        reply = public.get("/nouveautes.atom", headers=header)
        assert (reply.status_code, reply.content, reply.headers["etag"]) == (304, b"", etag)

    service.told = service.told[1:]  # the newest entry was withdrawn
    for header in ({"if-none-match": etag}, {"if-modified-since": modified}, {"if-modified-since": "yesterday"}):
        assert public.get("/nouveautes.atom", headers=header).status_code == 200


def test_pages_announce_their_feeds(client: Client) -> None:
    link = '<link rel="alternate" type="application/atom+xml" title="Noa, nouveautés" href="{}">'

    assert link.format("/nouveautes.atom") in client.get("/").text
    assert link.format("/nouveautes.atom?theme=cotisations") in client.get("/themes/cotisations").text
