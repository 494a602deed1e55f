"""Counts of recorded questions by outcome, as the follow-up reads them from the database."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Mark
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.failure import GroupId
from noa_rag.domain.rephrasing import RephrasingOutcome

OWN_PAGES = ""  # stands for Noa's own pages where a site is chosen; no site has an empty name

Key = str | None
"""What questions are told apart by; None where a question has nothing there."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, its end not included."""

    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which questions are counted; None leaves that side open.

    A question belongs to the agency of the entry that answered it, else to the one whose contact was shown.
    """

    agencies: frozenset[AgencyId] | None = None
    site: str | None = None


EVERYTHING = Chosen()


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Failed questions of one group."""

    group_id: GroupId
    canonical: str
    count: int


@dataclass(frozen=True, slots=True)
class RephrasingCount:
    """The number of questions whose last rephrasing had this outcome and reason."""

    outcome: RephrasingOutcome
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True)
class NotableQuestion:
    """A recorded question to look at; `reason` and `comment` are the visitor's, where she gave a verdict.

    For a verdict on an entry that no question led to, `question_id` is empty, and `text` is the entry's question.
    """

    question_id: str
    asked_at: datetime
    text: str
    entry_id: EntryId | None
    duration_seconds: float
    reason: str | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class AddedVersion:
    """When an entry got a version, and whether that version serves or withdraws it."""

    entry_id: EntryId
    version: int
    agency_id: AgencyId
    status: EntryStatus
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What the follow-up says of an entry, as its newest version has it; `is_served`: the public may get it today."""

    id: EntryId
    question: str
    agency_id: AgencyId
    theme: str
    is_served: bool
    review_by: date | None


class Side(StrEnum):
    """What is known of the visitor who asked; without it a question has the key None."""

    SITE = "site"
    REGION = "region"
    AUDIENCE = "audience"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many questions had each status, how many got a verdict, and how many of these "useful"."""

    answered: int = 0
    clarified: int = 0
    abstained: int = 0
    judged: int = 0
    useful: int = 0

    @property
    def asked(self) -> int:
        return self.answered + self.clarified + self.abstained

    @property
    def answered_share(self) -> float | None:
        return self.answered / self.asked if self.asked else None

    @property
    def useful_share(self) -> float | None:
        """Return the share of verdicts that say "useful"; None without a verdict."""
        return self.useful / self.judged if self.judged else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.answered + other.answered,
            self.clarified + other.clarified,
            self.abstained + other.abstained,
            self.judged + other.judged,
            self.useful + other.useful,
        )


class AskedCounts(Protocol):
    """The chosen questions of a span, counted.

    Verdicts are those on these questions, whenever they were given, and those on entries that were given in the span.
    """

    def total(self) -> Tally: ...

    def distress_count(self) -> int:
        """Return the number of messages of distress, which no other count includes."""

    def by(self, side: Side) -> Mapping[Key, Tally]: ...

    def entries(self) -> Mapping[EntryId, Tally]:
        """Return the questions that an entry answered, by entry."""

    def contacts(self) -> Mapping[AgencyId | None, Tally]:
        """Return the questions that no entry answered, by the agency whose contact was shown."""

    def hours(self) -> Mapping[datetime, Tally]:
        """Return the questions by the hour they were asked in; its beginning, in UTC."""

    def refusals(self) -> Mapping[Key, int]:
        """Return the abstentions by reason; choices that Noa offered are not refusals."""

    def complaints(self) -> Mapping[Key, int]:
        """Return the verdicts "not useful" by reason."""

    def groups(self) -> Sequence[GroupCount]: ...

    def rephrasings(self) -> Sequence[RephrasingCount]: ...

    def durations(self) -> Sequence[float]:
        """Return the seconds of every question, ascending."""

    def slowest(self, *, limit: int) -> Sequence[NotableQuestion]: ...

    def not_useful(self, *, limit: int) -> Sequence[NotableQuestion]:
        """Return what visitors found useless, asked last first."""

    def marks(self) -> Mapping[Mark, int]:
        """Return what QA said of answers, each as a whole: of a sentence the last mark counts."""


class Counts(Protocol):
    """Counts within one consistent state of the database."""

    def asked(self, span: Span, chosen: Chosen) -> AskedCounts: ...

    def never_served(self) -> frozenset[EntryId]:
        """Return the entries that no recorded question was answered with."""

    def versions(self) -> Sequence[AddedVersion]:
        """Return every version of every entry, oldest first."""

    def sites(self) -> Sequence[str]:
        """Return the sites that questions came from, Noa's own pages left out."""


class CountStore(Protocol):
    """Where recorded questions are counted."""

    def counting(self) -> AbstractContextManager[Counts]:
        """Open one consistent state of the database."""

    def days_to_keep(self) -> Sequence[date]:
        """Return the days that are over and not kept as columns yet, newest first."""

    def keep_day(self, day: date) -> None:
        """Keep what is counted of a day that is over."""
