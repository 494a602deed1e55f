"""QA's marks on an answer that was shown: on the whole, and on each sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noa_rag.domain.entry import EntryId
from noa_rag.domain.people import PersonId

WHOLE = 0  # the number of a mark on the answer as a whole; sentences count from 1


class Mark(StrEnum):
    """Whether something that was shown answers the question."""

    RIGHT = "right"
    PARTLY = "partly"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """What is marked: the text of an entry, shown for a question whose personal data is masked.

    `question_id` is that of the record, None for a case of an evaluation.
    """

    question: str
    entry_id: EntryId
    entry_version: int | None = None
    question_id: str | None = None


@dataclass(frozen=True, slots=True)
class SentenceMark:
    """A mark on one sentence, word for word as it was shown; number 0 is the whole answer, its sentence empty."""

    number: int
    sentence: str
    mark: Mark
    note: str = ""


@dataclass(frozen=True, slots=True)
class GivenMark:
    """A mark with who gave it."""

    mark: SentenceMark
    marked_by: PersonId
    marked_at: datetime


def overall(marks: Sequence[SentenceMark]) -> Mark | None:
    """Return the mark of an answer: that given to the whole, else what its sentences say together."""
    whole = [one.mark for one in marks if one.number == WHOLE]
    if whole:
        return whole[-1]
    given = {one.mark for one in marks}
    if not given:
        return None
    return given.pop() if len(given) == 1 else Mark.PARTLY
