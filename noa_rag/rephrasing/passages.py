"""The passages of an approved text that may be cited: cut from its characters, and how near each is to a question.

Nothing is left out and nothing is moved. Of 60 selections that showed about half of a text, 16 misled; of 60 that left
out only blocks without a limit, a case or an exception, 11 did (decision 4): what decides can stand anywhere.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from noa_rag.cache import Cache
from noa_rag.domain.rephrasing import CheckedSentence
from noa_rag.french.words import fold, stems
from noa_rag.retrieval.embedding import Embedder

LONGEST_LIST = 600  # characters; a longer list is cited item by item
_ITEM = re.compile(r"[ \t]*(?:[-*•]|\d+[.)])[ \t]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[*_»\")\]]*\s+(?=[\"«(*_\[]*[A-ZÀ-ÖØ-Þ0-9])")
_ABBREVIATION = re.compile(r"(?:\b(?:art|n°|cf|ex|env|min|max|tél|etc|M|Mme|St|Ste)|\b[A-Z])\.$")
_HEADING = re.compile(r"#{1,6}[ \t]")
_LINK = re.compile(r"\[([^\]\n]*)\]\(\s*<?[^)\s>]+>?[^)]*\)|https?://[^\s)>\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>\n]*>")
_MARKS = re.compile(r"\*\*|__|`")
_ITEM_MARK = re.compile(r"[;.,]?[ \t]*\n+[ \t]*(?:[-*•]|\d+[.)])[ \t]+")
_TOKEN = re.compile(r"\bLIEN_?(\d+)\b")
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
LARGEST_SHARE = 0.6  # of the text: where most of it stands out, nothing does
_NEW_BLOCK = re.compile(r"\n[ \t]*\n+(?![ \t]|[-*•][ \t]|\d+[.)][ \t])")  # a list belongs to what it follows

# The passages that a language model is shown. Of 130 questions put with the entry that answers, the passage with the
# fact asked for is among the three nearest for 108 by vectors alone, 116 with the words, 119 with both; weights from
# 0.3 to 1.0 and 0.5 to 1.5 give 115 to 119.
WORDS_WEIGHT = 0.6
FIGURE_WEIGHT = 1.0
VECTORS_KEPT = 4_000  # 6 MB: the sentences of some 400 entries
_ASKS_TIME = re.compile(
    r"combien de temps|delai|\bquand\b|duree|\bjours?\b|\bdates?\b|jusqu|longtemps|avant de|\bkan\b"
    r"|how long|when|deadline"
)
_ASKS_NUMBER = re.compile(
    r"combien|cout|prix|montant|tarif|taux|pourcent|seuil|plafond|maximum|minimum|\bcb\b|€|euros?\b"
    r"|how m(?:uch|any)|cost"
)
_HAS_TIME = re.compile(
    r"\d+ ?(?:er |e )?(?:jours?|mois|ans?|heures?|semaines?|janv|fevr|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec)"
    r"|\b20\d\d\b|\bavant\b|\bapres\b"
)
_HAS_NUMBER = re.compile(r"\d")


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
    flat = _ITEM_MARK.sub(" ; ", _MARKS.sub("", text))
    flat = re.sub(r":\s*;", " :", flat)
    return re.sub(r"^(?:[-*•]|\d+[.)])\s+|\s*;\s*$", "", re.sub(r"\s+", " ", flat).replace("  ", " ").strip()).strip()


def pointed_out(passages: Iterable[Passage], official_text: str) -> tuple[CheckedSentence, ...]:
    """Return the whole text in stretches, marking those that stand out; nothing where too much would.

    The blocks that hold the passages stand out: paragraphs, each with its list.
    """
    blocks = list(_blocks_of(official_text))
    starts = [official_text.find(passage.quote) for passage in passages]
    holds = [any(begin <= start < end for start in starts) for begin, end in blocks]
    stretches = [
        CheckedSentence(text, text, stands_out=stands_out)
        for stands_out, run in groupby(zip(holds, blocks, strict=True), key=lambda one: one[0])
        for text in ["".join(official_text[begin:end] for _, (begin, end) in run)]
    ]
    share = sum(len(one.text) for one in stretches if one.stands_out) / max(len(official_text), 1)
    return tuple(stretches) if 0 < share <= LARGEST_SHARE else ()


def is_whole(sentences: Iterable[CheckedSentence], official_text: str) -> bool:
    """Tell whether these are the approved text to the last byte, so that there is nothing to verify."""
    return "".join(one.text for one in sentences) == official_text


def _blocks_of(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _NEW_BLOCK.finditer(text):
        yield start, found.end()
        start = found.end()
    if start < len(text):
        yield start, len(text)


class VectorNearness:
    """Compares texts of one entry with a question; vectors of texts read lately are kept."""

    def __init__(self, embedder: Embedder, *, limit: int = VECTORS_KEPT) -> None:
        self._embedder = embedder
        self._kept: Cache[str, NDArray[np.float32]] = Cache(limit)

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return one figure for each text, in standard deviations over these texts; larger is nearer."""
        if not texts:
            return []
        asked = self._embedder.embed_queries([question])[0]
        cosines = np.array([float(asked @ vector) for vector in self._vectors(texts)])
        words = np.array(_shared_words(question, texts))
        figures = np.array(_fitting_figures(question, texts))
        scores = _standard(cosines) + WORDS_WEIGHT * _standard(words) + FIGURE_WEIGHT * figures
        return [float(score) for score in scores]

    def _vectors(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        known = {text: vector for text in texts if (vector := self._kept.get(text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            made = self._embedder.embed_passages(missing)
            known |= {text: self._kept.keep(text, vector) for text, vector in zip(missing, made, strict=True)}
        return [known[text] for text in texts]


def _shared_words(question: str, texts: Sequence[str]) -> list[float]:
    """Return for each text the share of the question's words in it, each weighed by how few of the texts have it."""
    found = [set(stems(text)) for text in texts]
    texts_with = Counter(stem for one in found for stem in one)
    weight = {stem: math.log(1 + len(texts) / (1 + texts_with[stem])) for stem in set(stems(question))}
    whole = sum(weight.values()) or 1.0
    return [sum(weight[stem] for stem in weight.keys() & one) / whole for one in found]


def _fitting_figures(question: str, texts: Sequence[str]) -> list[float]:
    """Return 1.0 for each text with a time where a time is asked for, with a number where one is; else 0.0."""
    asked = fold(question)
    if _ASKS_TIME.search(asked):
        return [float(bool(_HAS_TIME.search(fold(text)))) for text in texts]
    if _ASKS_NUMBER.search(asked):
        return [float(bool(_HAS_NUMBER.search(text))) for text in texts]
    return [0.0] * len(texts)


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(scores.std())
    centred: NDArray[np.float64] = scores - scores.mean()
    return centred / spread if spread > 1e-6 else centred
