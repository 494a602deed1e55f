"""What the checker learns from and is measured on: sentences with the paragraphs that bear them out, or do not.

Families of entries are kept on one side: entries that are variants of one, or that share a paragraph word for word.
A fifth of the families only reports, another one only calibrates; the rest teaches.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from evals.lab.checker.corruptions import corrupted, crossed, paraphrased
from evals.lab.checker.own_pairs import OwnSentence, own_sentences
from evals.runner.bases import SHARED
from evals.suites.splits import hashed
from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.knowledge.pack import Pack
from noa_rag.rephrasing.checker.checker import paragraphs_of, premise
from noa_rag.rephrasing.passages import passages_of, readable

WRITTEN = SHARED / "written" / "rephrasings.jsonl"
REPORT_PERCENT, CALIBRATION_PERCENT = 25, 18  # of the families: a fifth of the written pairs each
SHARED_LENGTH = 80  # characters from which on a paragraph that stands in two entries makes them one family
SHORTEST, LONGEST = 30, 400  # characters of an entry's own sentence that teaches
CORRUPTIONS_OF_WRITTEN, CORRUPTIONS_OF_OWN = 8, 2
FAITHFUL, OTHER_ENTRY, OTHER_PARAGRAPH = "faithful", "other entry", "other paragraph"
ENGLISH = re.compile(r"\b(?:the|you|your|must|may|when|which|with|is|are|of)\b", re.IGNORECASE)


class PairUse(StrEnum):
    """What a family of entries is for."""

    REPORT = "report"
    CALIBRATION = "calibration"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, the passages it is said to rest on, and whether they bear it out; `kind` says what is wrong.

    `quote` is the passages to the letter, `entry` where they stand; `is_written` tells pairs made by hand from others.
    """

    sentence: str
    premise: str
    is_faithful: bool
    kind: str
    entry: EntryId
    quote: str = ""
    pair: str = ""
    is_written: bool = False

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

    def _join(self, one: EntryId, other: EntryId) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._first[second] = first


class Material:
    """The written pairs and the pack's own sentences, by part."""

    def __init__(self, pack: Pack, written: Path = WRITTEN) -> None:
        self.entries: Mapping[EntryId, EntryContent] = dict(pack.entries)
        self.families = PairFamilies(self.entries)
        self._written = written

    @cached_property
    def written(self) -> Sequence[Example]:
        """What was written by hand, in the shared material and for training, about paragraphs that are still there.

        Texts that were edited teach, and are not measured on.
        """
        lines = self._written.read_text(encoding="utf-8").splitlines()
        shared = (one for line in lines if (one := self._example(json.loads(line))))
        own = (
            self._own_example(one)
            for one in own_sentences(self.entries)
            if one.is_of_entry or self.families.part(one.entry) is PairUse.TRAINING
        )
        return (*shared, *own)

    def written_of(self, part: PairUse) -> list[Example]:
        return [one for one in self.written if self.families.part(one.entry) is part]

    def training(self, *, seed: int, share: float = 1.0) -> list[Example]:
        """Return what teaches, shuffled; `share` of the families, for a trial."""
        drawn_by = random.Random(seed)
        ids = sorted(one for one in self.entries if self.families.part(one) is PairUse.TRAINING)
        ids = [one for one in ids if hashed(f"share {self.families.of(one)}") % 1000 < 1000 * share]
        written = [one for one in self.written_of(PairUse.TRAINING) if one.entry in set(ids)]
        own = [one for entry_id in ids for one in self._own(entry_id)]
        made = list(_without_repetition([*self._from_written(written, drawn_by), *self._from_own(own, drawn_by)]))
        drawn_by.shuffle(made)
        return made

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
            is_written=True,
        )

    def _own_example(self, one: OwnSentence) -> Example:
        return Example(
            one.sentence,
            premise(one.quote, title=self.entries[one.entry].question),
            not one.kind,
            one.kind or FAITHFUL,
            one.entry,
            one.quote,
            one.group,
            is_written=True,
        )

    def _own(self, entry_id: EntryId) -> Iterator[Example]:
        """Yield the sentences of an entry, each with its paragraph."""
        content = self.entries[entry_id]
        text = official_text(content)
        for block in paragraphs_of(text):
            told = premise(block, title=content.question)
            for plain in readable(passages_of(block)).texts:
                if SHORTEST <= len(plain) <= LONGEST and "LIEN" not in plain:
                    yield Example(plain, told, True, FAITHFUL, entry_id, block)

    def _from_written(self, written: Sequence[Example], drawn_by: random.Random) -> Iterator[Example]:
        yield from written
        faithful = [one for one in written if one.is_faithful and one.quote in official_text(self.entries[one.entry])]
        beside: dict[EntryId, list[Example]] = {}
        for one in faithful:
            beside.setdefault(one.entry, []).append(one)
        for one in faithful:
            if said := paraphrased(one.sentence, drawn_by):
                yield _told(one, said, FAITHFUL)
            for kind, said in corrupted(one.sentence, drawn_by, limit=CORRUPTIONS_OF_WRITTEN):
                yield _told(one, said, kind)
            others = [other for other in beside[one.entry] if not _share_a_paragraph(one.quote, other.quote)]
            for other in drawn_by.sample(others, min(1, len(others))):
                yield _told(one, other.sentence, OTHER_PARAGRAPH)
                if said := crossed(one.sentence, other.sentence):
                    yield _told(one, said, "mix")
            stranger = drawn_by.choice(faithful)
            if stranger.entry != one.entry and drawn_by.random() < 0.25:
                yield _told(one, stranger.sentence, OTHER_ENTRY)

    def _from_own(self, own: Sequence[Example], drawn_by: random.Random) -> Iterator[Example]:
        for place, one in enumerate(own):
            said = paraphrased(one.sentence, drawn_by)
            yield _told(one, said or one.sentence, FAITHFUL)
            base = said if said and drawn_by.random() < 0.7 else one.sentence
            for kind, wrong in corrupted(base, drawn_by, limit=CORRUPTIONS_OF_OWN):
                yield _told(one, wrong, kind)
            following = own[(place + 1) % len(own)]
            if following.entry == one.entry and drawn_by.random() < 0.3 and (mix := crossed(base, following.sentence)):
                yield _told(one, mix, "mix")


def _share_a_paragraph(quote: str, other: str) -> bool:
    return not set(paragraphs_of(quote)).isdisjoint(paragraphs_of(other))


def _told(one: Example, sentence: str, kind: str) -> Example:
    return Example(sentence, one.premise, kind == FAITHFUL, kind, one.entry, one.quote, one.pair)


def _without_repetition(examples: Iterable[Example]) -> Iterator[Example]:
    """Yield each sentence once for its passages; what was written comes first, and wins."""
    seen: set[tuple[str, str]] = set()
    for one in examples:
        key = one.sentence.casefold(), one.premise
        if key not in seen:
            seen.add(key)
            yield one
