"""Long pages in a real browser: sections fold, and the table of contents opens them, with JavaScript or without."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from litestar import Litestar

from noa_rag.domain.agency import AgencyId
from noa_rag.service.office import Office
from noa_rag.service.records import Records
from tests.browser.conftest import served
from tests.chromium import NEEDS_CHROMIUM
from tests.factories import a_new_version
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group
from tests.review_ui.review_people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = NEEDS_CHROMIUM
PICTURES = Path(__file__).parents[2] / "build" / "pictures"


@pytest.fixture
def address(app: Litestar, office: Office, records: Records) -> Iterator[str]:
    """The application with subjects and entries to look at again of two agencies, and a draft that waits."""
    day = datetime.now(UTC).date()
    records.entries.add_versions(
        [
            a_new_version("bail", review_by=day),
            a_new_version("declarer", agency_id=AgencyId("urssaf"), theme="cotisations", review_by=day),
        ]
    )
    group = a_kept_group(office, ["renouveler une marque", "prolonger une marque"])
    a_kept_draft(office, group_id=group.id, created_at=datetime.now(UTC) - timedelta(hours=1))
    with served(app) as address:
        yield address


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("link", ["comite#agence-urssaf", "suivi#base"])
def test_a_link_of_the_table_of_contents_unfolds_its_part(
    browser: "Browser", address: str, link: str, width: int, scripts: bool
) -> None:
    path, _, part = link.partition("#")
    context = browser.new_context(locale="fr-FR", java_script_enabled=scripts)
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/revue")
    page.get_by_label("Identifiant").fill("carla")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", name="À traiter").wait_for()
    page.goto(f"{address}/revue/{path}")
    body = page.locator(f"#{part}")

    assert not body.is_visible()
    page.locator(f'.contents a[href="#{part}"]').click()
    body.wait_for(state="visible")

    if scripts:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.Axe().run(page).response["violations"]
        assert not found, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(PICTURES / f"folded-{path}-{width}.png"), full_page=True)
    context.close()
