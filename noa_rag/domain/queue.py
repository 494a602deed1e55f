"""The queue of the review: the pile and assignee of each group of questions, comments on it, and moves of groups."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft
from noa_rag.domain.failure import GroupId, Noise, QuestionGroup
from noa_rag.domain.people import Person, PersonId

ItemId = NewType("ItemId", str)
"""The id of the group that a line of the queue is about, of the draft where it is about no group."""
MoveId = NewType("MoveId", str)
NOA = PersonId("noa")  # who placed a group that no person placed


class Pile(StrEnum):
    """Where a group without a draft lies."""

    TO_DO = "to_do"
    OUT_OF_SCOPE = "out_of_scope"
    """It is none of the base's business, as Noa or somebody judged; nobody has closed it yet."""
    DISMISSED = "dismissed"
    """Somebody closed it as none of the base's business."""
    ANSWERED = "answered"
    """Its questions are answered by now; it is to be done again once one of them fails."""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """What is stored of one line of the queue, beside its questions and its draft.

    `agency_id` and `owner_reason` are the owner of a group without a draft, as Noa thinks it likely or as `given_by`
    says; None where the evidence is thin. A group that Noa put aside as noise has the kind of noise as its reason.
    """

    id: ItemId
    pile: Pile = Pile.TO_DO
    placed_by: PersonId = NOA
    """Who put it where it lies; what a person placed, Noa leaves there."""
    agency_id: AgencyId | None = None
    owner_reason: str = ""
    judged_volume: int = 0
    """How many questions the group had when Noa last judged it."""
    snoozed_until: datetime | None = None
    assignee: PersonId | None = None
    likely: tuple[AgencyId, ...] = ()
    """The likeliest owners, the likeliest first."""
    given_by: PersonId | None = None
    """Who gave it to its agency; None where Noa found the agency, or none."""

    @property
    def noise(self) -> Noise | None:
        """Why the group is noise, None for any other group."""
        return Noise(self.owner_reason) if self.owner_reason in list(Noise) else None

    def sleeps_at(self, moment: datetime) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > moment


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said to colleagues about a line of the queue; the public never reads it."""

    item_id: ItemId
    author: PersonId
    at: datetime
    text: str


class MoveKind(StrEnum):
    """What somebody did to groups by hand."""

    DISMISSED = "dismissed"
    BROUGHT_BACK = "brought_back"
    SPLIT = "split"
    MERGED = "merged"
    GIVEN = "given"
    """Given to an agency."""


@dataclass(frozen=True, slots=True)
class Move:
    """Something done to groups by hand that can be taken back.

    `before` has the items as they were, and `questions` the ids of those that went `from_group` `to_group`. It holds no
    text of the questions.
    """

    id: MoveId
    kind: MoveKind
    actor: PersonId
    at: datetime
    before: tuple[QueueItem, ...] = ()
    from_group: GroupId | None = None
    to_group: GroupId | None = None
    questions: tuple[str, ...] = ()
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A view of the queue that somebody comes back to; `query` is that of its address."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many lines of the queue wait for somebody: those of her agencies, and those in her own hands."""

    to_do: int = 0
    assigned: int = 0


class QueueChange(Protocol):
    """One transaction about the queue: all of it is written, or nothing."""

    def person(self, person_id: PersonId) -> Person | None:
        """Return somebody as her account stands now."""

    def item(self, item_id: ItemId) -> QueueItem:
        """Return the stored line of the queue, a new one where there is none. Raises NotFound for an unknown id."""

    def save(self, item: QueueItem) -> None: ...

    def group(self, group_id: GroupId) -> QuestionGroup:
        """Return a group with its failures. Raises NotFound."""

    def knows_agency(self, agency_id: AgencyId) -> bool: ...

    def has_draft(self, group_id: GroupId) -> bool:
        """Whether the group ever had a draft, decided or not."""

    def pending_draft(self, group_id: GroupId) -> Draft | None:
        """Return the group's draft that waits for its verdict, None where there is none."""

    def save_draft(self, draft: Draft, *, expected_revision: int) -> Draft:
        """Replace a draft and return it with its new revision. Raises VersionConflict at another revision."""

    def add_group(self, group: QuestionGroup) -> None:
        """Keep a new group without questions."""

    def move_questions(self, question_ids: Collection[str], from_group: GroupId, to_group: GroupId) -> int:
        """Put those questions that are in the one group into the other, and return how many there were."""

    def set_canonical(self, group_id: GroupId, text: str) -> None: ...

    def add_comment(self, comment: Comment) -> None: ...

    def add_move(self, move: Move) -> None: ...

    def move(self, move_id: MoveId) -> Move:
        """Return a move. Raises NotFound."""

    def mark_undone(self, move_id: MoveId, at: datetime) -> None: ...

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, str | int | None]) -> None: ...


class QueueStore(Protocol):
    """The queue as kept in the database."""

    def changing(self) -> AbstractContextManager[QueueChange]:
        """Open a transaction; it is committed at the end of the block, or not at all."""

    def items(self) -> Mapping[ItemId, QueueItem]:
        """Return every stored line of the queue."""

    def put_aside(self) -> frozenset[GroupId]:
        """Return the groups that are not to be worked on: out of scope, dismissed by hand, or answered by now."""

    def place(self, items: Sequence[QueueItem]) -> None:
        """Keep what Noa judged of groups; one that a person placed meanwhile keeps its place."""
