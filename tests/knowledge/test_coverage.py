"""The figures of docs/knowledge.md are those of the bundled pack."""

from pathlib import Path

import pytest

from noa_rag.domain.entry import EntryId, JourneyStep
from noa_rag.domain.errors import InvalidRequest
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.rules.report import coverage, write_coverage
from tests.factories import a_theme, an_agency, an_entry_content
from tests.shared_model import REPOSITORY


def test_the_documents_figures_are_those_of_the_bundled_pack(bundled_pack: Pack) -> None:
    assert coverage(bundled_pack) in (REPOSITORY / "docs" / "knowledge.md").read_text(encoding="utf-8"), "make coverage"


def test_entries_are_counted_by_theme_and_agency() -> None:
    entries = (
        (EntryId("a"), an_entry_content(question_en="A?")),
        (EntryId("b"), an_entry_content(steps=(JourneyStep("Un."),), agency_id="douanes")),
    )
    pack = Pack((an_agency(), an_agency("douanes"), an_agency("cci")), (a_theme(),), entries)

    lines = coverage(pack).splitlines()

    assert lines[2] == "| Marques, brevets et créations | 2 | 0 | 1 | 1 | 0 |"
    assert lines[5:10] == [
        "| agency | entries | variants | procedures in steps | question in English | answer in English |",
        "|---|---:|---:|---:|---:|---:|",
        "| DOUANES | 1 | 0 | 1 | 0 | 0 |",
        "| INPI | 1 | 0 | 0 | 1 | 0 |",
        "| **all** | 2 | 0 | 1 | 1 | 0 |",
    ]


def test_figures_are_written_between_their_marks_alone(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(
        "Avant.\n<!-- coverage: `noa knowledge coverage --write` -->\nvieux\n<!-- end of coverage -->\nAprès.\n"
    )

    assert write_coverage("neuf", document)
    assert not write_coverage("neuf", document)
    assert document.read_text().splitlines()[2] == "neuf"
    assert document.read_text().startswith("Avant.\n")
    assert document.read_text().endswith("Après.\n")

    document.write_text("Sans marques.")
    with pytest.raises(InvalidRequest, match="to write between"):
        write_coverage("neuf", document)
