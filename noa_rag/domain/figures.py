"""Counts of recorded questions, as the follow-up reads them from the database."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId, EntryStatus
from noa_rag.domain.failure import GroupId
from noa_rag.domain.mark import SentenceMark

OWN_PAGES = ""  # stands for Noa's own pages where a site is chosen; no site has an empty name


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
class HourCount:
    """Questions of one hour; `hour` is its beginning, in UTC."""

    hour: datetime
    status: AnswerStatus
    count: int


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """Questions that came to the same."""

    status: AnswerStatus
    reason: str | None
    entry_id: EntryId | None
    contact_agency_id: AgencyId | None
    count: int


@dataclass(frozen=True, slots=True)
class PublicCount:
    """Questions of the same visitors, as far as Noa knows them."""

    status: AnswerStatus
    site: str | None
    region: str | None
    audience: str | None
    language: str
    count: int


@dataclass(frozen=True, slots=True)
class OpinionCount:
    """Verdicts of visitors that say the same about the same."""

    is_useful: bool
    reason: str | None
    status: AnswerStatus
    entry_id: EntryId | None
    contact_agency_id: AgencyId | None
    site: str | None
    region: str | None
    audience: str | None
    language: str
    count: int


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Failed questions of one group."""

    group_id: GroupId
    canonical: str
    count: int


@dataclass(frozen=True, slots=True)
class NotableQuestion:
    """A recorded question to look at; `reason` and `comment` are the visitor's, where she gave a verdict."""

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


class Counts(Protocol):
    """Counts within one consistent state of the database."""

    def hours(self, span: Span, chosen: Chosen) -> Sequence[HourCount]: ...

    def outcomes(self, span: Span, chosen: Chosen) -> Sequence[OutcomeCount]: ...

    def publics(self, span: Span, chosen: Chosen) -> Sequence[PublicCount]: ...

    def opinions(self, span: Span, chosen: Chosen) -> Sequence[OpinionCount]:
        """Return verdicts on questions that were asked in the span, whenever they were given."""

    def groups(self, span: Span, chosen: Chosen) -> Sequence[GroupCount]: ...

    def durations(self, span: Span, chosen: Chosen) -> Sequence[float]:
        """Return the seconds of every question, in no order."""

    def slowest(self, span: Span, chosen: Chosen, *, limit: int) -> Sequence[NotableQuestion]: ...

    def not_useful(self, span: Span, chosen: Chosen, *, limit: int) -> Sequence[NotableQuestion]:
        """Return what visitors found useless, asked last first."""

    def marks(self, span: Span, chosen: Chosen) -> Mapping[str, Sequence[SentenceMark]]:
        """Return QA's last mark of each sentence, by question."""

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
