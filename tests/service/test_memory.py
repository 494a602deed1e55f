"""Memory is tidied after large work only: it stops every visitor for as long as it takes."""

import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.service.noa import LARGE_CHANGE
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa


@pytest.mark.parametrize(("count", "tidied"), [(1, 0), (LARGE_CHANGE - 1, 0), (LARGE_CHANGE, 1)])
def test_a_verdict_does_not_tidy_and_an_import_does(
    settings: Settings, records: Records, monkeypatch: pytest.MonkeyPatch, count: int, tidied: int
) -> None:
    records.directory.save([an_agency()], [a_theme()])
    noa = a_noa(settings, records, settings.data_dir)
    calls: list[int] = []
    monkeypatch.setattr("noa_rag.service.noa.give_back_memory", lambda: calls.append(1))
    records.entries.add_versions([a_new_version(EntryId(f"entry-{number}")) for number in range(count)])

    assert noa.refresh() == count
    assert len(calls) == tidied
