"""What the checker learns from and is measured on: sentences with the paragraphs that bear them out, or do not.

Families of entries are kept on one side: entries that are variants of one, or that share a paragraph word for word.
A fifth of the families only reports, another one only calibrates; the rest teaches.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from evals.lab.checker.own_pairs import OwnSentence, own_sentences
from evals.runner.bases import FICHES, SHARED
from evals.suites.splits import hashed
from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.vosdroits.reading import read_vosdroits
from noa_rag.rephrasing.checker.checker import paragraphs_of, premise

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

    def _join(self, one: EntryId, other: EntryId) -> None:
        first, second = sorted((self.of(one), self.of(other)))
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
            found
            for entry_id, content in self.entries.items()
            if self.families.part(entry_id) is not PairUse.TRAINING
            for said in (content.answer, *(source.url for source in content.sources))
            for found in FICHE.findall(said)
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
        shared = (one for line in lines if (one := self._example(json.loads(line))))
        read = {**self.fiches, **self.entries}
        own = (
            self._own_example(one, read[one.entry].question)
            for one in own_sentences(read)
            if one.is_of_entry or self.part(one.entry) is PairUse.TRAINING
        )
        return (*shared, *own)

    def written_of(self, part: PairUse) -> list[Example]:
        return [one for one in self.written if self.part(one.entry) is part]

    def training(self, *, share: float = 1.0) -> list[Example]:
        """Return what teaches, each French sentence once for its passages; `share` of the families, for a trial.

        Where a text was edited in what the checker doesn't read (an address, a far end), the text as it stands wins.
        """
        found: dict[tuple[str, str], Example] = {}
        for one in self.written_of(PairUse.TRAINING):
            if not one.is_english and hashed(f"share {self._family(one.entry)}") % 1000 < 1000 * share:
                found.setdefault((one.sentence.casefold(), one.premise), one)
        return list(found.values())

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

    def _own_example(self, one: OwnSentence, title: str) -> Example:
        return Example(
            one.sentence,
            premise(one.quote, title=title),
            not one.kind,
            one.kind or FAITHFUL,
            one.entry,
            one.quote,
            one.group,
        )
