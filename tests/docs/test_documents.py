"""Documents name what there is: pages and headings, files, commands with options, targets, settings, suites, code."""

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from evals.suites.suite_list import EVERY_SUITE
from noa_rag.cli import cli
from noa_rag.environment import REMOVED, variable_of
from noa_rag.settings import Settings
from tests.docs.names import defined_names
from tests.shared_model import REPOSITORY

HISTORY = "CHANGELOG.md"  # it names what is gone
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/*.md", "review_ui/*.md", "knowledge/**/*.md")
    for path in REPOSITORY.glob(pattern)
)
OF_TODAY = [path for path in DOCUMENTS if path.name != HISTORY]
# How long tests and measurements go on, and on which engine; no settings of the service.
OF_TESTS = {
    "NOA_STATE_SEQUENCES",
    "NOA_RACES",
    "NOA_HOSTILE",
    "NOA_TEST_DATABASE",
}
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
TOP_FOLDERS = ("noa_rag", "review_ui", "evals", "tests", "docs", "knowledge", "deploy")


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def code_of(path: Path) -> list[str]:
    """Return what a document sets in code: its spans, and each line of its blocks."""
    text = path.read_text(encoding="utf-8")
    lines = [line.strip() for block in FENCE.findall(text) for line in block.splitlines()[1:-1]]
    return [*spans_of(text), *lines]


def spans_of(text: str) -> list[str]:
    """Return what a text sets in code outside of its blocks."""
    return re.findall(r"`([^`]+)`", " ".join(FENCE.sub("", text).split()))


def anchors_of(path: Path) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file_and_its_heading(document: Path) -> None:
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (document.parent / target).resolve() if target else document
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("document", OF_TODAY, ids=name_of)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    is_how_to = document.parent.name == "how-to"  # its blocks make the files that they name
    codes = spans_of(document.read_text(encoding="utf-8")) if is_how_to else code_of(document)
    words = {word.rstrip("/,.") for code in codes for word in code.split()}
    named = {word for word in words if re.fullmatch(rf"({'|'.join(TOP_FOLDERS)})/[\w./-]+", word)}

    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("document", OF_TODAY, ids=name_of)
def test_every_target_of_make_is_in_the_makefile(document: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    named = {target for code in code_of(document) for target in re.findall(r"(?:^|&& )make ([a-z-]+)", code)}

    assert named - {*targets} == set()


@pytest.mark.parametrize("document", OF_TODAY, ids=name_of)
def test_every_command_and_option_is_known(document: Path) -> None:
    unknown = [
        code
        for code in code_of(document)
        if (words := re.match(r"(?:\.venv/bin/|\$BIN/|NOA_\w+=\S+ )?noa ((?:[^#|>&`]|\|(?= ))*)", code))
        if wrong_in(words[1])
    ]

    assert unknown == []


def wrong_in(words: str) -> str:
    """Return the first word of a call that no command takes: a subcommand or an option; empty where all are known."""
    command: click.Command = cli
    context = click.Context(cli)
    for word in re.findall(r"\"[^\"]*\"|[^\s\[\]]+", words):
        if isinstance(command, click.Group) and word.islower() and not word.startswith("-"):
            subcommand = command.get_command(context, word.rstrip(",.:;)"))
            if subcommand is None:
                return word
            command = subcommand
        elif word.startswith("--"):
            option = word.partition("=")[0].rstrip(",.:;)`")
            known = {opt for parameter in command.params for opt in (*parameter.opts, *parameter.secondary_opts)}
            if option not in {*known, "--help", "--version"}:
                return word
    return ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_setting_that_a_document_names_exists(document: Path) -> None:
    known = {variable_of(setting.name) for setting in fields(Settings)} | OF_TESTS
    if document not in OF_TODAY:
        known |= REMOVED.keys()

    named = set(re.findall(r"\bNOA_[A-Z_]*[A-Z]\b", document.read_text(encoding="utf-8")))

    assert named - known == set()


def test_the_page_on_evaluations_lists_every_suite() -> None:
    page = (REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8")
    section = page.split("## Suites\n")[1].split("\n## ")[0]

    listed = re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]+ \|$", section.split("Files of another shape")[0], re.MULTILINE)

    assert sorted(listed) == sorted(EVERY_SUITE)


def test_every_name_of_code_in_the_architecture_stands_in_the_code() -> None:
    spans = spans_of((REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8"))
    words = {span for span in spans if re.fullmatch(r"[A-Za-z_][\w.]*", span) and re.search(r"[A-Z_]", span)}
    names = {word for word in words if not word.startswith(TOP_FOLDERS)}

    assert names - defined_names() - {"Protocol"} == set()


def test_decisions_are_numbered_one_after_the_other_as_their_files_are() -> None:
    pages = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))

    titles = [re.match(r"# (\d+)\. \S", page.read_text(encoding="utf-8")) for page in pages]

    assert [int(title[1]) for title in titles if title] == [int(page.name[:4]) for page in pages]
    assert [int(page.name[:4]) for page in pages] == [*range(1, len(pages) + 1)]


def test_the_readme_is_short_enough_to_be_read() -> None:
    lines = (REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 130
