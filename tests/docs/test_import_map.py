"""docs/architecture.md has the packages, layers and types of today."""

import re
import tomllib

import pytest

from tests.docs.import_map import BEGIN, END, LIBRARY, PAGE, package_table, written
from tests.docs.names import defined_names
from tests.shared_model import REPOSITORY


def test_the_page_has_the_packages_of_today() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert written(page, package_table()) == page, "a package has come, gone or changed its first line: make map"


def test_the_page_names_the_layers_that_imports_are_held_to() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    inside = next(
        contract for contract in project["tool"]["importlinter"]["contracts"] if contract.get("containers") == [LIBRARY]
    )
    block = PAGE.read_text(encoding="utf-8").split("```\n")[1]

    assert " ".join(block.split()) == " → ".join(["review_ui", "evals", *inside["layers"]])


def test_every_type_of_the_picture_stands_in_the_code() -> None:
    picture = PAGE.read_text(encoding="utf-8").split("```mermaid\n")[1].split("```")[0]
    types = set(re.findall(r"[A-Z]\w+", picture)) - {"API", "LR"}

    assert len(types) > 5
    assert types - defined_names() == set()


def test_only_what_stands_between_the_marks_is_written() -> None:
    assert written(f"before\n{BEGIN}\nold\n{END}\nafter", "new") == f"before\n{BEGIN}\nnew\n{END}\nafter"
    with pytest.raises(ValueError, match="has no lines"):
        written("no marks", "new")
