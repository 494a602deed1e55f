"""What the checker reads beside a sentence: the whole paragraphs of its quote, under the entry's question."""

import re

from noa_rag.rephrasing.passages import passages_of, readable

LONGEST_PREMISE = 1_200  # characters; few paragraphs are longer
_BLOCK_END = re.compile(r"\n[ \t]*\n+")


def paragraphs_of(official_text: str) -> tuple[str, ...]:
    """Return the blocks of a text between empty lines, each as it stands."""
    return tuple(part for piece in _BLOCK_END.split(official_text) if (part := piece.strip()))


def paragraphs_around(quote: str, official_text: str) -> str:
    """Return the whole paragraphs that a quote stands in; the quote itself where the text does not have it."""
    start = official_text.find(quote)
    if start < 0 or not quote:
        return quote
    end = start + len(quote)
    before = [found.end() for found in _BLOCK_END.finditer(official_text, 0, start + 1) if found.end() <= start]
    after = _BLOCK_END.search(official_text, end)
    return official_text[before[-1] if before else 0 : after.start() if after else len(official_text)].strip()


def premise(paragraphs: str, *, title: str) -> str:
    """Return paragraphs as the checker reads them: no Markdown, the entry's question first ("il le faut si…")."""
    lines = readable(passages_of(paragraphs)).texts
    return "\n".join((title, *lines))[:LONGEST_PREMISE]
