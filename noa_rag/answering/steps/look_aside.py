"""Between judging and wording: whether what was not found is something that no longer holds, or not yet."""

from dataclasses import dataclass, field, replace

from noa_rag.answering.turn import SetAside, Turn
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import EntryReader, Judge, Retriever


@dataclass(frozen=True, slots=True)
class LookAside:
    """Only what holds on the day is searched for an answer; a refusal may still say that one has expired.

    `retriever` and `judge` know every approved entry, whatever its window.
    """

    retriever: Retriever
    judge: Judge
    entries: EntryReader
    hidden: frozenset[EntryId] = field(default_factory=frozenset)

    def __call__(self, turn: Turn) -> Turn:
        judgement = turn.judgement
        if turn.is_aside_near or (judgement is not None and (judgement.answers or judgement.offers)):
            return turn
        question = turn.understood
        retrieved = self.retriever.retrieve(question, hidden=self.hidden)
        if not retrieved.matches:
            return turn
        first = retrieved.matches[0]
        version = self.entries.as_of([first.entry_id], question.as_of).get(first.entry_id)
        if version is None or version.is_servable_on(question.as_of):
            return turn
        if not self.judge.judge(question, retrieved).is_near:
            return turn
        aside = SetAside(first, version, Reason.OUTSIDE_VALIDITY)
        return replace(turn, set_aside=(aside, *turn.set_aside), is_aside_near=True)
