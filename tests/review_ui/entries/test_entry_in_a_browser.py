"""The page of an entry on a phone, in a real browser."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from litestar import Litestar

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.service.office import Office
from tests.browser.conftest import served
from tests.chromium import NEEDS_CHROMIUM
from tests.factories import a_new_version
from tests.review_ui.browsing import PHONE, findings, signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = NEEDS_CHROMIUM


def test_an_entry_with_its_versions_is_as_wide_as_a_phone(browser: "Browser", app: Litestar, office: Office) -> None:
    coming = ValidityWindow(today_in_paris() + timedelta(days=30))
    office.noa.records.entries.add_versions(
        [a_new_version(EntryId("deposer-une-marque"), expected_version=1, answer="210 euros.", window=coming)]
    )
    office.noa.refresh()

    with served(app) as address:
        page = signed_in(browser, address, size=PHONE)
        page.goto(f"{address}/revue/fiches/deposer-une-marque")

        assert page.locator("table").first.evaluate("(table) => table.scrollWidth") > PHONE[0]
        assert findings(page) == []
        page.context.close()
