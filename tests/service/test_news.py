"""News read off the base: the first import tells nothing, an approval at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.domain.timeline import NewsKind
from noa_rag.knowledge.plan import IMPORT_AUTHOR
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa

NOW = datetime.now(UTC)


@pytest.fixture
def noa(settings: Settings, records: Records, tmp_path: Path) -> Iterator[Noa]:
    """A service over a base that was filled by an import a moment ago."""
    records.directory.save([an_agency()], [a_theme()])
    imported = [a_new_version(f"fiche-{number}", approved_at=NOW) for number in range(20)]
    records.entries.add_versions([replace(one, author=IMPORT_AUTHOR, approver=IMPORT_AUTHOR) for one in imported])
    noa = a_noa(settings, records, tmp_path)
    yield noa
    noa.close()


def told(noa: Noa) -> list[tuple[str, NewsKind]]:
    return [(news.entry.id, news.kind) for news in noa.news()]


def test_a_base_that_was_just_filled_has_no_news(noa: Noa) -> None:
    assert len(noa.servable()) == 20
    assert noa.news() == ()


def test_an_approval_is_news_at_once_and_a_withdrawal_ends_it(noa: Noa) -> None:
    entries = noa.records.entries
    entries.add_versions([a_new_version("nouvelle", approved_at=NOW - timedelta(hours=1))])
    entries.add_versions([a_new_version("fiche-3", expected_version=1, approved_at=NOW, answer="Autre chose.")])

    assert told(noa) == [("fiche-3", NewsKind.CHANGED), ("nouvelle", NewsKind.NEW)]

    entries.withdraw(EntryId("nouvelle"), author="camille", note="faux", at=NOW)
    assert told(noa) == [("fiche-3", NewsKind.CHANGED)]


def test_an_entry_that_was_approved_long_ago_is_news_on_its_first_day(noa: Noa) -> None:
    window = ValidityWindow(today_in_paris())
    noa.records.entries.add_versions([a_new_version("prevue", approved_at=NOW - timedelta(days=90), window=window)])

    assert told(noa) == [("prevue", NewsKind.NEW)]
