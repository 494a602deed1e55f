"""docs/glossary.md: each name stands in the code, each French word on a page, and no word has two rows."""

import re
from functools import cache

from tests.docs.names import defined_names
from tests.shared_model import REPOSITORY

PAGE = REPOSITORY / "docs" / "glossary.md"
FRENCH_SOURCES = ("noa_rag/web", "noa_rag/answering", "review_ui")


def rows() -> list[tuple[str, list[str], str]]:
    """Return of each row: the word, the names in the code, the French word."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(word, re.findall(r"`([^`]+)`", names), french) for word, _, names, french in cells if word != "word"]


@cache
def pages() -> str:
    """Return all that may be shown in French: sources of pages, their words and translations."""
    paths = (path for folder in FRENCH_SOURCES for path in (REPOSITORY / folder).rglob("*"))
    texts = (path.read_text(encoding="utf-8") for path in paths if path.suffix in (".py", ".html", ".po", ".toml"))
    return "\n".join(texts).casefold()


def test_every_name_of_the_glossary_stands_in_the_code() -> None:
    known = defined_names()

    unknown = [name for _, names, _ in rows() for name in names if name not in known]

    assert unknown == []


def test_every_french_word_of_the_glossary_stands_on_a_page() -> None:
    unknown = [french for *_, french in rows() if french.casefold() not in pages()]

    assert unknown == []


def test_no_word_has_two_rows() -> None:
    words = [word for word, *_ in rows()]

    assert len(words) > 60
    assert sorted(words) == sorted(set(words))
