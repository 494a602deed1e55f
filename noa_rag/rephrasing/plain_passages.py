"""A passage as a model reads it: no marks, no hidden characters, and tokens where links stand."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noa_rag.rephrasing.passages import Passage

_LINK = re.compile(r"\[([^\]\n]*)\]\(\s*<?[^)\s>]+>?[^)]*\)|https?://[^\s)>\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>\n]*>")
_MARKS = re.compile(r"\*\*|__|`")
_ITEM = re.compile(r"[;.,]?[ \t]*\n+[ \t]*(?:[-*•]|\d+[.)])[ \t]+")
_TOKEN = re.compile(r"\bLIEN_?(\d+)\b")
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})


@dataclass(frozen=True, slots=True)
class ReadablePassages:
    """The plain texts of passages in their order, with what each link token stands for."""

    texts: tuple[str, ...]
    links: Mapping[str, str]


def readable(passages: Sequence[Passage]) -> ReadablePassages:
    """Return the passages as plain lines, their links replaced by `LIEN1`, `LIEN2`…: a model never sees an address."""
    links: dict[str, str] = {}

    def token(found: re.Match[str]) -> str:
        known = next((name for name, link in links.items() if link == found[0]), None)
        name = known or f"LIEN{len(links) + 1}"
        links[name] = found[0]
        return name

    texts = tuple(_plain(_LINK.sub(token, visible(passage.quote))) for passage in passages)
    return ReadablePassages(texts, links)


def with_links(text: str, links: Mapping[str, str]) -> str:
    """Return a sentence with its link tokens turned back into the approved links; unknown tokens stay as they are."""
    return _TOKEN.sub(lambda found: links.get(f"LIEN{found[1]}", found[0]), text)


def visible(text: str) -> str:
    """Return the text without what a reader of the page would not see: hidden characters, comments, tags."""
    shown = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in _HIDDEN)
    return _TAG.sub(" ", _COMMENT.sub(" ", shown))


def _plain(text: str) -> str:
    flat = _ITEM.sub(" ; ", _MARKS.sub("", text))
    flat = re.sub(r":\s*;", " :", flat)
    return re.sub(r"^(?:[-*•]|\d+[.)])\s+|\s*;\s*$", "", re.sub(r"\s+", " ", flat).replace("  ", " ").strip()).strip()
