"""The sentences of an approved text, for people who mark them one by one.

Rules of our own: on French official texts pysbd 0.3.4 broke after "env.", "janv." and "av.", sentencex 1.0.32 inside
"M. Dupont" and "S.A.S.". In doubt two sentences stay together.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_TITLES = ("mm", "mme", "mmes", "mlle", "me", "dr", "pr", "st", "ste", "mr", "mrs", "ms")
_NEVER_LAST = frozenset((*_TITLES, "art", "cf", "av", "bd", "n", "no", "nos", "réf", "ex"))
_MONTHS = ("janv", "févr", "avr", "juil", "sept", "oct", "nov", "déc", "jan", "feb", "mar", "apr", "aug", "sep", "dec")
_BEFORE_NUMBERS = frozenset((*_MONTHS, "env", "p", "pp", "al", "vol", "chap", "tél", "fig", "sect", "h"))
_END = re.compile(r"(?P<sign>[.!?…]+)(?P<closing>(?:\s?[»”\")\]])*)\s+(?=(?:[«“\"(\[]\s?)?(?P<next>[A-ZÀ-ÖØ-Þ0-9]))")
_ELISION = re.compile(r"^[^\w]*(?:[ldnsjmtc]|qu)['’]", re.IGNORECASE)

_reader = MarkdownIt("commonmark", {"html": False}).enable("table")


def sentences(text: str) -> list[str]:
    """Return the sentences of a Markdown text in reading order, without its signs; a list's items stand apart."""
    return [sentence for block in _blocks(_reader.parse(text)) for sentence in split(block)]


def split(block: str) -> list[str]:
    """Return the sentences of plain text that has no line of its own inside."""
    found, start = [], 0
    for end in _END.finditer(block):
        if _is_end(block, end):
            found.append(block[start : end.end("closing")].strip())
            start = end.end()
    return [one for one in (*found, block[start:].strip()) if any(char.isalnum() for char in one)]


def _is_end(block: str, end: re.Match[str]) -> bool:
    if end["sign"] != "." or end["closing"]:
        return True
    before = block[: end.start()].split()
    word = re.sub(_ELISION, "", before[-1]).strip('«“"([').casefold()
    is_initial = len(word) == 1 and word.isalpha()  # J. Dupont, art. L. 123-1
    is_number_of_heading = len(before) == 1 and word.isdigit()
    if is_initial or is_number_of_heading or word in _NEVER_LAST:
        return False
    return not (end["next"].isdigit() and word in _BEFORE_NUMBERS)


def _blocks(tokens: list[Token]) -> Iterator[str]:
    """Yield the plain text of each paragraph, heading, list item and row of a table."""
    row: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield " ; ".join(cell for cell in row if cell)
            row = None
        elif token.type in ("inline", "code_block", "fence"):
            plain = _plain(token)
            if row is None:
                yield plain
            else:
                row.append(plain)


def _plain(token: Token) -> str:
    parts = [token.content] if token.children is None else [_piece(one) for one in token.children]
    return " ".join("".join(parts).split())


def _piece(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline") else ""
