"""What the answer path and the review need from the outside, as protocols with what they return.

`service` picks who serves them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Answer, GivenAnswer
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryContent, EntryId, EntryVersion, NewVersion
from noa_rag.domain.facts import Fact, FactBook, FactId, SourceText
from noa_rag.domain.failure import Asked, Failure, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.question import Question
from noa_rag.domain.rephrasing import Rephrasing

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many are done, and how many there are (0: unknown)."""


def no_progress(doing: str, done: int, total: int) -> None:
    """Say nothing."""


Versions = Mapping[EntryId, EntryVersion]


class EntryReader(Protocol):
    """The approved entries, read from the database at every call."""

    def revision(self) -> int:
        """Return a number that grows with every change of the base."""

    def in_force(self, ids: Collection[EntryId], day: date, *, known_on: date | None = None) -> Versions:
        """Return the version of each id that `timeline.in_force` chooses for a day; unknown ids are left out.

        With `known_on`, it chooses among the versions approved by the end of that day in Europe/Paris.
        """

    def agencies(self) -> Mapping[AgencyId, Agency]: ...

    def themes(self) -> tuple[Theme, ...]: ...

    def facts(self) -> FactBook:
        """Return the figures that entries state, as they are known now."""


@dataclass(frozen=True, slots=True)
class Match:
    """One entry found for a question.

    `score` is the fused one that orders matches; `evidence` keeps each retriever's own figures by
    name; `section_key` names the section whose passage matched best, None for the introduction.
    """

    entry_id: EntryId
    version: int
    score: float
    rank: int
    section_key: str | None = None
    evidence: dict[str, float] = field(default_factory=dict)
    family: tuple[EntryId, ...] = ()
    """All entries that answer the same question, the general one first; empty where there is one alone."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The matches of one question, best first, with figures that describe the question itself.

    `words` are the stems that were looked for, misspelt words put right.
    """

    matches: tuple[Match, ...]
    question_evidence: dict[str, float] = field(default_factory=dict)
    words: frozenset[str] = frozenset()


class Retriever(Protocol):
    """What finds entries for a question."""

    def retrieve(self, question: Question, *, hidden: Collection[EntryId] = ()) -> Retrieved:
        """Return matches, best first; `hidden` entries are treated as if they did not exist."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to do with the matches: answer with the first, show it above others, offer some, or abstain.

    `confidence` is the calibrated probability, 0 to 1, that the first match answers; `is_near` says
    whether the question is about something that the base knows, even if nothing is sure to answer it.
    `leads` says that the first match, though not sure enough to be shown alone, is likelier than not to answer: it is
    shown above the others that are offered.
    `is_restated` says that the question is one of the first match's own, whatever else it sounds like.
    `order` is that of the matches once they were read, empty when they were not.
    `because` names what weighed most in the decision, in log-odds for or against answering.
    """

    confidence: float
    answers: bool
    offers: tuple[EntryId, ...] = ()
    leads: bool = False
    is_near: bool = False
    is_restated: bool = False
    order: tuple[EntryId, ...] = ()
    because: Mapping[str, float] = field(default_factory=dict)


class Judge(Protocol):
    """What weighs matches: answer, ask, or abstain."""

    def judge(self, question: Question, retrieved: Retrieved) -> Judgement: ...

    def read(self, question: Question, matches: Sequence[Match]) -> Mapping[EntryId, float]:
        """Return the log-odds that each entry answers, read together with the question; none where nothing reads."""


class Doing(StrEnum):
    """What background jobs say they are doing: a closed vocabulary, for pages that show it in two languages."""

    READING_QUESTIONS = "reading questions"
    GROUPING_QUESTIONS = "grouping questions"
    EMBEDDING_LIBRARY = "embedding the library"
    PREPARING_DRAFTS = "preparing drafts"


class Nearness(Protocol):
    """What tells how near short texts are to a question."""

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Return one figure for each text, larger when nearer; figures of two questions do not compare."""


class Extracting(Protocol):
    """What finds the passage of an entry that answers a question."""

    def extract(self, asked: str, content: EntryContent, shown: str) -> str | None:
        """Return a passage of the text that is shown of an entry, None where none surely answers."""

    def nearest(self, asked: str, content: EntryContent, shown: str) -> tuple[str, float] | None:
        """Return the passage likeliest to answer with its probability; None where none can be compared."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether a proposed change may be published, as far as a quick evaluation can tell, and what it found."""

    passes: bool
    findings: tuple[str, ...] = ()


class PublicationGate(Protocol):
    """What is asked before an entry is published: does the change make other answers worse?"""

    def verdict(self, proposed: Collection[EntryVersion]) -> GateVerdict:
        """Return the verdict on these versions taking the place of the current ones, within five seconds."""


@dataclass(frozen=True, slots=True)
class RecordedQuestion:
    """One question and its outcome as written down; personal data is masked before this point."""

    question_id: str
    conversation_id: str
    asked_at: datetime
    question: Question
    answer: Answer
    duration_seconds: float
    site: str | None = None
    given: GivenAnswer | None = None


@dataclass(frozen=True, slots=True)
class EntryVerdict:
    """What a visitor thinks of an entry; `question_id` is the question for which she chose it, where there is one."""

    entry_id: EntryId
    is_useful: bool
    reason: str | None = None
    comment: str = ""
    question_id: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """A question asked before in the same conversation: as typed, as searched, and the entries it led to.

    `entry_ids` holds the entry shown, else those that the visitor opened, else those offered, the likeliest first;
    `choices` those offered, in their order.
    """

    text: str
    normalised: str
    understood_as: str | None = None
    entry_ids: tuple[EntryId, ...] = ()
    choices: tuple[EntryId, ...] = ()

    @property
    def shown(self) -> tuple[EntryId, ...]:
        """Return the entries that the visitor was shown, not only offered."""
        return () if self.entry_ids == self.choices else self.entry_ids


class Conversations(Protocol):
    """What was asked before in a conversation; an id is known to its own visitor only."""

    def earlier(self, conversation_id: str, *, since: datetime) -> Sequence[EarlierTurn]:
        """Return the last few questions of a conversation, newest first; none for an unknown id."""


class QuestionLog(Protocol):
    """Where questions, their outcomes and the visitors' verdicts are kept."""

    def record(self, recorded: RecordedQuestion) -> None: ...

    def record_feedback(self, question_id: str, *, is_useful: bool, reason: str | None, comment: str) -> None:
        """Keep a visitor's verdict; the last one counts. Raises NotFound for an unknown question."""

    def record_entry_verdict(self, verdict: EntryVerdict) -> None:
        """Keep a verdict on an entry. Raises NotFound for an unknown entry or question."""

    def record_choice(self, question_id: str, entry_id: EntryId) -> None:
        """Keep that a visitor opened an entry that this question's answer offered; any other entry is ignored."""

    def record_rephrasing(self, question_id: str, rephrasing: Rephrasing) -> None:
        """Keep an attempt at rephrasing the answer to a recorded question. Raises NotFound for an unknown one."""


class ReviewChange(Protocol):
    """One transaction: all of it is written, or nothing. Reads inside see what was written before them."""

    def person(self, person_id: PersonId) -> Person | None:
        """Return somebody as her account stands now; a removed role counts from this read on."""

    def everyone(self) -> Sequence[Person]:
        """Return every account, disabled ones included, by id."""

    def confirm_account(self, person_id: PersonId) -> None:
        """Mark the waiting changes of an account as confirmed."""

    def draft(self, draft_id: DraftId) -> Draft:
        """Return a draft. Raises NotFound."""

    def add_draft(self, draft: Draft) -> None: ...

    def save_draft(self, draft: Draft, *, expected_revision: int) -> Draft:
        """Keep the draft with the next revision and return it. Raises VersionConflict when the stored one differs."""

    def pending_drafts_of(self, entry_id: EntryId) -> Sequence[Draft]: ...

    def entry(self, entry_id: EntryId) -> EntryVersion | None:
        """Return the newest version, withdrawn or not."""

    def history(self, entry_id: EntryId) -> Sequence[EntryVersion]:
        """Return every version, oldest first: the first of them is version 1."""

    def add_version(self, version: NewVersion) -> EntryVersion:
        """Add a version with its audit entry and return it. Raises VersionConflict."""

    def followed_sources(self) -> Mapping[tuple[EntryId, str], SourceText]:
        """Return each source that entries cite as it was last compared, by entry and the source's id."""

    def follow_source(self, entry_id: EntryId, text: SourceText) -> None:
        """Keep a source's text as the one that the entry's next comparison starts from."""

    def facts(self) -> Mapping[FactId, Fact]:
        """Return the facts, from which calculations take their figures."""

    def needs_two_people(self, agency_id: AgencyId) -> bool: ...

    def set_needs_two_people(self, agency_id: AgencyId, needs: bool) -> None: ...

    def knows_agency(self, agency_id: AgencyId) -> bool: ...

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, str | int | None]) -> None:
        """Append an entry to the audit's chain, in this transaction."""


class ReviewStore(Protocol):
    """Drafts, groups and rules, as kept in the database."""

    def changing(self) -> AbstractContextManager[ReviewChange]:
        """Open a transaction; it is committed at the end of the block, or not at all."""

    def draft(self, draft_id: DraftId) -> Draft:
        """Return a draft. Raises NotFound."""

    def drafts(self) -> list[Draft]:
        """Return every draft, the last changed first."""

    def drafted_groups(self) -> Mapping[GroupId, DraftId]:
        """Return the newest draft of each group that has one."""

    def group(self, group_id: GroupId) -> QuestionGroup:
        """Return a group with its failures. Raises NotFound."""

    def groups(self) -> list[QuestionGroup]:
        """Return every group with its failures, the largest first."""

    def add_group(self, group: QuestionGroup) -> None:
        """Keep a new group with its failures."""

    def join_group(self, group_id: GroupId, failures: Sequence[Failure], *, canonical: str) -> None:
        """Add failures to a group and set its canonical phrasing; one already in a group stays where it is."""

    def asked_since(self, moment: datetime | None, *, limit: int | None = None) -> list[Asked]:
        """Return recorded questions asked after `moment`, oldest first; with `limit`, the newest so many."""

    def asked_in(self, conversation_ids: Collection[str]) -> list[Asked]:
        """Return all recorded questions of these conversations, oldest first."""
