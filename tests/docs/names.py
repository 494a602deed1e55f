"""The names that the code defines, for documents that speak of them."""

import ast
from collections.abc import Iterable
from functools import cache

from tests.shared_model import REPOSITORY

PACKAGES = ("noa_rag", "review_ui", "evals", "tests")


@cache
def defined_names() -> frozenset[str]:
    """Return modules, classes, functions, constants and fields by name, and `Class.member` too."""
    paths = [path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")]
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in paths)
    return frozenset({path.stem for path in paths}.union(*(_names(tree.body) for tree in trees)))


def _names(body: Iterable[ast.stmt]) -> Iterable[str]:
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield name
                yield from (form for member in _names(node.body) for form in (member, f"{name}.{member}"))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
