"""docs/dependencies.md, held against pyproject.toml and against what the code imports."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache

import pytest

from tests.shared_model import REPOSITORY

PAGE = REPOSITORY / "docs" / "dependencies.md"
OURS = ("noa_rag", "review_ui", "evals", "tests")
SERVICE, BROUGHT_ALONG = "The service", "Brought along"
WEIGHTS = (".safetensors", ".npz", ".onnx")
ROW = re.compile(r"^\| (\S+) \| (?:`([\w.]+)`|—) \| (.+) \|$")


def sections() -> dict[str, list[tuple[str, str, str]]]:
    """Return the rows under each heading: first cell, module (empty where it is not imported), reason or origin."""
    by_section: dict[str, list[tuple[str, str, str]]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = by_section[re.sub(r"^Extra `(\w+)`$", r"\1", line.removeprefix("## "))] = []
        elif (row := ROW.match(line)) and row[1] != "dependency":
            rows.append((row[1], row[2] or "", row[3]))
    return by_section


def project() -> dict[str, list[str]]:
    """Return the names of the dependencies that pyproject.toml has, by extra."""
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    by_extra = {SERVICE: declared["dependencies"], **declared["optional-dependencies"]}
    return {extra: [re.split(r"[^\w.-]", name)[0] for name in names] for extra, names in by_extra.items()}


@cache
def imported(package: str) -> frozenset[str]:
    """Return the full names of the modules from elsewhere that a package's files import, at once or when needed."""
    files = (REPOSITORY / package).rglob("*.py")
    own = (path for path in files if not path.with_name("requirements.txt").is_file())  # those run elsewhere
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in own)
    names = {name for tree in trees for node in ast.walk(tree) for name in _names(node)}
    return frozenset(name for name in names if name.partition(".")[0] not in {*OURS, *sys.stdlib_module_names})


def _names(node: ast.AST) -> Iterable[str]:
    match node:
        case ast.Import(names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=str(module), level=0):
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))
        case ast.Call(func=ast.Attribute(attr="importorskip"), args=[ast.Constant(value=str(name)), *_]):
            yield name


def is_imported(module: str, packages: Iterable[str]) -> bool:
    return any(f"{name}.".startswith(f"{module}.") for package in packages for name in imported(package))


def test_the_page_names_the_dependencies_of_pyproject_and_no_other() -> None:
    named = {
        extra: [name for name, *_ in rows] for extra, rows in sections().items() if rows and extra != BROUGHT_ALONG
    }

    assert named == {extra: sorted(names) for extra, names in project().items()}


def test_what_the_service_asks_for_is_imported_by_it() -> None:
    unused = [name for name, module, _ in sections()[SERVICE] if module and not is_imported(module, OURS[:2])]

    assert unused == []


def test_every_module_of_the_page_is_imported_somewhere() -> None:
    modules = [module for rows in sections().values() for _, module, _ in rows if module]

    unused = [module for module in modules if not is_imported(module, OURS)]

    assert unused == [], "take it out of pyproject.toml and of docs/dependencies.md"


def pins_of(text: str) -> dict[str, str]:
    pins = re.finditer(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", pin[1]).lower(): pin[2] for pin in pins}


def test_every_pin_has_hashes() -> None:
    hashed = (REPOSITORY / "hashes.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", hashed.strip())

    assert pins_of(hashed) == pins_of((REPOSITORY / "constraints.txt").read_text(encoding="utf-8")), "run make lock"
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_every_file_of_weights_has_a_licence_on_the_page() -> None:
    weights = {path.name for path in (REPOSITORY / "noa_rag").rglob("*") if path.suffix in WEIGHTS}
    with_licences = PAGE.read_text(encoding="utf-8").partition("**Models and data**")[2]

    assert weights
    assert {name for name in weights if f"`{name}`" not in with_licences} == set()


@pytest.mark.parametrize("package", OURS)
def test_whatever_is_imported_is_on_the_page(package: str) -> None:
    rows = sections()
    modules = [module for extra in rows for _, module, _ in rows[extra] if module]

    unknown = {name for name in imported(package) if not any(f"{name}.".startswith(f"{module}.") for module in modules)}

    assert unknown == set()
