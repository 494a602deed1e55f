"""Answers messages of distress from clients that have asked too often, at next to no cost."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from cachetools import TTLCache

from noa_rag.answering.pipeline import Answering
from noa_rag.answering.steps.help_first import HelpFirst
from noa_rag.answering.turn import Step, Turn
from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.limits import CLIENT
from noa_rag.domain.question import Ask

SECONDS = 60  # for which a client gets the same help again: one row a minute and address
CLIENT_LIMIT = 1_000  # answers kept, some 10 KB each


class HelpBeyondLimit:
    """Gives the help alone, without a search for what else a message asks; again from memory within a minute."""

    def __init__(self, path: Sequence[Step], answering: Answering) -> None:
        """`path` is the answer path; `answering` records as the service does."""
        steps = [replace(step, find=_nothing, weigh=_nothing) if isinstance(step, HelpFirst) else step for step in path]
        self._answering = answering.over(steps)
        self._given: TTLCache[tuple[object, ...], Answer] = TTLCache(CLIENT_LIMIT, SECONDS)
        self._turn = threading.Lock()

    def ask(self, ask: Ask) -> Answer:
        """Return the help; for what proves to be no distress, the answer to any question."""
        key = (CLIENT.get(), ask.language, ask.region, ask.as_of)
        with self._turn:
            given = self._given.get(key)
        if given is not None:
            return given
        answer = self._answering.ask(ask)
        if answer.reason is Reason.DISTRESS:
            with self._turn:
                self._given[key] = answer
        return answer


def _nothing(turn: Turn) -> Turn:
    return replace(turn, candidates=())
