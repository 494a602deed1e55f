"""The stretch of an entry's text that a search shows, with the words that were looked for marked."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from noa_rag.french.language import ENGLISH_WORDS
from noa_rag.french.words import STOP_WORDS, fold, stem
from noa_rag.retrieval.passages import plain_text

EXCERPT_LIMIT = 240  # characters: three lines of a wide page, eight of a phone's
MORE = "…"
SAY_NOTHING = STOP_WORDS | ENGLISH_WORDS  # "how" is looked for like any word, but marking it helps nobody
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_SPACE_BEFORE = re.compile(r"\s+(?=[.,)])")  # left by the marks of bold and links
_ENDED = tuple(".!?…:;,")
_LIST_MARK = re.compile(r"^(?:[-+•]|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `is_marked` where it is one of the words that were looked for."""

    text: str
    is_marked: bool = False


def marked(text: str, stems: Collection[str]) -> tuple[Piece, ...]:
    """Return a text in pieces that make it up again, with the words that have these stems marked."""
    pieces: list[Piece] = []
    end = 0
    for word in _WORD.finditer(text):
        if _is_one_of(word.group(), stems):
            pieces += [Piece(text[end : word.start()]), Piece(word.group(), is_marked=True)]
            end = word.end()
    return tuple(piece for piece in (*pieces, Piece(text[end:])) if piece.text)


def excerpt(texts: Iterable[str], stems: Collection[str]) -> str:
    """Return the stretch of these Markdown texts that holds most of the words; the earliest among equals."""
    stretches = [one for text in texts for one in _stretches(_sentences(text))]
    best = max(stretches, key=lambda one: _holds(one, stems), default=_Stretch("", ""))
    return _shortened(best.text, stems)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Sentences that fit side by side, and the first of them."""

    first: str
    text: str


def _holds(stretch: _Stretch, stems: Collection[str]) -> tuple[int, bool]:
    """Return how many of the words a stretch holds, and whether it begins with one of them."""
    return len(_held(stretch.text, stems)), bool(_held(stretch.first, stems))


def _sentences(markdown: str) -> list[str]:
    lines = (_LIST_MARK.sub("", _SPACE_BEFORE.sub("", line).strip()) for line in plain_text(markdown).splitlines())
    told = (" ".join(line.split()) for line in lines if any(char.isalnum() for char in line))
    return [sentence for line in told for sentence in _SENTENCE_END.split(line)]


def _stretches(sentences: Sequence[str]) -> Iterator[_Stretch]:
    """Yield, from each sentence on, as many as there is room for."""
    for start, first in enumerate(sentences):
        stretch, end = first, start + 1
        while end < len(sentences) and len(stretch) + 1 + len(sentences[end]) <= EXCERPT_LIMIT:
            joint = " " if stretch.endswith(_ENDED) else " · "  # a heading and a cell of a table have no full stop
            stretch, end = f"{stretch}{joint}{sentences[end]}", end + 1
        yield _Stretch(first, f"{MORE + ' ' if start else ''}{stretch}{' ' + MORE if end < len(sentences) else ''}")


def _shortened(text: str, stems: Collection[str]) -> str:
    """Return a text with what is too long cut off at words, so that the first word looked for stays."""
    if len(text) <= EXCERPT_LIMIT + 2 * len(MORE + " "):
        return text
    at = next((word.start() for word in _WORD.finditer(text) if _is_one_of(word.group(), stems)), 0)
    start = text.rfind(" ", 0, max(at - EXCERPT_LIMIT // 3, 0)) + 1
    end = text.rfind(" ", start, start + EXCERPT_LIMIT)
    end = end if end > at else start + EXCERPT_LIMIT
    cut = text[start:end].strip(f"{MORE} ")
    return f"{MORE + ' ' if start else ''}{cut} {MORE}"


def _held(text: str, stems: Collection[str]) -> set[str]:
    return {stem(fold(word)) for word in _WORD.findall(text) if _is_one_of(word, stems)}


def _is_one_of(word: str, stems: Collection[str]) -> bool:
    folded = fold(word)
    return folded not in SAY_NOTHING and stem(folded) in stems
