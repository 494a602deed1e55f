"""A turn: one question with what the steps have found so far, on its way to an answer."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from noa_rag.domain.answer import Answer, General, Reason
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.ports import Judgement, Match, Retrieved
from noa_rag.domain.question import Ask, Question
from noa_rag.domain.rephrasing import Rephrasing


@dataclass(frozen=True, slots=True)
class Candidate:
    """A match together with the version that may be shown for it: its own, or that of another entry of its family."""

    match: Match
    version: EntryVersion
    general: General | None = None

    @property
    def is_situation(self) -> bool:
        """Whether it asks back, and answers nothing by itself."""
        return bool(self.version.content.branches)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A match that may not be shown, and why."""

    match: Match
    version: EntryVersion
    reason: Reason


@dataclass(frozen=True, slots=True)
class Need:
    """One of several entries that a question needs, None where nothing answers; `words` say which part of it.

    `near` are the entries nearest to a part that nothing answers: their agencies are whom to ask.
    """

    words: str
    candidate: Candidate | None
    near: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Each step returns a fuller turn; `answer` ends it."""

    ask: Ask
    question: Question | None = None
    retrieved: Retrieved = field(default_factory=lambda: Retrieved(()))
    candidates: tuple[Candidate, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    judgement: Judgement | None = None
    is_aside_near: bool = False
    """Whether the question is about the first match, and that one may not be shown."""
    understood_as: str | None = None
    """The question that was searched, when the one typed was understood with the one before."""
    alone: str | None = None
    """The one typed, normalised, when it was understood with the one before."""
    read_before: tuple[EntryId, ...] = ()
    """The entries that the visitor was shown before in the conversation."""
    needs: tuple[Need, ...] = ()
    """What the answer is put together from, when one entry is not enough."""
    support: EntryVersion | None = None
    """An entry for people in distress, where the message may be one of them."""
    answer: Answer | None = None
    rephrasing: Rephrasing | None = None
    """What a language model proposed, in assisted mode."""

    def conclude(self, answer: Answer) -> "Turn":
        """Settle the matter; later steps may only add to the answer."""
        return replace(self, answer=answer)

    @property
    def is_settled(self) -> bool:
        """Whether no later step has a say: help in distress, and a contact asked for, are shown as they are."""
        return self.answer is not None and self.answer.reason in (Reason.DISTRESS, Reason.ASKS_FOR_PERSON)

    @property
    def understood(self) -> Question:
        """The question, once `understand` has run."""
        if self.question is None:
            raise AssertionError("`understand` must run before this step")
        return self.question


Step = Callable[[Turn], Turn]
"""One step of the answer path, or several: takes the turn, and returns it with what it found out."""
