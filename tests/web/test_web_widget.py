"""The widget: its loader, its pages in a frame, and who may show them."""

import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.entry import Audience, Section
from noa_rag.web.widget import LOADER
from tests.web.fake_service import THEMES, FakeService, a_clarification, a_host_site, an_answer, an_entry

Client = TestClient[Litestar]
FRAME = "/widget/portail-pme-7k3q9d"
ANSWER = f"{FRAME}/reponse/q-1"
SENT = {"origin": "http://testserver.local"}
IN_A_FRAME = {"sec-fetch-dest": "iframe"}
LOADER_LIMIT_BYTES = 20_000


def ancestors(headers: object) -> str:
    policy = headers["content-security-policy"]  # type: ignore[index]
    return str(re.search(r"frame-ancestors ([^;]*);", policy)[1])  # type: ignore[index]


def test_the_loader_is_small_kept_for_an_hour_and_asked_for_by_its_tag(client: Client) -> None:
    reply = client.get("/widget.js")

    assert len(LOADER.read_bytes()) < LOADER_LIMIT_BYTES
    assert reply.headers["content-type"] == "text/javascript; charset=utf-8"
    assert reply.headers["cache-control"] == "public, max-age=3600"
    assert reply.headers["access-control-allow-origin"] == "*"
    again = client.get("/widget.js", headers={"if-none-match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/widget.js", headers={"if-none-match": '"other"'}).status_code == 200


def test_the_loader_needs_nothing_that_a_strict_host_page_forbids() -> None:
    loader = LOADER.read_text(encoding="utf-8")

    for forbidden in (
        "innerHTML",
        "insertAdjacentHTML",
        "eval(",
        "new Function",
        "document.write",
        'setAttribute("style',
    ):
        assert forbidden not in loader.replace("eval or innerHTML.", "")
    for stored in ("localStorage", "sessionStorage", "document.cookie", "indexedDB", "fetch(", "XMLHttpRequest"):
        assert stored not in loader


def test_a_frame_greets_and_may_be_shown_by_its_site_alone(client: Client) -> None:
    reply = client.get(FRAME)

    assert reply.status_code == 200
    assert "<h1>Bienvenue sur le portail des PME</h1>" in reply.text
    assert ancestors(reply.headers) == "https://www.pme.example http://127.0.0.1:8010"
    assert "set-cookie" not in reply.headers
    assert ancestors(client.get("/").headers) == "'none'"
    assert "Welcome to the SME portal" in client.get("/en" + FRAME).text


def test_only_the_themes_of_the_site_are_shown(client: Client, service: FakeService) -> None:
    service.entries |= {"acre": an_entry("acre", theme="cotisations", question="Ai-je droit à l'ACRE ?")}
    everything = client.get(FRAME).text
    service.hosts = {site.key: site for site in (a_host_site(themes=("cotisations",)),)}

    chosen = client.get(FRAME).text

    assert all(theme.title in everything for theme in THEMES)
    assert "Cotisations sociales" in chosen
    assert "Marques, brevets" not in chosen


def test_every_address_in_a_frame_stays_there_but_those_about_noa(client: Client, service: FakeService) -> None:
    service.answer = a_clarification(an_entry(), an_entry("acre"))

    page = client.get(f"{FRAME}/reponse/q-2").text

    inside = set(re.findall(r'(?:href|action|hx-get|hx-post)="(/[^"]*)"', page))
    outside = {link for link in inside if not link.startswith((FRAME, f"/en{FRAME}", "/static/"))}
    assert outside == {"/", "/a-propos", "/accessibilite", "/donnees-personnelles"}
    assert f"{FRAME}/entrees/acre" in inside


def test_what_is_asked_in_a_frame_is_the_sites_with_its_region_and_public(client: Client, service: FakeService) -> None:
    service.hosts = {site.key: site for site in (a_host_site(region="FR-BRE", audience=Audience.TPE),)}

    page = client.post(FRAME, data={"q": "une aide", "region": "FR-BRE", "audience": "tpe"}, headers=SENT)
    page = client.get(page.headers["location"]).text

    request = service.asked[0]
    assert (request.site, request.region, request.audience) == ("portail-pme-7k3q9d", "FR-BRE", Audience.TPE)
    assert '<option value="FR-BRE" selected>' in page
    assert '<option value="tpe" selected>' in page
    assert client.post("/", data={"q": "une aide"}, follow_redirects=True).status_code == 200
    assert (service.asked[1].site, service.asked[1].region, service.asked[1].audience) == (None, None, None)


def test_the_visitor_may_choose_another_region_or_all_of_france(client: Client, service: FakeService) -> None:
    service.hosts = {site.key: site for site in (a_host_site(region="FR-BRE"),)}

    other = client.post(FRAME, data={"q": "aide", "region": "FR-IDF"}, headers=SENT).headers["location"]
    everywhere = client.post(FRAME, data={"q": "aide", "region": ""}, headers=SENT).headers["location"]
    page = client.get(everywhere).text

    assert (other, everywhere) == (f"{ANSWER}?region=FR-IDF#reponse", f"{ANSWER}?region=FR#reponse")
    assert [request.region for request in service.asked] == ["FR-IDF", None]
    assert " selected>" not in page.replace('<option value="" selected>', "")


def test_an_entry_in_a_frame_links_to_its_public_address(client: Client, service: FakeService) -> None:
    service.answer = an_answer(an_entry("F1", sections=(Section("a", "A", "…"),)), more_url="/entrees/F1#a")

    entry = client.get(f"{FRAME}/entrees/deposer-une-marque").text
    answer = client.get(ANSWER).text

    assert '<a href="/entrees/deposer-une-marque">Lien vers cette fiche</a>' in entry
    assert f'href="{FRAME}/entrees/F1#a">Lire la suite' in answer


@pytest.mark.parametrize("key", ["nobody-here", "Portail", "x" * 41, "a%20b", "*"])
def test_an_unknown_key_is_told_with_a_way_to_noa_and_nobody_may_frame_it(client: Client, key: str) -> None:
    reply = client.get(f"/widget/{key}")

    assert reply.status_code == 404
    assert ancestors(reply.headers) == "'none'"
    assert 'action="/"' in reply.text


def test_a_closed_widget_says_so_to_the_sites_own_visitors(client: Client, service: FakeService) -> None:
    service.hosts = {site.key: site for site in (a_host_site(is_active=False),)}

    reply = client.get(ANSWER, headers=IN_A_FRAME)

    assert reply.status_code == 404
    assert ancestors(reply.headers).startswith("https://www.pme.example")
    assert "Noa n&#39;est pas disponible sur ce site" in reply.text
    assert re.search(r'<a href="/" target="_blank" rel="noopener">Poser la question', reply.text)
    assert "<textarea" not in reply.text
    assert client.post(FRAME, data={"q": "x"}, headers=SENT).status_code == 404
    assert service.asked == []


@pytest.mark.parametrize("origin", ["https://evil.example", "https://www.pme.example", "null", "http://[", ""])
def test_a_form_that_another_page_sends_is_refused(client: Client, service: FakeService, origin: str) -> None:
    reply = client.post(FRAME, data={"q": "marque"}, headers={"origin": origin} if origin else {})

    assert reply.status_code == 403
    assert client.post(f"{FRAME}/avis", data={"useful": "yes"}, headers={"origin": origin}).status_code == 403
    assert (service.asked, service.feedback) == ([], [])


def test_a_form_of_the_widget_sent_without_tls_is_refused_where_the_service_has_tls(
    client: Client, service: FakeService
) -> None:
    client.base_url = "https://testserver.local"

    assert client.post(FRAME, data={"q": "marque"}, headers=SENT).status_code == 403
    assert service.asked == []


def test_a_form_without_origin_is_known_by_its_referer(client: Client) -> None:
    here = client.post(FRAME, data={"q": "x"}, headers={"referer": f"http://testserver.local{FRAME}"})
    there = client.post(FRAME, data={"q": "x"}, headers={"referer": "https://evil.example/"})

    assert (here.status_code, there.status_code) == (303, 403)


@pytest.mark.parametrize(
    ("referer", "status"),
    [
        ("https://www.pme.example/a/page", 200),
        ("http://127.0.0.1:8010/", 200),
        (f"http://testserver.local{FRAME}", 200),
        ("", 200),
        ("https://evil.example/", 403),
        ("https://pme.example/", 403),
        ("http://www.pme.example/", 403),
        ("https://www.pme.example:444/", 403),
        ("https://www.pme.example.evil.example/", 403),
    ],
)
def test_a_frame_in_another_page_is_refused_by_the_server_too(
    client: Client, service: FakeService, referer: str, status: int
) -> None:
    reply = client.get(ANSWER, headers={**IN_A_FRAME, "referer": referer})

    assert reply.status_code == status
    assert ("Comment déposer une marque" in reply.text) == (status == 200)
    assert ancestors(reply.headers).startswith("https://www.pme.example")


def test_a_link_from_anywhere_opens_the_frame_as_a_page(client: Client) -> None:
    assert client.get(FRAME, headers={"referer": "https://elsewhere.example/"}).status_code == 200


def test_a_frame_whose_service_is_down_may_be_shown_by_its_site(client: Client, service: FakeService) -> None:
    client.get(FRAME)
    service.error = RuntimeError()

    reply = client.get(FRAME)

    assert reply.status_code == 500
    assert ancestors(reply.headers).startswith("https://www.pme.example")
