"""The how-to pages, followed in a copy of the repository: files are written, changes made, samples and commands run.

A `python` or `yaml` block that begins with a path in a comment is that file; a `python` block without one is run. A
`diff` block names its file in its first line, and what it changes must stand there exactly once. A line of an `sh`
block that ends with `# slow` is left to the slow test.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from ruamel.yaml import YAML

from noa_rag.settings import Settings
from tests.shared_model import REPOSITORY

PAGES = sorted(path for path in (REPOSITORY / "docs" / "how-to").glob("*.md") if path.name != "README.md")
COPIED = ("noa_rag", "review_ui", "evals", "knowledge", "tests", "pyproject.toml")
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
NAMED_FILE = re.compile(r"# ([\w/.-]+\.\w+)\n")
SLOW = re.compile(r"^.*# slow$\n?", re.MULTILINE)
LANGUAGES = {"python", "yaml", "toml", "diff", "sh"}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page; `path` is the file that it writes or changes, None where it is run or only read."""

    language: str
    text: str
    path: str | None


def blocks_of(page: Path) -> Iterator[Block]:
    for _, language, indented in BLOCK.findall(page.read_text(encoding="utf-8")):
        text = dedent(indented)
        if language == "diff":
            first, _, text = text.partition("\n")
            yield Block(language, text, first.removeprefix("--- "))
        else:
            named = NAMED_FILE.match(text) if language in ("python", "yaml") else None
            yield Block(language, text, named[1] if named else None)


def has_commands(page: Path, *, slow: bool) -> bool:
    """Whether a page has commands that are marked as slow, or that are not."""
    shell = "".join(block.text for block in blocks_of(page) if block.language == "sh")
    return bool(SLOW.search(shell) if slow else SLOW.sub("", shell).strip())


def changed(text: str, diff: str) -> str:
    """Return a file's text with a change made. Raises AssertionError where the lines to change are not there once."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    assert text.count(old) == 1, f"stands there {text.count(old)} times:\n{old}"
    return text.replace(old, "".join(line[1:] for line in lines if line[0] in " +"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_samples_can_be_read_and_changes_fit_the_code(page: Path) -> None:
    files: dict[str, str] = {}
    blocks = list(blocks_of(page))

    for block in blocks:
        match block.language:
            case "python":
                ast.parse(block.text)
            case "yaml":
                YAML(typ="safe").load(block.text)
            case "toml":
                tomllib.loads(block.text)
            case "diff":
                path = str(block.path)
                files[path] = changed(files.get(path) or (REPOSITORY / path).read_text(encoding="utf-8"), block.text)
    assert {block.language for block in blocks} <= LANGUAGES
    assert any(block.language == "sh" for block in blocks)


@pytest.mark.parametrize("page", [page for page in PAGES if has_commands(page, slow=False)], ids=lambda page: page.stem)
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    follow(page, tmp_path, {"NOA_DATA_DIR": str(tmp_path / "data")}, with_slow=False)


@pytest.mark.model
@pytest.mark.sqlite
@pytest.mark.parametrize("page", [page for page in PAGES if has_commands(page, slow=True)], ids=lambda page: page.stem)
def test_a_page_can_be_followed_whole_over_a_small_base(page: Path, tmp_path: Path, model_settings: Settings) -> None:
    environment = {"NOA_DATA_DIR": str(model_settings.data_dir), "NOA_KNOWLEDGE": str(model_settings.knowledge)}

    follow(page, tmp_path, environment, with_slow=True)


def follow(page: Path, folder: Path, environment: dict[str, str], *, with_slow: bool) -> None:
    copy = folder / "copy"
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "results"))
        else:
            shutil.copy2(source, copy)
    (copy / "build").mkdir()
    programs = Path(sys.executable).parent
    everywhere = {name: value for name, value in os.environ.items() if not name.startswith(("NOA_", "PYTEST_"))}
    environment = {
        **everywhere,
        **environment,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(copy),
        "OMP_NUM_THREADS": "1",
        "PYTEST_ADDOPTS": "-p no:randomly -p no:cacheprovider",
    }
    shell = []
    for block in blocks_of(page):
        if block.language == "sh":
            # One shell for the whole page, as its reader has: what is exported stays.
            shell.append(block.text if with_slow else SLOW.sub("", block.text))
        elif block.language == "diff":
            path = copy / str(block.path)
            path.write_text(changed(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
        elif block.path:
            path = copy / block.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            shell.append(f"python - <<'END_OF_SAMPLE'\n{block.text}END_OF_SAMPLE\n")

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(shell)],
        cwd=copy, env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, f"{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
