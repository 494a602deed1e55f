"""The map of docs/architecture.md, drawn from the imports between packages: `make map`."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import grimp

from tests.shared_model import REPOSITORY

PAGE = REPOSITORY / "docs" / "architecture.md"
BEGIN, END = "<!-- map: `make map` -->", "<!-- end of map -->"
ROOTS = ("review_ui", "evals", "noa_rag")
LIBRARY = "noa_rag"

Edges = Mapping[str, frozenset[str]]
"""For each package, the packages that it imports."""


def import_map() -> str:
    """Return a drawing of the library's packages in Mermaid, and a table of every package with what it imports."""
    edges = read_edges()
    drawn = without_detours(joined(edges))
    lines = [f"  {short(one)} --> {short(other)}" for one in sorted(drawn) for other in sorted(drawn[one])]
    rows = [f"| `{one}` | {about(one)} | {named(one, edges[one])} |" for one in sorted(edges, key=_by_root)]
    return "\n".join(
        ["```mermaid", "flowchart TD", *lines, "```", "", "| package | holds | imports |", "|---|---|---|", *rows]
    )


def read_edges() -> Edges:
    """Return what each package imports of ours."""
    graph = grimp.build_graph(*ROOTS, cache_dir=None)
    found: dict[str, set[str]] = defaultdict(set)
    for module in graph.modules - {LIBRARY, f"{LIBRARY}.__main__"}:
        package = package_of(module)
        others = {package_of(one) for one in graph.find_modules_directly_imported_by(module)}
        found[package] |= others - {package}
    return {package: frozenset(others) for package, others in found.items()}


def package_of(module: str) -> str:
    """Return the folder directly beneath a root that a module lies in.

    What lies in the root itself is a layer of its own in the library (`noa_rag.settings`), and the root elsewhere.
    """
    root, *rest = module.split(".")
    return f"{root}.{rest[0]}" if rest and (root == LIBRARY or (REPOSITORY / root / rest[0]).is_dir()) else root


def joined(edges: Edges) -> Edges:
    """Return the library's packages as they are, and each application, with all its packages, as one."""
    found: dict[str, set[str]] = defaultdict(set)
    for package, others in edges.items():
        one = _in_drawing(package)
        found[one] |= {_in_drawing(other) for other in others} - {one}
    return {package: frozenset(others) for package, others in found.items()}


def without_detours(edges: Edges) -> Edges:
    """Return the edges that no longer way replaces: a drawing shows that one may be reached, not every import."""
    return {
        package: frozenset(
            other for other in others if not any(other in reachable(edges, via) for via in others - {other})
        )
        for package, others in edges.items()
    }


def reachable(edges: Edges, start: str) -> set[str]:
    """Return every package that one leads to."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for other in edges.get(waiting.pop(), frozenset()) - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def named(package: str, others: Iterable[str]) -> str:
    """Return packages in one line, those of the same root by their last name."""
    root = package.partition(".")[0]
    return ", ".join(one.removeprefix(f"{root}.") for one in sorted(others, key=_by_root)) or "nothing of ours"


def about(package: str) -> str:
    """Return the first line of a package's docstring."""
    path = REPOSITORY / Path(*package.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].rstrip(".")


def written(page: str, text: str) -> str:
    """Return a page with another text between its marks. Raises ValueError where it has none."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no lines `{BEGIN}` and `{END}` to write between.")
    return f"{head}{BEGIN}\n{text}\n{END}{tail}"


def short(package: str) -> str:
    return package.removeprefix(f"{LIBRARY}.")


def _in_drawing(package: str) -> str:
    root = package.partition(".")[0]
    return package if root == LIBRARY else root


def _by_root(package: str) -> tuple[int, str]:
    return ROOTS.index(package.partition(".")[0]), package


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), import_map()), encoding="utf-8")
