"""The proposed answer of a draft: passages of the official library that may be quoted, each under its source."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rapidfuzz import fuzz

from noa_rag.domain.draft import Evidence
from noa_rag.domain.entry import EntryContent, EntryId, Source
from noa_rag.knowledge.content_rules import CUT, content_problems
from noa_rag.knowledge.vosdroits.inline import render_link
from noa_rag.retrieval.thresholds import QUOTED_WITHIN

QUOTE_COUNT = 4
SOURCE_COUNT = 2
ANSWER_WANTED = 1_800  # characters of quotes: what is read in a minute and a half, and cut down in one
SAME_TEXT = 90  # per cent: fiches repeat each other's paragraphs
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
class FoundPassage:
    """A passage of the library, as it stands there, with its place in its text.

    `score` is its cosine with the questions, `worth` orders passages, `bearing` says how surely the
    library speaks of the question at all (the same for every passage of one search).
    """

    source_id: EntryId
    title: str
    url: str
    heading: str
    text: str
    position: int
    score: float
    worth: float
    bearing: float
    is_partial: bool = False


class Library(Protocol):
    """What finds passages of the official texts."""

    @property
    def fingerprint(self) -> str:
        """A hash that changes when the texts do."""

    def passages(self, questions: Sequence[str]) -> Sequence[FoundPassage]:
        """Return passages near the questions, the worthiest first; words are those of the first question alone."""

    def content(self, text_id: EntryId) -> EntryContent | None:
        """Return an official text whole."""


def chosen_passages(found: Sequence[FoundPassage], *, probe: EntryContent) -> tuple[FoundPassage, ...]:
    """Return the few passages to quote: those of the worthiest text first, each text's in its own order.

    `probe` is the content that will hold them: a passage that no entry may hold is left out.
    """
    taken: list[FoundPassage] = []
    for passage in found:
        if taken and passage.worth < taken[0].worth - QUOTED_WITHIN:
            break
        sources = {chosen.source_id for chosen in taken} | {passage.source_id}
        length = sum(len(chosen.text) for chosen in taken) + len(passage.text)
        repeated = any(fuzz.ratio(passage.text, chosen.text) >= SAME_TEXT for chosen in taken)
        if len(sources) > SOURCE_COUNT or (taken and length > ANSWER_WANTED) or repeated:
            continue
        if any(problem.field == "answer" for problem in content_problems(replace(probe, answer=passage.text))):
            continue
        taken.append(passage)
        if len(taken) == QUOTE_COUNT:
            break
    order = list(dict.fromkeys(chosen.source_id for chosen in taken))
    return tuple(sorted(taken, key=lambda chosen: (order.index(chosen.source_id), chosen.position)))


def quoted_answer(passages: Sequence[FoundPassage]) -> str:
    """Return the passages as Markdown, word for word, each source introduced by its link."""
    blocks: list[str] = []
    introduced = ("", "")
    for passage in passages:
        if (passage.url, passage.heading) != introduced:
            introduced = (passage.url, passage.heading)
            under = f", « {render_link(passage.heading, None)} »" if passage.heading else ""
            blocks.append(f"Selon la fiche {render_link(passage.title, passage.url)}{under} :")
        blocks.append(passage.text)
        if passage.is_partial:
            blocks.append(CUT)
    return "\n\n".join(blocks)


def evidence_of(passages: Sequence[FoundPassage]) -> tuple[Evidence, ...]:
    """Return the passages as a draft keeps them."""
    return tuple(
        Evidence(passage.source_id, passage.title, passage.url, passage.heading, passage.text, min(1.0, passage.score))
        for passage in passages
    )


def sources_of(passages: Sequence[FoundPassage]) -> tuple[Source, ...]:
    """Return the quoted texts, each once."""
    return tuple(dict.fromkeys(Source(passage.title, passage.url) for passage in passages))


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
    bounds = [0, *(match.end() for match in _BLANK_LINE.finditer(text)), len(text)]
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
    """Whether a block is a table, which is never cut: a piece without the table's head says nothing."""
    return "\n|" in block or block.startswith("|")


def _pieces(whole: str) -> Iterator[str]:
    cuts = [(match.start(), match.end()) for match in _CUT.finditer(whole)] + [(len(whole), len(whole))]
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
