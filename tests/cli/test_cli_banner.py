"""`noa banner`: what stands above the public pages, and its end."""

from datetime import UTC, datetime, timedelta

from noa_rag.domain.switches import Banner, BannerLevel
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests.cli.conftest import Command


def test_a_banner_is_printed_and_taken_away(noa: Command, settings: Settings) -> None:
    assert noa("banner", "show").out == "No banner is shown.\n"
    records = open_records(settings)
    now = datetime.now(UTC)
    banner = Banner(BannerLevel.CRISIS, "Le fonds est ouvert.", now, now + timedelta(hours=1))
    records.banners.switch_on(banner, actor="carla")

    shown = noa("banner", "show")
    off = noa("banner", "off")

    assert shown.out.startswith("crisis, from ")
    assert "Le fonds est ouvert." in shown.out
    assert (off.status, noa("banner", "show").out) == (0, "No banner is shown.\n")
    assert records.audit.entries(actions=("banner_off",))[0].actor.startswith("terminal:")
    records.close()
