"""Official sentences with one word changed that turns them: what a gate must never show as borne out by the sentence.

A duty becomes a choice or the reverse, a denial comes or goes. Made by program from the entries, always the same.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.domain.passages import passages_of, readable

SEED = 0
FEWEST_WORDS, MOST_WORDS = 6, 30
_SWAPS = {
    "doit": "peut", "doivent": "peuvent", "devez": "pouvez", "peut": "doit", "peuvent": "doivent", "pouvez": "devez",
}  # fmt: skip
_MODAL = re.compile(rf"\b(?<!ne )(?:{'|'.join(_SWAPS)})\b(?! (?:pas|plus|être\b.*\bque))")
_STATES = re.compile(r"\b(?<!n')(?<!ne )(est|sont|doit|doivent|peut|peuvent)\b(?! (?:pas|plus))")
_DENIES = re.compile(r"\b(?:ne |n')(est|sont|doit|doivent|peut|peuvent) pas\b")


@dataclass(frozen=True, slots=True)
class Turned:
    """A sentence that the quote, an official passage, does not bear out, and what was done to it."""

    id: str
    entry: EntryId
    kind: str
    sentence: str
    quote: str


def turned_sentences(entries: Mapping[EntryId, EntryContent], count: int) -> list[Turned]:
    """Return as many of them, drawn evenly over the kinds."""
    by_kind: dict[str, list[Turned]] = {}
    for sentence in _all(entries):
        by_kind.setdefault(sentence.kind, []).append(sentence)
    drawn = random.Random(SEED)
    share = count // max(len(by_kind), 1)
    return [
        sentence
        for _, sentences in sorted(by_kind.items())
        for sentence in drawn.sample(sentences, min(share, len(sentences)))
    ]


def _all(entries: Mapping[EntryId, EntryContent]) -> Iterator[Turned]:
    for entry_id, content in sorted(entries.items()):
        for number, passage in enumerate(passages_of(official_text(content))):
            (sentence,) = readable((passage,)).texts
            if not FEWEST_WORDS <= len(sentence.split()) <= MOST_WORDS or not sentence.endswith("."):
                continue
            for kind, made in _turns(sentence):
                yield Turned(f"{entry_id}/{number}/{kind}", entry_id, kind, made, passage.quote)


def _turns(sentence: str) -> Iterator[tuple[str, str]]:
    if _MODAL.search(sentence):
        yield "duty and choice", _MODAL.sub(lambda found: _SWAPS[found[0]], sentence, count=1)
    if match := _STATES.search(sentence):
        denied = f"n'{match[0]} pas" if match[0] == "est" else f"ne {match[0]} pas"
        yield "denied", sentence[: match.start()] + denied + sentence[match.end() :]
    if _DENIES.search(sentence):
        yield "no longer denied", _DENIES.sub(r"\1", sentence, count=1)
