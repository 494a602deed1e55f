"""Asking conversations, each with a memory of its own; nothing is recorded in the base."""

import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evals.conversation.cases import ConversationCase
from noa_rag.answering.pipeline import run
from noa_rag.answering.turn import Turn
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.ports import EarlierTurn, Progress
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa


class Remembered:
    """Conversations kept in memory, as the answer path reads them."""

    def __init__(self) -> None:
        self._turns: dict[str, list[EarlierTurn]] = defaultdict(list)

    def remember(self, conversation_id: str, turn: Turn) -> None:
        answer = turn.answer
        if answer is None:
            return
        choices = tuple(choice.entry_id for choice in answer.choices)
        self._turns[conversation_id].insert(
            0,
            EarlierTurn(
                text=turn.understood.text,
                normalised=turn.understood.normalised,
                understood_as=answer.understood_as,
                entry_ids=(answer.entry.id,) if answer.entry else choices,
                choices=choices,
            ),
        )

    def earlier(self, conversation_id: str, *, since: datetime) -> Sequence[EarlierTurn]:
        return self._turns[conversation_id]


@dataclass(frozen=True, slots=True)
class ConversationOutcome:
    """A case with what Noa did: the entries it showed, in their order, or those it offered."""

    case: ConversationCase
    actual_status: AnswerStatus
    actual_entries: tuple[EntryId, ...]
    actual_choices: tuple[EntryId, ...]
    understood_as: str | None
    confidence: float
    milliseconds: float


def ask_conversations(noa: Noa, cases: Sequence[ConversationCase], *, progress: Progress) -> list[ConversationOutcome]:
    """Ask each case's questions one after the other and return what came of the last."""
    outcomes = []
    for number, case in enumerate(cases):
        progress("asking conversations", number, len(cases))
        outcomes.append(_outcome(noa, case))
    return outcomes


def _outcome(noa: Noa, case: ConversationCase) -> ConversationOutcome:
    memory, conversation_id = Remembered(), uuid.uuid4().hex
    path = noa.path(conversations=memory)
    for text in case.turns:
        memory.remember(conversation_id, run(path, Ask(text, conversation_id=conversation_id)))
    start = time.perf_counter()
    try:
        answer = run(path, Ask(case.question, conversation_id=conversation_id)).answer
    except InvalidQuestion:  # nothing to read: the visitor is told so, which is a refusal
        answer = None
    milliseconds = round((time.perf_counter() - start) * 1_000, 2)
    if answer is None:
        return ConversationOutcome(case, AnswerStatus.ABSTAINED, (), (), None, 0.0, milliseconds)
    shown = [part.entry.id for part in answer.parts if part.entry]
    return ConversationOutcome(
        case=case,
        actual_status=answer.status,
        actual_entries=tuple(shown or ([answer.entry.id] if answer.entry else [])),
        actual_choices=tuple(choice.entry_id for choice in answer.choices),
        understood_as=answer.understood_as,
        confidence=answer.confidence,
        milliseconds=milliseconds,
    )
