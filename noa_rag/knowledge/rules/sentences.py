"""Sentences of a Markdown text as a reader meets them, each with its line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`|]+|^\s*#+\s*|^\s*>\s*")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_ABBREVIATIONS = r"(?<!\bart\.)(?<!\bM\.)(?<!\bex\.)(?<!\bcf\.)(?<!\bL\.)(?<!\bR\.)(?<!\bD\.)(?<!\bp\.)"
_END = re.compile(rf"(?<=[.!?…]){_ABBREVIATIONS}[»\")\]]*\s+(?=[«\"(\[]*[A-ZÀ-ÖØ-Þ0-9])")
_WORD = re.compile(r"\w+(?:[.,’'-]\w+)*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without marks; `line` counts from 0 within its text; `is_item` when it opens a list item."""

    text: str
    line: int
    is_item: bool = False

    @property
    def word_count(self) -> int:
        return len(_WORD.findall(self.text))


def sentences(markdown: str) -> Iterator[Sentence]:
    """Yield the sentences of a text; list items, headings and table rows are sentences of their own."""
    for number, line in enumerate(markdown.splitlines()):
        is_item = bool(_ITEM.match(line))
        plain = _MARKS.sub("", _LINK.sub(r"\1", _ITEM.sub("", line))).strip()
        for place, text in enumerate(_END.split(plain)):
            if text.strip():
                yield Sentence(text.strip(), number, is_item and place == 0)
