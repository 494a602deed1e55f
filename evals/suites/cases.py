"""Labelled questions: suites as JSONL files, read with the line of every mistake."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from evals.runner.bases import SHARED
from noa_rag.domain.entry import Audience, EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge

UNKNOWN_ENTRIES = "unknown entries:"  # how a complaint begins about a case whose entries the base has not
SUITES = Path(__file__).parent
T = TypeVar("T")
CONVERSATION = "conversation"  # the suite of questions that have others before them
CONVERSATIONS = SUITES / f"{CONVERSATION}.jsonl"


class CaseKind(StrEnum):
    """What a question is to the base."""

    IN_SCOPE = "in_scope"
    NEAR_MISS = "near_miss"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Case:
    """One question with the entries that answer it, the best first; none when it must be refused.

    `metadata["doc"]` of each field is its line in the table of docs/evaluation.md.
    """

    id: str = field(metadata={"doc": "unique in its suite"})
    question: str = field(metadata={"doc": "as the visitor typed it"})
    kind: CaseKind = field(
        metadata={
            "doc": "`in_scope`: an entry's text answers it; `near_miss`: of the same field as an entry that does not "
            "answer it, and no other does; `out_of_scope`: nothing to do with the base"
        }
    )
    expected_entries: tuple[EntryId, ...] = field(
        default=(), metadata={"doc": "every entry that answers, the best first; empty unless `in_scope`"}
    )
    language: str = field(default="fr", metadata={"doc": "`fr` or `en`"})
    register: str = field(
        default="", metadata={"doc": "how it is asked: formal, colloquial, keyword, story, misspelt, english"}
    )
    tempting_entry: EntryId | None = field(
        default=None, metadata={"doc": "near misses: the entry that must not be shown for it"}
    )
    pair: str = field(default="", metadata={"doc": "near-miss pairs: the look-alike has the same pair"})
    contrast: str = field(default="", metadata={"doc": "what sets the pair apart, or the sort of noise or refusal"})
    expected_facts: tuple[str, ...] = field(
        default=(), metadata={"doc": "strings of the entry's text that a right rephrasing keeps"}
    )
    hides: tuple[EntryId, ...] = field(
        default=(), metadata={"doc": "entries treated as if they did not exist while it is asked"}
    )
    region: str | None = field(default=None, metadata={"doc": "the region or département that the visitor chose"})
    audience: Audience | None = field(default=None, metadata={"doc": "the audience that she chose"})
    expected_missing: str | None = field(
        default=None, metadata={"doc": "the region or audience that Noa says no variant is written for"}
    )
    same_as: str = field(
        default="", metadata={"doc": "suite `invariance`: the case whose outcome it must get; its own id unchanged"}
    )

    @property
    def about(self) -> tuple[EntryId, ...]:
        """The entries that the case names: expected, hidden, tempting."""
        return (*self.expected_entries, *self.hides, *((self.tempting_entry,) if self.tempting_entry else ()))


def read_suite(path: Path, *, known_entries: Collection[EntryId] | None = None) -> list[Case]:
    """Return the cases of a suite. Raises InvalidKnowledge with one complaint a wrong line."""
    cases, complaints = parsed_lines(path, parse_case)
    first_line: dict[str, int] = {}
    pairs: dict[str, list[int]] = defaultdict(list)
    for number, case in cases:
        if known_entries is not None and (
            unknown := [subject for subject in case.about if subject not in known_entries]
        ):
            complaints.append(Complaint(path.name, number, f"{UNKNOWN_ENTRIES} {', '.join(unknown)}"))
        if first_line.setdefault(case.id, number) != number:
            message = f"the id `{case.id}` is used twice; line {first_line[case.id]} has it already"
            complaints.append(Complaint(path.name, number, message))
        if case.pair:
            pairs[case.pair].append(number)
    complaints += [
        Complaint(path.name, numbers[0], f"the pair `{pair}` has {len(numbers)} lines; a pair has two")
        for pair, numbers in pairs.items()
        if len(numbers) != 2
    ]
    return _sound(path, cases, complaints)


def parsed_lines(path: Path, parse: Callable[[bytes], T]) -> tuple[list[tuple[int, T]], list[Complaint]]:
    """Return what each line of a file holds, with its number, and a complaint for each that `parse` refuses.

    `parse` raises ValueError. Raises InvalidKnowledge for a file that cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InvalidKnowledge([Complaint(path.name, 0, f"cannot be read: {error.strerror}")]) from error
    numbered: list[tuple[int, T]] = []
    complaints: list[Complaint] = []
    for number, line in enumerate(lines, start=1):
        try:
            numbered.append((number, parse(line)))
        except ValueError as error:
            complaints.append(Complaint(path.name, number, str(error)))
    return numbered, complaints


def _sound(path: Path, found: list[tuple[int, T]], complaints: list[Complaint]) -> list[T]:
    """Return what was found. Raises InvalidKnowledge where there are complaints, or nothing was found."""
    if not found and not complaints:
        complaints.append(Complaint(path.name, 1, "the suite is empty"))
    if complaints:
        raise InvalidKnowledge(sorted(complaints, key=lambda complaint: complaint.line))
    return [item for _, item in found]


def parse_case(line: bytes) -> Case:
    """Return the case of one line. Raises ValueError that says what is wrong with it."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8") from error
    try:
        row = json.loads(text.removeprefix("\ufeff"))
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("half of a character (a lone surrogate) stands in it; write the character itself") from error
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise ValueError("not JSON of a reasonable depth") from error
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if unknown := sorted(row.keys() - {case_field.name for case_field in fields(Case)}):
        raise ValueError(f"unknown fields: {', '.join(unknown)}")
    if missing := [name for name in ("id", "question", "kind") if not row.get(name)]:
        raise ValueError(f"missing fields: {', '.join(missing)}")
    try:
        case = msgspec.convert(row, Case)
    except msgspec.ValidationError as error:
        raise ValueError(f"not a case: {error}") from error
    if mistakes := list(_mistakes(case)):
        raise ValueError("; ".join(mistakes))
    return case


def _mistakes(case: Case) -> Iterator[str]:
    if bool(case.expected_entries) != (case.kind is CaseKind.IN_SCOPE):
        yield "`expected_entries` must be given for in_scope cases, and only for them"
    if case.tempting_entry and case.kind is not CaseKind.NEAR_MISS:
        yield "`tempting_entry` belongs to near_miss cases"
    if case.language not in ("fr", "en"):
        yield f"`language` is fr or en, not {case.language}"


def questions_of(kind: CaseKind) -> Path:
    """Return the file of the shared French questions of a kind."""
    return SHARED / "questions" / f"{kind}.jsonl"


def shared_questions(kind: CaseKind) -> list[Case]:
    """Return the shared French questions of a kind as cases; they carry no id, so the line number serves."""
    return [
        Case(f"{kind}-{number}", row["question"], kind, tuple(EntryId(entry_id) for entry_id in row["expected"]))
        for number, row in enumerate(rows_of(questions_of(kind)), start=1)
    ]


def read_lines(
    path: Path, kind: type[T], *, called: str, mistakes: Callable[[T, Sequence[T]], Iterable[str]]
) -> list[T]:
    """Return the objects of a JSONL file; `mistakes` says what is wrong with one, given those before it.

    Raises InvalidKnowledge with one complaint a wrong line, and for a file without any.
    """
    rows, complaints = parsed_lines(path, partial(decoded, kind=kind, called=called))
    before: list[T] = []
    for number, row in rows:
        complaints += [Complaint(path.name, number, mistake) for mistake in mistakes(row, before)]
        before.append(row)
    return _sound(path, rows, complaints)


def decoded(line: bytes, *, kind: type[T], called: str) -> T:
    """Return the object of one line. Raises ValueError that says what it should be."""
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError as error:
        raise ValueError(f"not {called}: {error}") from error


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSONL file as they stand."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def digest_of(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of files that something is learned from; those of the shared material may be absent."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths if path.is_file())).hexdigest()


class ConversationKind(StrEnum):
    """What a question is to the ones before it, or how many entries it needs."""

    FOLLOW_UP = "follow_up"
    """Only understood with the question before."""
    OWN_QUESTION = "own_question"
    """Asked after another subject, and nothing to do with it."""
    TWO_NEEDS = "two_needs"
    """Two entries answer it together."""
    ONE_NEED = "one_need"
    """It sounds like two questions, and one entry answers it."""
    BROAD = "broad"
    """It asks for a whole field, which several entries concern."""


@dataclass(frozen=True, slots=True)
class ConversationCase:
    """A question with those asked before it, the oldest first, and the entries that answer it (none: refuse).

    `expected_all` says that every one of them must be shown; `note` is for whoever labels. `journeys` are those of
    the expected entries that lay out the whole path a broad question asks for; `instead` holds, for an entry of two
    that are needed, the others that answer the same need.
    """

    id: str
    kind: ConversationKind
    question: str
    turns: tuple[str, ...] = ()
    language: str = "fr"
    expected_entries: tuple[EntryId, ...] = ()
    expected_all: bool = False
    note: str = ""
    journeys: tuple[EntryId, ...] = ()
    instead: dict[EntryId, tuple[EntryId, ...]] = field(default_factory=dict)


def read_conversations(
    path: Path = CONVERSATIONS, *, known_entries: Collection[EntryId] | None = None
) -> list[ConversationCase]:
    """Return the cases of a file. Raises InvalidKnowledge with one complaint a wrong line."""
    return read_lines(
        path,
        ConversationCase,
        called="a conversation",
        mistakes=lambda case, before: _conversation_mistakes(case, before, known_entries),
    )


def _conversation_mistakes(
    case: ConversationCase, before: Sequence[ConversationCase], known_entries: Collection[EntryId] | None
) -> list[str]:
    mistakes = []
    if any(case.id == other.id for other in before):
        mistakes.append(f"the id `{case.id}` is used twice")
    if not case.turns and case.kind in (ConversationKind.FOLLOW_UP, ConversationKind.OWN_QUESTION):
        mistakes.append(f"a {case.kind.value} comes after something: `turns` is missing")
    if case.journeys and case.kind is not ConversationKind.BROAD:
        mistakes.append(f"`journeys` is for broad questions, this one is {case.kind.value}")
    if case.instead and case.kind is not ConversationKind.TWO_NEEDS:
        mistakes.append(f"`instead` is for two needs, this one is {case.kind.value}")
    if stray := [journey for journey in (*case.journeys, *case.instead) if journey not in case.expected_entries]:
        mistakes.append(f"in `journeys` or `instead`, and not expected: {', '.join(stray)}")
    named = (*case.expected_entries, *(other for others in case.instead.values() for other in others))
    if known_entries is not None and (unknown := [name for name in named if name not in known_entries]):
        mistakes.append(f"unknown entries: {', '.join(unknown)}")
    return mistakes
