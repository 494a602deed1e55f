"""Drafts: proposed entries, or proposed changes of entries, on their way to a verdict."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import PersonId

DraftId = NewType("DraftId", str)
UNDO_WINDOW = timedelta(minutes=1)


class DraftState(StrEnum):
    """Where a draft stands; only the first two are open to a verdict."""

    OPEN = "open"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    ATTACHED = "attached"
    DECLINED = "declined"

    @property
    def is_pending(self) -> bool:
        return self in (DraftState.OPEN, DraftState.CHANGES_REQUESTED)


class ProposedBy(StrEnum):
    """Who wrote the answer that a draft proposes."""

    EXTRACT = "extract"
    """Quoted from the official library, word for word."""
    PERSON = "person"
    MODEL = "model"
    """Written by a language model from the evidence, whoever changed it since: each sentence is held against that."""
    FACT = "fact"
    """The entry's own text with a figure's new value in it."""
    SOURCE = "source"
    """The entry's own text, of which a source changed; for an official fiche its newer text."""

    @property
    def asks_to_read_again(self) -> bool:
        """Whether Noa opened the draft because something that the entry states or rests on changed."""
        return self in (ProposedBy.FACT, ProposedBy.SOURCE)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage of the official library, word for word; `score` is its cosine with the group's questions, 0 to 1."""

    source_id: EntryId
    title: str
    url: str
    heading: str
    quote: str
    score: float


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An entry or a draft that may already say it; `likeness` is 0 to 1."""

    kind: str
    """`entry` or `draft`."""
    id: str
    question: str
    likeness: float


@dataclass(frozen=True, slots=True)
class NearEntry:
    """An entry that Noa found for the group's canonical question, with its calibrated confidence, 0 to 1."""

    entry_id: EntryId
    question: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Recheck:
    """The outcome of asking a group's questions again after a verdict."""

    asked_count: int
    answered_count: int
    still_failing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What a verdict wrote in the base: `before` is the version that was current, 0 when there was none."""

    entry_id: EntryId
    version: int
    before: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed content for `entry_id`, prepared for one agency.

    `base_version` is the version of the entry that the draft starts from, 0 for an entry that does
    not exist yet. `revision` counts the changes of the draft itself, from 1: two people who act on
    the same revision cannot both win.
    """

    id: DraftId
    entry_id: EntryId
    agency_id: AgencyId
    content: EntryContent
    author: PersonId
    """Whoever last changed the content; `noa` for what Noa prepared by itself."""
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    base_version: int = 0
    state: DraftState = DraftState.OPEN
    group_id: GroupId | None = None
    proposed_by: ProposedBy = ProposedBy.PERSON
    owner_reason: str = ""
    """Why this agency, in a sentence that a referent reads; why to read the entry again, in lines, quotes indented."""
    evidence: tuple[Evidence, ...] = ()
    is_thin: bool = False
    """Whether the library hardly speaks of the question: nothing is quoted then, and the answer is to be written."""
    library: str = ""
    """The fingerprint of the library that was searched for evidence, empty where that is not known."""
    duplicates: tuple[Duplicate, ...] = ()
    near: tuple[NearEntry, ...] = ()
    note: str = ""
    """What the last verdict or hand-over said: a reason, or the changes asked for."""
    decided_by: PersonId | None = None
    decided_at: datetime | None = None
    published: Published | None = None
    recheck: Recheck | None = None

    withdrawn_version: int = 0
    """The version that took the draft's new entry away again when its approval was undone."""
    is_unassigned: bool = False
    """Whether nobody has it yet: too little speaks for `agency_id`, whose text it becomes once it is taken."""
    editors: tuple[PersonId, ...] = ()
    """Everyone who changed the content since the draft was begun, in the order of their first change."""

    @property
    def owner(self) -> AgencyId | None:
        """The agency whose draft it is, None while nobody has it."""
        return None if self.is_unassigned else self.agency_id

    @property
    def passed_on_by(self) -> frozenset[AgencyId]:
        """The text's agency, where its referent agreed to it and gave the draft to the owner of a variant's family."""
        return frozenset({self.content.agency_id} - {self.agency_id})

    @property
    def writers(self) -> frozenset[PersonId]:
        """Everyone whose words the content may hold; a draft of an earlier release knows its author alone."""
        return frozenset({self.author, *self.editors})

    def written_by(self, person_id: PersonId, content: EntryContent) -> "Draft":
        """Return the draft with content by this person, who becomes its author."""
        editors = self.editors if person_id in self.editors else (*self.editors, person_id)
        by = ProposedBy.MODEL if self.proposed_by is ProposedBy.MODEL else ProposedBy.PERSON
        return replace(self, content=content, author=person_id, editors=editors, proposed_by=by)

    @property
    def changes(self) -> tuple[str, ...]:
        """What changed since the approval, one line each, without quotes; empty unless the draft asks to read again."""
        lines = self.owner_reason.splitlines() if self.proposed_by.asks_to_read_again else []
        return tuple(line for line in lines if not line.startswith(" "))

    @property
    def is_edit(self) -> bool:
        """Whether the entry exists in the base already, withdrawn or not."""
        return self.base_version > 0

    @property
    def is_of_new_entry(self) -> bool:
        """Whether the entry was never served, or only until its approval was undone."""
        return self.base_version == self.withdrawn_version

    def can_be_undone_at(self, moment: datetime) -> bool:
        """Return whether the verdict is less than a minute old."""
        return self.decided_at is not None and moment - self.decided_at <= UNDO_WINDOW


def with_alternates(content: EntryContent, alternates: tuple[AlternateQuestion, ...]) -> tuple[AlternateQuestion, ...]:
    """Return the content's alternate questions, then those it lacks; case and surrounding space do not count."""
    known = {content.question.strip().casefold()} | {
        question.text.strip().casefold() for question in content.alternate_questions
    }
    added: list[AlternateQuestion] = []
    for alternate in alternates:
        if alternate.text.strip().casefold() not in known:
            known.add(alternate.text.strip().casefold())
            added.append(alternate)
    return (*content.alternate_questions, *added)
