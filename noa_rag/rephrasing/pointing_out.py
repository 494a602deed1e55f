"""The passages of an approved text that stand out: the text is shown whole, with the blocks that hold them marked."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from noa_rag.domain.passages import Passage
from noa_rag.domain.rephrasing import CheckedSentence

LARGEST_SHARE = 0.6  # of the text: where most of it stands out, nothing does
_NEW_BLOCK = re.compile(r"\n[ \t]*\n+(?![ \t]|[-*•][ \t]|\d+[.)][ \t])")  # a list belongs to what it follows


def pointed_out(passages: Iterable[Passage], official_text: str) -> tuple[CheckedSentence, ...]:
    """Return the whole text in stretches, marking those that stand out; nothing where too much would.

    The blocks that hold the passages stand out: paragraphs, each with its list.
    """
    blocks = list(_blocks_of(official_text))
    starts = [official_text.find(passage.quote) for passage in passages]
    holds = [any(begin <= start < end for start in starts) for begin, end in blocks]
    stretches = [
        CheckedSentence(text, text, stands_out=stands_out)
        for stands_out, run in groupby(zip(holds, blocks, strict=True), key=lambda block: block[0])
        for text in ["".join(official_text[begin:end] for _, (begin, end) in run)]
    ]
    share = sum(len(stretch.text) for stretch in stretches if stretch.stands_out) / max(len(official_text), 1)
    return tuple(stretches) if 0 < share <= LARGEST_SHARE else ()


def is_whole(sentences: Iterable[CheckedSentence], official_text: str) -> bool:
    """Tell whether these are the approved text to the last byte, so that there is nothing to verify."""
    return "".join(sentence.text for sentence in sentences) == official_text


def _blocks_of(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _NEW_BLOCK.finditer(text):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)
