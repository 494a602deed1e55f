"""The figures of docs/knowledge.md are those of the bundled pack."""

from pathlib import Path

import pytest

from noa_rag.domain.errors import InvalidRequest
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.rules.report import coverage, write_coverage
from tests.shared_model import REPOSITORY


def test_the_documents_figures_are_those_of_the_bundled_pack(bundled_pack: Pack) -> None:
    assert coverage(bundled_pack) in (REPOSITORY / "docs" / "knowledge.md").read_text(encoding="utf-8"), "make coverage"


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
