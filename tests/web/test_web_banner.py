"""The banner above every public page, while it lasts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from noa_rag.domain.switches import Banner, BannerLevel
from tests.web.fake_service import FakeService

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
CRISIS = Banner(BannerLevel.CRISIS, "Le fonds <est> ouvert.", NOW - HOUR, NOW + HOUR, theme_id="cotisations")
Client = TestClient[Litestar]


@pytest.mark.parametrize(
    "path", ["/", "/reponse/q-1", "/entrees/deposer-une-marque", "/nouveautes", "/suivi", "/nulle-part"]
)
def test_every_page_shows_it(client: Client, service: FakeService, path: str) -> None:
    service.shown_banner = CRISIS

    page = client.get(path).text

    assert '<aside class="banner banner-crisis" aria-label="Important :">' in page
    assert "Le fonds &lt;est&gt; ouvert." in page
    assert 'href="/themes/cotisations">Lire les réponses sur ce thème</a>' in page
    assert page.index('class="banner') < page.index("<main")


@pytest.mark.parametrize(
    "banner",
    [
        None,
        replace(CRISIS, is_on=False),
        replace(CRISIS, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR),
        replace(CRISIS, ends_at=NOW - timedelta(seconds=1)),
    ],
)
def test_it_is_not_shown_out_of_its_time(client: Client, service: FakeService, banner: Banner | None) -> None:
    service.shown_banner = banner

    assert 'class="banner' not in client.get("/").text


def test_english_pages_show_the_english_text_and_an_official_link(client: Client, service: FakeService) -> None:
    service.shown_banner = replace(CRISIS, text_en="It is open.", theme_id="", url="https://www.economie.gouv.fr/fonds")

    page = client.get("/en/").text

    assert '<span lang="en">It is open.</span>' in page
    assert '<a href="https://www.economie.gouv.fr/fonds">Read more on www.economie.gouv.fr</a>' in page


def test_an_answer_in_place_does_not_bring_it_along(client: Client, service: FakeService) -> None:
    service.shown_banner = CRISIS

    assert 'class="banner' not in client.post("/", data={"q": "x"}, headers={"hx-request": "true"}).text
