"""The names that the code defines, for documents that speak of them."""

import ast
from collections.abc import Iterable
from functools import cache

from tests.shared_model import REPOSITORY

PACKAGES = ("noa_rag", "review_ui", "evals", "tests")


@cache
def defined_names() -> frozenset[str]:
    """Return classes, functions, constants and fields by name, and `Class.member` too."""
    trees = (
        ast.parse(path.read_text(encoding="utf-8")) for one in PACKAGES for path in (REPOSITORY / one).rglob("*.py")
    )
    return frozenset(name for tree in trees for name in _names(tree.body))


def _names(body: Iterable[ast.stmt]) -> Iterable[str]:
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield name
                yield from (one for member in _names(node.body) for one in (member, f"{name}.{member}"))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
