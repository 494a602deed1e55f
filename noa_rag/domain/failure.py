"""Questions that Noa failed, and the groups of those that mean the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from noa_rag.domain.answer import Reason
from noa_rag.domain.days import end_of, start_of
from noa_rag.domain.entry import EntryId
from noa_rag.domain.question import Language

GroupId = NewType("GroupId", str)
# One visitor's question may be a slip of the keyboard; two visitors who mean the same have a question.
MIN_VOLUME = 2


class FailureKind(StrEnum):
    """How a conversation failed."""

    ABSTAINED = "abstained"
    """Noa refused."""
    NOT_TAKEN = "not_taken"
    """Noa offered a choice, and the visitor opened none of it."""
    NOT_USEFUL = "not_useful"
    """The visitor said that the answer was not useful."""
    REPHRASED = "rephrased"
    """Noa answered, and the visitor asked the same in other words."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A recorded question, masked, with its outcome and the visitor's verdict."""

    question_id: str
    conversation_id: str
    asked_at: datetime
    text: str
    normalised: str
    language: Language
    status: str
    reason: Reason | None = None
    region: str | None = None
    audience: str | None = None
    site: str | None = None
    entry_id: EntryId | None = None
    entry_version: int | None = None
    choices: tuple[EntryId, ...] = ()
    contact_agency_id: str | None = None
    confidence: float = 0.0
    taken: tuple[EntryId, ...] = ()
    """The offered entries that the visitor opened."""
    is_useful: bool | None = None
    feedback_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A recorded question that Noa failed, and how."""

    asked: Asked
    kind: FailureKind


class Noise(StrEnum):
    """Why a failed question is no use to anyone."""

    EMPTY = "empty"
    """Nothing but numbers, signs, or what was masked and the words that bring it: "mon numéro est…"."""
    SMALL_TALK = "small_talk"
    ABUSE = "abuse"
    """Insults, threats, crude talk, plans to do harm, advertising."""
    ORDER = "order"
    """Tells the machine what to say, to forge, or to give away."""
    MASHING = "mashing"
    """No word that the base knows."""


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Failed questions that mean the same. A question that joined stays, unless a person splits or merges groups.

    `canonical` is the phrasing that stands for the group; `failures` are in the order they were asked.
    """

    id: GroupId
    canonical: str
    created_at: datetime
    failures: tuple[Failure, ...] = ()

    @property
    def volume(self) -> int:
        return len(self.failures)

    @property
    def first_asked_at(self) -> datetime:
        return self.failures[0].asked.asked_at

    @property
    def last_asked_at(self) -> datetime:
        return self.failures[-1].asked.asked_at

    def asked_between(self, start: date, end: date) -> int:
        """Return how many were asked from `start` to `end`, both included, days in Paris."""
        begun, over = start_of(start), end_of(end)
        return sum(begun <= failure.asked.asked_at < over for failure in self.failures)


def counted(values: Sequence[str | None]) -> dict[str, int]:
    """Return how often each value occurs, most frequent first; None is left out."""
    counts: dict[str, int] = {}
    for value in values:
        if value is not None:
            counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
