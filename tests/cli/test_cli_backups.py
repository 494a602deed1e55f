"""`noa backup` and `noa restore`, as an operator runs them."""

from pathlib import Path

import pytest

from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests.cli.conftest import Command
from tests.factories import a_new_version, a_theme, an_agency


@pytest.mark.sqlite
@pytest.mark.usefixtures("fake_model")
def test_a_backup_comes_back_with_what_it_took_and_where_the_former_base_lies(
    noa: Command, settings: Settings, tmp_path: Path
) -> None:
    records = open_records(settings)
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version("marque", question="Comment déposer une marque ?")])
    head = records.audit.head()
    records.close()

    made = noa("backup", tmp_path / "kept.zip")
    restored = noa("restore", tmp_path / "kept.zip")
    cut = noa("restore", __file__)

    assert made.status == 0
    assert "1 entries, revision 2; copied in " in made.out
    assert head is not None
    assert f"head of the audit: {head.hash}" in made.out
    assert restored.status == 0
    assert restored.out.startswith("Restored: 1 entries, as of ")
    assert "Asked and found: Comment déposer une marque ?" in restored.out
    assert "What was there is in " in restored.out
    assert (cut.status, cut.out) == (1, "")
    assert "another kind of file" in cut.err
