"""The banner's page: a coordinator writes it, looks at it, switches it on, and the public sees it at once."""

import time
from datetime import datetime, timedelta

from noa_rag.domain.days import PARIS
from noa_rag.domain.switches import Banner, BannerLevel
from noa_rag.service.office import Office
from tests.review_ui.review_people import Client, SignIn

PAGE = "/revue/bandeau"


def a_form(**changes: str) -> dict[str, str]:
    now = datetime.now(PARIS)
    return {
        "level": "crisis",
        "text_fr": "Le fonds de solidarité est ouvert.",
        "text_en": "",
        "url": "",
        "theme_id": "cotisations",
        "starts_at": f"{now:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + timedelta(days=3):%Y-%m-%dT%H:%M}",
        **changes,
    }


def test_a_banner_that_is_switched_on_is_on_the_public_pages_at_once(sign_in: SignIn) -> None:
    client = sign_in("carla")

    reply = client.post(PAGE, data=a_form())

    assert (reply.status_code, reply.headers["location"]) == (303, f"{PAGE}?fait=affiche")
    assert "Le fonds de solidarité est ouvert." in client.get("/").text
    assert "Affiché jusqu" in client.get(PAGE).text


def test_switching_it_off_takes_it_away_at_once(sign_in: SignIn) -> None:
    client = sign_in("adele")
    client.post(PAGE, data=a_form())

    reply = client.post(f"{PAGE}/eteindre")

    assert reply.status_code == 303
    assert "Le fonds de solidarité est ouvert." not in client.get("/").text
    assert "Aucun bandeau" in client.get(PAGE).text


def test_a_preview_shows_both_languages_and_keeps_nothing(sign_in: SignIn, office: Office) -> None:
    client = sign_in("carla")

    page = client.post(f"{PAGE}/apercu", data=a_form(text_en="It is open.")).text

    assert page.count('class="banner banner-crisis"') == 2
    assert 'value="crisis" checked' in page
    assert "It is open." in page
    assert office.noa.records.banners.newest() is None


def test_what_is_wrong_is_told_and_what_was_typed_is_kept(sign_in: SignIn, office: Office) -> None:
    client = sign_in("carla")

    for changes, message in (
        ({"url": "http://x.fr", "theme_id": ""}, "https://"),
        ({"ends_at": "demain"}, "illisible"),
        ({"level": "cri"}, "Choisissez un niveau"),
        ({"text_fr": ""}, "Écrivez"),
        ({"ends_at": "2020-01-01T00:00"}, "après le début"),
    ):
        reply = client.post(PAGE, data=a_form(text_en="kept", **changes))
        assert reply.status_code == 422
        assert message in reply.text
        assert ">kept</textarea>" in reply.text
    assert office.noa.records.banners.newest() is None


def test_times_are_those_of_paris(sign_in: SignIn, office: Office) -> None:
    client = sign_in("carla")
    end = datetime.now(PARIS).replace(hour=12, minute=30, second=0, microsecond=0) + timedelta(days=2)

    client.post(PAGE, data=a_form(ends_at=f"{end:%Y-%m-%dT%H:%M}"))

    banner = office.noa.records.banners.newest()
    assert banner is not None
    assert banner.ends_at == end
    assert f'value="{end:%Y-%m-%dT%H:%M}"' in client.get(PAGE).text


def test_other_workers_show_it_within_two_seconds(office: Office, client: Client) -> None:
    office.noa.follow()
    now = datetime.now(PARIS)
    another_worker = office.noa.records.banners

    another_worker.switch_on(
        Banner(BannerLevel.INFORMATION, "Depuis un autre processus.", now, now + timedelta(hours=1)), actor="carla"
    )

    deadline = time.monotonic() + 2
    while "Depuis un autre processus." not in client.get("/").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
