"""Long pages in a real browser: sections fold, and the table of contents opens them, with JavaScript or without."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.service.office import Office
from tests.chromium import NEEDS_CHROMIUM
from tests.factories import a_new_version
from tests.review_ui.browsing import SCRIPTS, findings, signed_in
from tests.review_ui.desk_helpers import a_kept_draft, a_kept_group

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(autouse=True)
def _two_agencies(office: Office) -> None:
    """Subjects and entries to look at again of two agencies, and a draft that waits."""
    day = datetime.now(UTC).date()
    office.noa.records.entries.add_versions(
        [
            a_new_version("bail", review_by=day),
            a_new_version("declarer", agency_id=AgencyId("urssaf"), theme="cotisations", review_by=day),
        ]
    )
    group = a_kept_group(office, ["renouveler une marque", "prolonger une marque"])
    a_kept_draft(office, group_id=group.id, created_at=datetime.now(UTC) - timedelta(hours=1))


@SCRIPTS
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("link", ["comite#agence-urssaf", "suivi#base"])
def test_a_link_of_the_table_of_contents_unfolds_its_part(
    browser: "Browser", address: str, link: str, width: int, scripts: bool
) -> None:
    path, _, part = link.partition("#")
    page = signed_in(browser, address, "carla", scripts=scripts, size=(width, 900))
    page.goto(f"{address}/revue/{path}")
    body = page.locator(f"#{part}")

    assert not body.is_visible()
    page.locator(f'.contents a[href="#{part}"]').click()
    body.wait_for(state="visible")

    if scripts:
        assert findings(page) == []
    page.context.close()
