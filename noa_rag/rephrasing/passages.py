"""The passages of an approved text that a rephrased sentence may cite: each is a stretch of its very characters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LIST = 600  # characters; a longer list is cited item by item

_ITEM = re.compile(r"[ \t]*(?:[-*•]|\d+[.)])[ \t]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[*_»\")\]]*\s+(?=[\"«(*_\[]*[A-ZÀ-ÖØ-Þ0-9])")
_ABBREVIATION = re.compile(r"(?:\b(?:art|n°|cf|ex|env|min|max|tél|etc|M|Mme|St|Ste)|\b[A-Z])\.$")
_HEADING = re.compile(r"#{1,6}[ \t]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an approved text, numbered from 1; `quote` is found in it character by character."""

    number: int
    quote: str


def passages_of(official_text: str) -> tuple[Passage, ...]:
    """Return the passages in their order: sentences, and lists together with the line that leads into them."""
    quotes = [quote for start, end in _stretches(official_text) if (quote := official_text[start:end].strip())]
    return tuple(Passage(number, quote) for number, quote in enumerate(quotes, start=1))


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    lead: tuple[int, int] | None = None  # a line that ends with a colon or a question mark waits for what it leads to
    for lines in _blocks(text):
        items = [line for line in lines if _ITEM.match(text[slice(*line)])]
        if not items:
            for start, end in _sentences(text, lines[0][0], lines[-1][1]):
                told = lead[0] if lead else start
                lead = (told, end) if text[start:end].rstrip(" *_").endswith((":", "?")) else None
                if not lead:
                    yield told, end
            continue
        first = lead[0] if lead else lines[0][0]
        if items[-1][1] - first <= LONGEST_LIST:
            yield first, items[-1][1]
        else:
            yield from items
        lead = None
    if lead:
        yield lead


def _blocks(text: str) -> Iterator[list[tuple[int, int]]]:
    """Yield runs of lines of one kind: prose, or the items of a list; headings are nobody's words."""
    run: list[tuple[int, int]] = []
    is_list = False
    for start, end in _lines(text):
        line = text[start:end]
        starts_item = bool(_ITEM.match(line))
        is_break = not line.strip() or bool(_HEADING.match(line))
        if run and (is_break or starts_item != is_list):
            goes_on = is_list and not is_break and line[:1] in " \t"  # the second line of an item
            if goes_on:
                run[-1] = (run[-1][0], end)
                continue
            yield run
            run = []
        if not is_break:
            run.append((start, end))
            is_list = starts_item
    if run:
        yield run


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line.rstrip("\r\n"))
        start += len(line)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found, begin = [], start
    for stop in _SENTENCE_END.finditer(text, start, end):
        if not _ABBREVIATION.search(text[begin : stop.start()]):
            found.append((begin, stop.start() + len(stop[0].rstrip())))
            begin = stop.end()
    return [*found, (begin, end)]
