"""The map of docs/architecture.md is that of the imports, and is drawn as it says."""

import pytest

from tests.docs.import_map import BEGIN, END, PAGE, import_map, joined, package_of, without_detours, written


def edges(**of: str) -> dict[str, frozenset[str]]:
    return {package: frozenset(others.split()) for package, others in of.items()}


def test_the_page_has_the_map_of_today() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert written(page, import_map()) == page, "packages import others than docs/architecture.md says: make map"


def test_a_module_lies_in_a_folder_beneath_its_root_or_in_the_root() -> None:
    assert package_of("noa_rag.answering.steps.understand") == "noa_rag.answering"
    assert package_of("noa_rag.settings") == "noa_rag.settings"
    assert package_of("evals.metrics.auroc") == "evals.metrics"
    assert package_of("evals.commands") == "evals"


def test_the_drawing_leaves_out_what_a_longer_way_implies() -> None:
    drawn = without_detours(edges(web="service domain", service="storage domain", storage="domain", domain=""))

    assert drawn == edges(web="service", service="storage", storage="domain", domain="")


def test_an_application_is_one_box_of_the_drawing() -> None:
    found = joined({"evals.report": frozenset({"evals.metrics", "noa_rag.domain"}), "evals.metrics": frozenset()})

    assert found == {"evals": frozenset({"noa_rag.domain"})}


def test_only_what_stands_between_the_marks_is_written() -> None:
    assert written(f"before\n{BEGIN}\nold\n{END}\nafter", "new") == f"before\n{BEGIN}\nnew\n{END}\nafter"
    with pytest.raises(ValueError, match="has no lines"):
        written("no marks", "new")
