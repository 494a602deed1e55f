"""Pairs that were written by hand for training, in files that people read and write.

    # id-of-an-entry 1f2e3d4c
    P 0,1
    + A sentence that blocks 0 and 1 of the entry's text bear out.
    - condition | The same with its condition dropped.
    ~ [1] if you employ somebody => in any case

After the id stands the beginning of the hash of the text that the pairs were written over: once an entry reads
otherwise, its pairs teach nothing until somebody has read them again and written the new hash.

What follows `~` edits the text so that it bears out the wrong sentence above it, and no longer the sentences in
brackets, counted from 1. A sentence is then right over one text and wrong over another, and a network that looks at the
sentence alone learns nothing from it (Kaushik et al. 2020, "Learning the Difference that Makes a Difference").
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.facts import whole_text
from noa_rag.rephrasing.checker.checker import paragraphs_of

OWN = Path(__file__).parent / "written"
EDITED = "edited"  # what is wrong with a sentence whose text was edited
_HEAD = re.compile(r"# ([A-Za-z0-9-]+) ([0-9a-f]{8})")
_BLOCKS = re.compile(r"P (\d+(?:, ?\d+)*)")
_RIGHT = re.compile(r"\+ (\S.*)")
_WRONG = re.compile(r"- ([a-z]+) \| (\S.*)")
_EDIT = re.compile(r"~ \[([\d, ]*)\] (.+)")
_BECOMES, _AND = " => ", " ;; "
OF_EDIT = "~"  # in the name of a group, before the number of the edit of its text


@dataclass(frozen=True, slots=True)
class OwnSentence:
    """A sentence about an entry, the text that it rests on, and what is wrong with it; `kind` is empty if nothing is.

    Sentences of one `group` were written over the same blocks; `is_of_entry` says whether these stand in the entry, or
    were edited.
    """

    entry: EntryId
    group: str
    quote: str
    sentence: str
    kind: str
    is_of_entry: bool = True


@dataclass(slots=True)
class _Group:
    """What was written over some blocks; nothing is made of it where `quote` is empty."""

    entry: EntryId
    name: str
    quote: str
    right: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)  # kind and sentence
    edits: list[tuple[str, str, frozenset[int]]] = field(default_factory=list)  # right sentence, text, what is wrong

    def add(self, line: str) -> None:
        """Add what a line says. Raises NoaError when it can't be read."""
        if match := _RIGHT.fullmatch(line):
            self.right.append(match[1])
        elif match := _WRONG.fullmatch(line):
            self.wrong.append((match[1], match[2]))
        elif (match := _EDIT.fullmatch(line)) and self.wrong:
            numbers = frozenset(int(number) for number in match[1].replace(",", " ").split())
            if self.quote:
                self.edits.append((self.wrong[-1][1], edited(self.quote, match[2]), numbers))
        else:
            raise NoaError("neither an entry, blocks, a sentence nor the edit of a wrong one")

    def sentences(self) -> Iterator[OwnSentence]:
        for said in self.right:
            yield OwnSentence(self.entry, self.name, self.quote, said, "")
        for kind, said in self.wrong:
            yield OwnSentence(self.entry, self.name, self.quote, said, kind)
        for number, (said, text, wrong) in enumerate(self.edits, 1):
            name = f"{self.name}{OF_EDIT}{number}"
            yield OwnSentence(self.entry, name, text, said, "", is_of_entry=False)
            for at, other in enumerate(self.right, 1):
                yield OwnSentence(self.entry, name, text, other, EDITED if at in wrong else "", is_of_entry=False)


def unit_of(group: str) -> str:
    """Return the name of the group whose text a group has, edited or as it stands."""
    return group.partition(OF_EDIT)[0]


def hash_of(content: EntryContent) -> str:
    """Return the beginning of the hash of an entry's text, as it stands in the files."""
    return hashlib.sha256(whole_text(content).encode()).hexdigest()[:8]


def own_sentences(entries: Mapping[EntryId, EntryContent], folder: Path = OWN) -> Iterator[OwnSentence]:
    """Yield the sentences whose entry reads as it did when they were written, with their blocks and what lies between.

    Raises NoaError at a line that it can't read.
    """
    for path in sorted(folder.glob("*.txt")):
        for group in _groups(path, entries):
            yield from group.sentences()


def _groups(path: Path, entries: Mapping[EntryId, EntryContent]) -> list[_Group]:
    """Return the groups of a file over entries that read as they did."""
    groups: list[_Group] = []
    entry, content = EntryId(""), None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            if match := _HEAD.fullmatch(line):
                entry = EntryId(match[1])
                content = entries.get(entry)
                if content is not None and hash_of(content) != match[2]:
                    content = None
            elif entry and (match := _BLOCKS.fullmatch(line)):
                quote = _quoted(content, [int(digits) for digits in match[1].split(",")]) if content else ""
                groups.append(_Group(entry, f"{entry}/{path.stem}-{len(groups) + 1}", quote))
            elif line.strip() and not groups:
                raise NoaError("a sentence before its entry and its blocks")
            elif line.strip():
                groups[-1].add(line)
        except NoaError as error:
            raise NoaError(f"{path.name}, line {number}, {entry or 'no entry'}: {error}: {line[:60]!r}") from error
    return [group for group in groups if group.quote]


def edited(text: str, edits: str) -> str:
    """Return a text with its edits made. Raises NoaError where what is to be replaced does not stand in it once."""
    for edit in edits.split(_AND):
        old, _, new = edit.partition(_BECOMES)
        if text.count(old) != 1 or not new:
            raise NoaError(f"{old!r} stands in the blocks {text.count(old)} times")
        text = text.replace(old, new)
    return text


def _quoted(content: EntryContent, places: list[int]) -> str:
    text, end = whole_text(content), 0
    spans = []
    for block in paragraphs_of(text):
        start = text.index(block, end)
        end = start + len(block)
        spans.append((start, end))
    if max(places) >= len(spans):
        raise NoaError("the entry has no such block")
    return text[spans[min(places)][0] : spans[max(places)][1]]
