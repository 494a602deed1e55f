"""What the checker learns from and is measured on: sentences with the paragraphs that bear them out, or do not.

Families of entries are kept on one side: entries that are variants of one, or that share a paragraph word for word.
A fifth of the families only reports, another one only calibrates; the rest teaches.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from evals.lab.checker.own_pairs import OF_EDIT, OwnSentence, own_sentences, unit_of
from evals.runner.bases import FICHES, SHARED
from evals.suites.splits import hashed
from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.french.words import stems
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.vosdroits.reading import read_vosdroits
from noa_rag.rephrasing.checker.checker import LONGEST_PREMISE, paragraphs_of, premise

WRITTEN = SHARED / "written" / "rephrasings.jsonl"
REPORT_PERCENT, CALIBRATION_PERCENT = 25, 18  # of the families: a fifth of the written pairs each
SHARED_LENGTH = 80  # characters from which on a paragraph that stands in two entries makes them one family
FAITHFUL = "faithful"
FICHE = re.compile(r"\bF\d+\b")  # the number of a fiche, as addresses have it
ENGLISH = re.compile(r"\b(?:the|you|your|must|may|when|which|with|is|are|of)\b", re.IGNORECASE)


class PairUse(StrEnum):
    """What a family of entries is for."""

    REPORT = "report"
    CALIBRATION = "calibration"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, the passages it is said to rest on, and whether they bear it out; `kind` says what is wrong.

    `quote` is the passages to the letter, `entry` where they stand; examples of one `pair` were written together.
    """

    sentence: str
    premise: str
    is_faithful: bool
    kind: str
    entry: EntryId
    quote: str = ""
    pair: str = ""

    @property
    def is_english(self) -> bool:
        return len(ENGLISH.findall(self.sentence)) >= max(2, len(self.sentence.split()) // 8)


class PairFamilies:
    """Which entries belong together, and to which part they go."""

    def __init__(self, entries: Mapping[EntryId, EntryContent]) -> None:
        self._first: dict[EntryId, EntryId] = {entry_id: entry_id for entry_id in entries}
        holder: dict[str, EntryId] = {}
        for entry_id, content in sorted(entries.items()):
            if content.variant_of is not None and content.variant_of in self._first:
                self._join(entry_id, content.variant_of)
            for text in paragraphs_of(official_text(content)):
                if len(text) >= SHARED_LENGTH:
                    self._join(entry_id, holder.setdefault(text, entry_id))

    def part(self, entry_id: EntryId) -> PairUse:
        """Return what the family of an entry is for, by the hash of its first id."""
        place = hashed(f"checker {self.of(entry_id)}") % 100
        if place < REPORT_PERCENT:
            return PairUse.REPORT
        return PairUse.CALIBRATION if place < REPORT_PERCENT + CALIBRATION_PERCENT else PairUse.TRAINING

    def of(self, entry_id: EntryId) -> EntryId:
        """Return the first id of the family of an entry."""
        while self._first[entry_id] != entry_id:
            entry_id = self._first[entry_id]
        return entry_id

    def _join(self, entry_id: EntryId, other: EntryId) -> None:
        first, second = sorted((self.of(entry_id), self.of(other)))
        self._first[second] = first


class Material:
    """The written pairs, over the pack's entries and over fiches, by part."""

    def __init__(self, pack: Pack, written: Path = WRITTEN, fiches: Path = FICHES) -> None:
        self.entries: Mapping[EntryId, EntryContent] = dict(pack.entries)
        self.families = PairFamilies(self.entries)
        self._written = written
        self._fiches = fiches

    @cached_property
    def fiches(self) -> Mapping[EntryId, EntryContent]:
        """The fiches that teach: those that no entry of another part says it rests on."""
        apart = {
            fiche
            for entry_id, content in self.entries.items()
            if self.families.part(entry_id) is not PairUse.TRAINING
            for said in (content.answer, *(source.url for source in content.sources))
            for fiche in FICHE.findall(said)
        }
        reading = read_vosdroits(self._fiches, progress=lambda done, total: None)
        return {entry_id: content for entry_id, content in reading.entries if entry_id not in apart}

    def part(self, entry_id: EntryId) -> PairUse:
        """Return what an entry or a fiche is for: fiches teach."""
        return self.families.part(entry_id) if entry_id in self.entries else PairUse.TRAINING

    @cached_property
    def written(self) -> Sequence[Example]:
        """What was written by hand, in the shared material and for training, about paragraphs that are still there.

        Texts that were edited teach, and are not measured on.
        """
        lines = self._written.read_text(encoding="utf-8").splitlines()
        shared = (example for line in lines if (example := self._example(json.loads(line))))
        read = {**self.fiches, **self.entries}
        own = (
            self._own_example(sentence, read[sentence.entry].question)
            for sentence in own_sentences(read)
            if sentence.is_of_entry or self.part(sentence.entry) is PairUse.TRAINING
        )
        return (*shared, *own)

    def written_of(self, part: PairUse) -> list[Example]:
        return [example for example in self.written if self.part(example.entry) is part]

    def training(self, *, share: float = 1.0) -> list[Example]:
        """Return what teaches, each French sentence once for its passages; `share` of the families, for a trial.

        Where a text was edited in what the checker doesn't read (an address, a far end), the text as it stands wins.
        """
        examples: dict[tuple[str, str], Example] = {}
        for example in self.written_of(PairUse.TRAINING):
            if not example.is_english and hashed(f"share {self._family(example.entry)}") % 1000 < 1000 * share:
                examples.setdefault((example.sentence.casefold(), example.premise), example)
        return list(examples.values())

    def _family(self, entry_id: EntryId) -> EntryId:
        return self.families.of(entry_id) if entry_id in self.entries else entry_id

    def _example(self, row: Mapping[str, object]) -> Example | None:
        content = self.entries.get(EntryId(str(row["entry"])))
        places = row["paragraphs"]
        if content is None or not isinstance(places, list):
            return None
        blocks = paragraphs_of(text := official_text(content))
        if not places or max(places) >= len(blocks):
            return None
        start, last = text.index(blocks[places[0]]), blocks[places[-1]]
        quote = text[start : text.index(last) + len(last)]
        return Example(
            str(row["sentence"]),
            premise(quote, title=content.question),
            bool(row["faithful"]),
            str(row["kind"] or FAITHFUL),
            EntryId(str(row["entry"])),
            quote,
            str(row["pair"]),
        )

    def _own_example(self, sentence: OwnSentence, title: str) -> Example:
        return Example(
            sentence.sentence,
            premise(sentence.quote, title=title),
            not sentence.kind,
            sentence.kind or FAITHFUL,
            sentence.entry,
            sentence.quote,
            sentence.group,
        )


# Texts of which two items were crossed by program: what the first says of its subject, the second now says of its own.
# A sentence that tells one of them is then wrong over the text, though each of its words stands there; so that a text
# that was touched tells nothing by itself, sentences about other items stay right over it, and the same sentence is
# right over a text in which the two items changed their order. Words are compared by their stems.
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
    for example in examples:
        if OF_EDIT not in example.pair:
            over[example.premise].append(example)
    return [made for text, group in over.items() for made in _over_text(text, group, drawn_by)]


def _over_text(text: str, group: Sequence[Example], drawn_by: random.Random) -> Iterator[Example]:
    title, _, body = text.partition("\n")
    parts = _ITEM_END.split(body)
    items = [
        _Item(place, *match.groups())
        for place, part in enumerate(parts)
        if (match := _SUBJECT.fullmatch(part)) and len(match[1].split()) <= _LONGEST_SUBJECT
    ]
    right = [example for example in group if example.is_faithful]
    pairs = [(item, other) for at, item in enumerate(items) for other in items[at + 1 :]]
    drawn_by.shuffle(pairs)
    count = 0
    for pair, other in pairs:
        telling = [example for example in right if _tells(example, pair, other) or _tells(example, other, pair)]
        if not telling or count == CROSSED_AT_MOST:
            continue
        count += 1
        elsewhere = frozenset(word for item in items if item not in (pair, other) for word in item.words)
        own = (pair.words | other.words) - elsewhere
        apart = [example for example in right if example not in telling and not _words(example.sentence) & own]
        changed = {pair.place: _saying(pair, other.said), other.place: _saying(other, pair.said)}
        moved = {pair.place: parts[other.place], other.place: parts[pair.place]}
        over_changed, over_moved = (_whole(title, parts, new) for new in (changed, moved))
        unit = unit_of(telling[0].pair)
        for example in telling:
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
    return frozenset(stem for stem in stems(text) if len(stem) > 1)
