"""The register of processing names every table, and the page on retention gives the periods that hold."""

import re

import pytest

from noa_rag.domain.sign_in import FORGOTTEN_HOURS
from noa_rag.review.sign_in import ABSOLUTE_LIMIT
from noa_rag.review.sign_in_attempts import KNOWN_FOR
from noa_rag.service.retention import KEPT
from noa_rag.settings import Settings
from noa_rag.storage.tables import metadata
from tests.shared_model import REPOSITORY

REGISTER = (REPOSITORY / "docs" / "registre-des-traitements.md").read_text(encoding="utf-8")
RETENTION = (REPOSITORY / "docs" / "retention.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [REGISTER, RETENTION], ids=["register", "retention"])
def test_every_table_is_named_once_in_a_row_with_its_period(page: str) -> None:
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    column = next(row for row in cells if "tables" in row).index("tables")
    named = [name for row in cells if len(row) == 4 for name in re.findall(r"`([a-z_]+)`", row[column])]

    assert sorted(named) == sorted(metadata.tables)


def test_the_pages_give_the_periods_that_hold() -> None:
    defaults = Settings()
    for days in (defaults.keep_questions_days, defaults.keep_drafts_days, defaults.keep_cases_days):
        assert re.search(rf"\b{f'{days:,}'.replace(',', ' ')} jours", REGISTER), days
        assert str(days) in RETENTION
    hours = {f"{FORGOTTEN_HOURS} h", f"{ABSOLUTE_LIMIT.total_seconds() / 3600:.0f} h"}
    for page in (REGISTER, RETENTION):
        assert all(period in page for period in (*hours, str(KNOWN_FOR.days)))


def test_every_kind_says_why_it_is_kept() -> None:
    assert all(period.why for period in KEPT)
