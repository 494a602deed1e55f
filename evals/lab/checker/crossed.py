"""Texts of which two items were crossed by program: what the first says of its subject, the second now says of its own.

A sentence that tells one of them is then wrong over the text, though each of its words stands there; so that a text
that was touched tells nothing by itself, sentences about other items stay right over it, and the same sentence is right
over a text in which the two items changed their order. Words are compared by their stems.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evals.lab.checker.own_pairs import OF_EDIT, unit_of
from evals.lab.checker.pairs import FAITHFUL, Example
from noa_rag.french.words import stems
from noa_rag.rephrasing.checker.checker import LONGEST_PREMISE

KIND = "mix"
CROSSED_AT_MOST = 2  # pairs of items of a text
UNTOUCHED_AT_MOST = 3  # sentences about other items, of a crossed text
_ITEM_END = re.compile(r"(\s*(?:;|\n|(?<=[.!?])\s)\s*)")
_SUBJECT = re.compile(r"(.{3,70}?)( : |, | → | = | - )(.{6,})", re.DOTALL)
_LONGEST_SUBJECT = 9  # words


@dataclass(frozen=True, slots=True)
class _Item:
    """A part of a text that says something of a subject; `place` is its place among the parts."""

    place: int
    subject: str
    sign: str
    said: str

    @property
    def words(self) -> frozenset[str]:
        return _words(self.subject) | _words(self.said)


def crossed(examples: Sequence[Example], seed: int = 0) -> list[Example]:
    """Return examples over crossed texts and over texts in another order, made from those over texts as they stand."""
    drawn_by = random.Random(seed)
    over: Mapping[str, list[Example]] = defaultdict(list)
    for one in examples:
        if OF_EDIT not in one.pair:
            over[one.premise].append(one)
    return [made for text, group in over.items() for made in _over_text(text, group, drawn_by)]


def _over_text(text: str, group: Sequence[Example], drawn_by: random.Random) -> Iterator[Example]:
    title, _, body = text.partition("\n")
    parts = _ITEM_END.split(body)
    items = [
        _Item(place, *found.groups())
        for place, part in enumerate(parts)
        if (found := _SUBJECT.fullmatch(part)) and len(found[1].split()) <= _LONGEST_SUBJECT
    ]
    right = [one for one in group if one.is_faithful]
    pairs = [(one, other) for at, one in enumerate(items) for other in items[at + 1 :]]
    drawn_by.shuffle(pairs)
    count = 0
    for one, other in pairs:
        told = [example for example in right if _tells(example, one, other) or _tells(example, other, one)]
        if not told or count == CROSSED_AT_MOST:
            continue
        count += 1
        elsewhere = frozenset(word for item in items if item not in (one, other) for word in item.words)
        own = (one.words | other.words) - elsewhere
        apart = [example for example in right if example not in told and not _words(example.sentence) & own]
        changed = {one.place: _saying(one, other.said), other.place: _saying(other, one.said)}
        moved = {one.place: parts[other.place], other.place: parts[one.place]}
        over_changed, over_moved = (_whole(title, parts, new) for new in (changed, moved))
        unit = unit_of(told[0].pair)
        for example in told:
            yield replace(example, premise=over_changed, is_faithful=False, kind=KIND, pair=f"{unit}{OF_EDIT}crossed")
            yield replace(example, premise=over_moved, kind=FAITHFUL, pair=f"{unit}{OF_EDIT}moved")
        for example in apart[:UNTOUCHED_AT_MOST]:
            yield replace(example, premise=over_changed, kind=FAITHFUL, pair=f"{unit}{OF_EDIT}crossed")


def _tells(example: Example, item: _Item, other: _Item) -> bool:
    """Tell whether a sentence has words of the item's subject and of what it says that stand nowhere else in both."""
    said = _words(example.sentence)
    subject, of_it = _words(item.subject), _words(item.said)
    return bool(said & (subject - of_it - other.words)) and bool(said & (of_it - subject - other.words))


def _saying(item: _Item, said: str) -> str:
    return f"{item.subject}{item.sign}{said}"


def _whole(title: str, parts: Sequence[str], new: Mapping[int, str]) -> str:
    return f"{title}\n{''.join(new.get(place, part) for place, part in enumerate(parts))}"[:LONGEST_PREMISE]


def _words(text: str) -> frozenset[str]:
    return frozenset(one for one in stems(text) if len(one) > 1)
