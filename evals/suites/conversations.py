"""Labelled conversations: a JSONL file, read with the line of every mistake."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from evals.suites.cases import SUITES
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import Complaint, InvalidKnowledge

SUITE = "conversation"
CONVERSATIONS = SUITES / f"{SUITE}.jsonl"


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
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidKnowledge([Complaint(path.name, 0, f"cannot be read: {error}")]) from error
    cases: list[ConversationCase] = []
    complaints: list[Complaint] = []
    for number, line in enumerate(lines, start=1):
        try:
            case = msgspec.json.decode(line, type=ConversationCase)
        except msgspec.MsgspecError as error:
            complaints.append(Complaint(path.name, number, f"not a conversation: {error}"))
            continue
        complaints += [Complaint(path.name, number, mistake) for mistake in _mistakes(case, cases, known_entries)]
        cases.append(case)
    if complaints:
        raise InvalidKnowledge(complaints)
    return cases


def _mistakes(
    case: ConversationCase, before: Collection[ConversationCase], known_entries: Collection[EntryId] | None
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
    if stray := [one for one in (*case.journeys, *case.instead) if one not in case.expected_entries]:
        mistakes.append(f"in `journeys` or `instead`, and not expected: {', '.join(stray)}")
    named = (*case.expected_entries, *(one for others in case.instead.values() for one in others))
    if known_entries is not None and (unknown := [one for one in named if one not in known_entries]):
        mistakes.append(f"unknown entries: {', '.join(unknown)}")
    return mistakes
