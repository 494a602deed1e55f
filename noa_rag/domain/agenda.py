"""The monthly committee: months, the decisions it takes about groups of questions, and where they are kept."""

import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, Self

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person, PersonId


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year, written `2026-11`."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the month that `2026-11` writes. Raises NotFound for anything else."""
        if not re.fullmatch(r"2[0-9]{3}-(0[1-9]|1[0-2])", text):
            raise NotFound(f"{text!r} is not a month such as 2026-11.")
        return cls(int(text[:4]), int(text[5:]))

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return self.after().first_day - timedelta(days=1)

    def before(self) -> "Month":
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    def after(self) -> "Month":
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


class CommitteeDecision(StrEnum):
    """What the committee may decide about a group of questions."""

    WRITE = "write"
    """An entry is to be written."""
    ATTACH = "attach"
    """An entry says it already: the questions are to be attached to it."""
    OUT_OF_REMIT = "out_of_remit"
    """No agency of Noa answers that; the group is set aside until twice as many have asked."""
    LATER = "later"
    """To be looked at again next month."""


@dataclass(frozen=True, slots=True)
class AgendaDecision:
    """What the committee of one month decided about a group; its last word of the month counts."""

    month: Month
    group_id: GroupId
    decision: CommitteeDecision
    note: str
    decided_by: PersonId
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """A recorded question that an entry answered; times are UTC."""

    question_id: str
    normalised: str
    asked_at: datetime
    entry_id: EntryId


class AgendaChange(Protocol):
    """One transaction about the agenda: all of it is written, or nothing."""

    def person(self, person_id: PersonId) -> Person | None:
        """Return somebody as her account stands now."""

    def owner_of(self, group_id: GroupId) -> AgencyId | None:
        """Return the agency of the group's newest draft, None without a draft. Raises NotFound."""

    def add(self, decision: AgendaDecision) -> None:
        """Keep a decision beside the earlier ones, with its audit entry."""


class AgendaStore(Protocol):
    """The committee's decisions, and what entries answered since."""

    def deciding(self) -> AbstractContextManager[AgendaChange]:
        """Open a transaction; it is committed at the end of the block, or not at all."""

    def decisions(self) -> Sequence[AgendaDecision]:
        """Return every decision, oldest first."""

    def answers_of(self, entry_ids: Collection[EntryId], *, since: datetime) -> Sequence[EntryAnswer]:
        """Return the questions that these entries answered after `since`, oldest first."""
