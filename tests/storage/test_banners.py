"""The banner in the database: the newest counts, and what cannot be shown is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Language
from noa_rag.domain.switches import Banner, BannerLevel
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.switches import BannerStore

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_banner(**changes: Any) -> Banner:
    return replace(Banner(BannerLevel.CRISIS, "Le fonds de solidarité est ouvert.", NOW, NOW + HOUR), **changes)


@pytest.fixture
def banners(database: Database) -> BannerStore:
    return BannerStore(database, lambda: NOW)


def test_there_is_none_at_first_and_the_newest_counts(banners: BannerStore) -> None:
    assert banners.newest() is None

    banners.switch_on(a_banner(), actor="carla")
    banners.switch_on(a_banner(text_fr="Autre chose.", theme_id="propriete-intellectuelle"), actor="carla")

    assert banners.newest() == a_banner(text_fr="Autre chose.", theme_id="propriete-intellectuelle")


def test_it_is_shown_between_its_hours_and_while_it_is_on(banners: BannerStore) -> None:
    banners.switch_on(a_banner(starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR), actor="carla")
    banner = banners.newest()

    assert banner is not None
    shown = [banner.is_shown_at(NOW + minutes * timedelta(minutes=1)) for minutes in (59, 60, 119, 120)]
    assert shown == [False, True, True, False]
    banners.switch_off(actor="carla")
    off = banners.newest()
    assert off is not None
    assert not off.is_shown_at(NOW + HOUR)


def test_both_are_audited_with_the_text_and_switching_off_twice_once(banners: BannerStore, database: Database) -> None:
    banners.switch_on(a_banner(), actor="carla")
    banners.switch_off(actor="adele")
    banners.switch_off(actor="adele")

    audit = AuditStore(database)
    off, on = audit.entries(actions=("banner_on", "banner_off"))
    assert (on.actor, on.detail["text_fr"], off.actor) == ("carla", "Le fonds de solidarité est ouvert.", "adele")
    assert audit.verify() == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("text_fr", {"text_fr": "  "}),
        ("text_fr", {"text_fr": "x" * 301}),
        ("text_fr", {"text_fr": "Une ligne\nune autre"}),
        ("text_en", {"text_en": "turned \N{RIGHT-TO-LEFT OVERRIDE}"}),
        ("url", {"url": "http://www.economie.gouv.fr"}),
        ("url", {"url": "javascript:alert(1)"}),
        ("url", {"url": "https://economie.gouv.fr@example.org/"}),
        ("url", {"url": "https://[bad"}),
        ("theme_id", {"theme_id": "rien"}),
        ("theme_id", {"theme_id": "propriete-intellectuelle", "url": "https://www.economie.gouv.fr"}),
        ("ends_at", {"ends_at": NOW}),
        ("ends_at", {"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}),
        ("ends_at", {"ends_at": NOW + timedelta(days=93)}),
    ],
)
def test_what_cannot_be_shown_is_refused(banners: BannerStore, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        banners.switch_on(a_banner(**changes), actor="carla")

    assert refused.value.field == field
    assert banners.newest() is None


def test_english_pages_show_the_french_text_where_nobody_translated_it() -> None:
    assert a_banner().text_in(Language.ENGLISH) == ("Le fonds de solidarité est ouvert.", Language.FRENCH)
    assert a_banner(text_en="Open.").text_in(Language.ENGLISH) == ("Open.", Language.ENGLISH)
    assert a_banner(text_en="Open.").text_in(Language.FRENCH)[1] is Language.FRENCH
