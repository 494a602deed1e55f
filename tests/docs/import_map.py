"""The table of packages in docs/architecture.md, from the packages' docstrings: `make map`."""

import ast

from tests.shared_model import REPOSITORY

PAGE = REPOSITORY / "docs" / "architecture.md"
BEGIN, END = "<!-- map: `make map` -->", "<!-- end of map -->"
LIBRARY = "noa_rag"  # whose modules of the root are layers of their own
ROOTS = ("review_ui", "evals", LIBRARY)


def package_table() -> str:
    """Return a table of every root and every package or module directly beneath it, with its docstring's first line."""
    rows = [f"| `{name}` | {_about(name)} |" for root in ROOTS for name in [root, *_packages_of(root)]]
    return "\n".join(["| package | holds |", "|---|---|", *rows])


def written(page: str, text: str) -> str:
    """Return a page with another text between its marks. Raises ValueError where it has none."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no lines `{BEGIN}` and `{END}` to write between.")
    return f"{head}{BEGIN}\n{text}\n{END}{tail}"


def _packages_of(root: str) -> list[str]:
    packages = [path.parent.name for path in (REPOSITORY / root).glob("*/__init__.py")]
    layers = [path.stem for path in (REPOSITORY / root).glob("[!_]*.py")] if root == LIBRARY else []
    return sorted(f"{root}.{name}" for name in [*packages, *layers])


def _about(package: str) -> str:
    path = REPOSITORY.joinpath(*package.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].rstrip(".")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), package_table()), encoding="utf-8")
