"""Keeps conversations in memory, where they cannot be read from the recorded questions."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from noa_rag.answering.turn import Step, Turn
from noa_rag.domain.answer import Reason
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.ports import EarlierTurn
from noa_rag.domain.question import Ask, Mode

REPLAYED = 3  # questions; each is answered again, and older ones count as another subject


class Remembered:
    """Conversations kept in memory, as the answer path reads them."""

    def __init__(self) -> None:
        self._turns: dict[str, list[EarlierTurn]] = defaultdict(list)

    def remember(self, conversation_id: str, turn: Turn) -> None:
        answer = turn.answer
        if answer is None or answer.reason is Reason.DISTRESS:
            return
        choices = tuple(choice.entry_id for choice in answer.choices)
        self._turns[conversation_id].insert(
            0,
            EarlierTurn(
                text=turn.understood.text,
                normalised=turn.understood.normalised,
                understood_as=answer.understood_as,
                entry_ids=(answer.entry.id,) if answer.entry and answer.reason is not Reason.SITUATION else choices,
                choices=choices,
            ),
        )

    def earlier(self, conversation_id: str, *, since: datetime) -> Sequence[EarlierTurn]:
        return self._turns[conversation_id]


def replayed(ask: Ask, path: Sequence[Step], memory: Remembered) -> Ask:
    """Return the question in a new conversation of `memory`, filled by answering the last earlier questions again.

    `path` must read `memory`. Earlier questions that are invalid are skipped.
    """
    from noa_rag.answering.pipeline import run  # which imports the steps, and they the conversation

    conversation_id = uuid.uuid4().hex
    for text in ask.earlier[-REPLAYED:]:
        with suppress(InvalidQuestion):
            before = replace(ask, text=text, earlier=(), mode=Mode.STRICT, conversation_id=conversation_id)
            memory.remember(conversation_id, run(path, before))
    return replace(ask, earlier=(), conversation_id=conversation_id)
