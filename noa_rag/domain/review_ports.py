"""What the review needs from the outside, as protocols; `service` picks who serves them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryId, EntryVersion, NewVersion
from noa_rag.domain.facts import SourceText
from noa_rag.domain.failure import Asked, Failure, GroupId, QuestionGroup
from noa_rag.domain.people import Person, PersonId


class ReviewChange(Protocol):
    """One transaction: all of it is written, or nothing. Reads inside see what was written before them."""

    def person(self, person_id: PersonId) -> Person | None:
        """Return somebody as her account stands now; a removed role counts from this read on."""

    def everyone(self) -> Sequence[Person]:
        """Return every account, disabled ones included, by id."""

    def confirm_account(self, person_id: PersonId) -> None:
        """Let what changed of an account wait no longer."""

    def draft(self, draft_id: DraftId) -> Draft:
        """Return a draft. Raises NotFound."""

    def add_draft(self, draft: Draft) -> None: ...

    def save_draft(self, draft: Draft, *, expected_revision: int) -> Draft:
        """Keep the draft with the next revision and return it. Raises VersionConflict when it moved on."""

    def pending_drafts_of(self, entry_id: EntryId) -> Sequence[Draft]: ...

    def entry(self, entry_id: EntryId) -> EntryVersion | None:
        """Return the newest version, withdrawn or not."""

    def entry_version(self, entry_id: EntryId, version: int) -> EntryVersion | None: ...

    def add_version(self, version: NewVersion) -> EntryVersion:
        """Add a version with its audit entry and return it. Raises VersionConflict."""

    def followed_sources(self) -> Mapping[tuple[EntryId, str], SourceText]:
        """Return each source that entries cite as it was last compared, by entry and the source's id."""

    def follow_source(self, entry_id: EntryId, text: SourceText) -> None:
        """Keep a source's text as the one that the entry's next comparison starts from."""

    def needs_two_people(self, agency_id: AgencyId) -> bool: ...

    def set_needs_two_people(self, agency_id: AgencyId, needs: bool) -> None: ...

    def knows_agency(self, agency_id: AgencyId) -> bool: ...

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, str | int | None]) -> None:
        """Add to the chain, in this transaction."""


class ReviewStore(Protocol):
    """Drafts, groups and rules, as kept in the database."""

    def changing(self) -> AbstractContextManager[ReviewChange]:
        """Open a transaction; it is committed at the end of the block, or not at all."""

    def draft(self, draft_id: DraftId) -> Draft:
        """Return a draft. Raises NotFound."""

    def drafts(self) -> list[Draft]:
        """Return every draft, those changed last first."""

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
