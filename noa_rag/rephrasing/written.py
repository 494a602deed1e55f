"""What a chat model wrote, read into sentences that each cite a passage."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noa_rag.rephrasing.passages import Passage
from noa_rag.rephrasing.plain_passages import with_links

NOTHING = "AUCUN"  # what the prompt asks for when the passages do not answer
SENTENCE_LIMIT = 6  # a rephrasing that needs more is no shorter than the text

_MARKED = re.compile(r"(.+?)((?:\s*\[\d{1,2}\])+)[.\s]*", re.DOTALL)
_NUMBER = re.compile(r"\[(\d{1,2})\]")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class Written:
    """One sentence of a model with the stretch of the approved text that it cites, "" when it cites none."""

    text: str
    quote: str


def read_sentences(text: str, passages: Sequence[Passage], links: Mapping[str, str]) -> tuple[Written, ...]:
    """Return the sentences with their quotes; what follows the last citation cites nothing, and will be refused.

    Numbers in brackets count the passages as they were given, from 1.
    """
    if not text.strip() or text.strip().rstrip(".") == NOTHING:
        return ()
    found: list[Written] = []
    end = 0
    for match in _MARKED.finditer(text):
        numbers = [int(number) for number in _NUMBER.findall(match[2])]
        cited = [passages[number - 1].quote for number in numbers if 1 <= number <= len(passages)]
        found.append(Written(_cleaned(match[1], links), cited[0] if len(cited) == len(numbers) else ""))
        end = match.end()
    if rest := text[end:].strip():
        found.append(Written(_cleaned(rest, links), ""))
    return tuple(found[: SENTENCE_LIMIT + 1])


def _cleaned(text: str, links: Mapping[str, str]) -> str:
    return with_links(_BULLET.sub("", text.strip()).strip(), links)
