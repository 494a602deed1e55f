"""Cutting an official text into stretches that may be quoted: whole paragraphs, lists and boxed remarks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from noa_rag.domain.entry import EntryContent

QUOTE_LIMIT = 900  # characters; what the embedding model reads whole, and a referent at a glance
QUOTE_WANTED = 450  # shorter paragraphs are quoted together: one sentence alone seldom says whom it concerns
SHORTEST_QUOTE = 60  # of letters; below it stands a label, not a statement
# Parts of a fiche that lead elsewhere instead of answering.
_POINTERS = re.compile(r"(?:>\s*)?\*\*(?:Où s'adresser|Texte de référence|Service en ligne|Formulaire|Modèle)[^*]*\*\*")
_POINTING_HEADINGS = frozenset(
    {
        "démarches et informations en ligne",
        "services en ligne et formulaires",
        "où s'adresser ?",
        "pour en savoir plus",
        "définitions",
    }
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*?(?=\S|[ \t]+\S)")
_HEADING = re.compile(r"#{1,6} +(.+)")
# Where a long stretch may be cut: before a list item, at a paragraph, after a sentence.
_CUT = re.compile(r"\n(?=- |\d+\. )|\n\s*\n|(?<=[.!?;])[ \n](?=\S)")


@dataclass(frozen=True, slots=True)
class Quotable:
    """A stretch of an official text, as it stands there; `is_partial` when its list goes on."""

    heading: str
    text: str
    is_partial: bool = False


def quotables(content: EntryContent) -> Iterator[Quotable]:
    """Yield what may be quoted of a text, in reading order, each at most QUOTE_LIMIT characters."""
    yield from _cut("", content.answer)
    for section in content.sections:
        if section.heading.casefold() not in _POINTING_HEADINGS:
            heading = "" if section.heading == content.question else section.heading
            yield from _cut(heading, section.text)


def _cut(heading: str, text: str) -> Iterator[Quotable]:
    under, start, end = heading, -1, -1
    for first, last in _blocks(text):
        block = text[first:last]
        title = _HEADING.fullmatch(block)
        if title or _POINTERS.match(block):
            yield from _stretch(under, text, start, end)
            start = -1
            if title:
                under = " — ".join(part for part in (heading, title.group(1).strip()) if part)
        elif start >= 0 and (_is_continued(text, start, end) or last - start <= QUOTE_WANTED):
            end = last
        else:
            yield from _stretch(under, text, start, end)
            start, end = first, last
    yield from _stretch(under, text, start, end)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each block starts and ends; what is indented under a list item belongs to the list."""
    bounds = [0, *(found.end() for found in _BLANK_LINE.finditer(text)), len(text)]
    start = 0
    for at, after in zip(bounds[1:], [*bounds[2:], len(text)], strict=True):
        if text[at:after].startswith((" ", "\t")):
            continue
        last = at - (len(text[start:at]) - len(text[start:at].rstrip()))
        if last > start:
            yield start, last
        start = at


def _is_continued(text: str, start: int, end: int) -> bool:
    """Whether the stretch announces what follows."""
    return text[start:end].rstrip(" *").endswith(":")


def _stretch(heading: str, text: str, start: int, end: int) -> Iterator[Quotable]:
    if start < 0:
        return
    whole = text[start:end]
    pieces = [whole] if len(whole) <= QUOTE_LIMIT else [] if _is_table(whole) else list(_pieces(whole))
    for piece in pieces:
        if sum(char.isalpha() for char in piece) >= SHORTEST_QUOTE and not _is_continued(piece, 0, len(piece)):
            yield Quotable(heading, piece, is_partial=len(pieces) > 1)


def _is_table(block: str) -> bool:
    """A table cut in two says nothing: its head is gone."""
    return "\n|" in block or block.startswith("|")


def _pieces(whole: str) -> Iterator[str]:
    cuts = [(found.start(), found.end()) for found in _CUT.finditer(whole)] + [(len(whole), len(whole))]
    start, last = 0, None
    for cut in cuts:
        if cut[0] - start > QUOTE_LIMIT and last is not None:
            yield whole[start : last[0]]
            start, last = last[1], None
        if cut[0] - start <= QUOTE_LIMIT:
            last = cut
        else:
            start, last = cut[1], None  # a sentence that long is not quoted
    if last is not None and last[0] > start:
        yield whole[start : last[0]]
