"""What the parts of the desk share: the store, the clock, and how a change is written down."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from noa_rag.domain.draft import Draft, ProposedBy
from noa_rag.domain.entry import EntryContent, EntryStatus, EntryVersion, NewVersion
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.review_ports import ReviewChange, ReviewStore
from noa_rag.review.checks import known_agencies, known_related
from noa_rag.review.rights import Action, require

Detail = Mapping[str, str | int | None]


class Keeping:
    """`now` gives the moment in UTC; every change is one transaction of the store."""

    def __init__(self, store: ReviewStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def _amended(self, change: ReviewChange, person: Person, draft: Draft, content: EntryContent | None) -> Draft:
        """Return the draft with the text that came with a verdict on it, so that no words are lost; it was checked."""
        if content is None or content == draft.content:
            return draft
        for agency_id in (draft.agency_id, content.agency_id):
            require(person, Action.WRITE_ENTRY, agency_id)
        known_agencies(change, content)
        known_related(change, content, kept=draft.content.related)
        detail: Detail = {"entry": draft.entry_id, "base_version": draft.base_version}
        change.audit(person.id, "draft_amended", draft.id, detail)
        return replace(
            draft, content=content, agency_id=content.agency_id, author=person.id, proposed_by=ProposedBy.PERSON
        )

    def _decided(
        self, change: ReviewChange, person_id: PersonId, draft: Draft, *, revision: int, action: str, detail: Detail
    ) -> Draft:
        decided = replace(draft, decided_by=person_id, decided_at=self._now())
        return self._kept(change, person_id, decided, revision=revision, action=action, detail=detail)

    def _kept(
        self, change: ReviewChange, person_id: PersonId, draft: Draft, *, revision: int, action: str, detail: Detail
    ) -> Draft:
        kept = change.save_draft(replace(draft, updated_at=self._now()), expected_revision=revision)
        change.audit(person_id, action, draft.id, detail)
        return kept

    def _again(
        self,
        current: EntryVersion,
        text: EntryVersion,
        person_id: PersonId,
        *,
        note: str,
        status: EntryStatus = EntryStatus.APPROVED,
    ) -> NewVersion:
        """Return what puts `text` in the place of `current`, unchanged to the last mark."""
        return NewVersion(
            id=current.id,
            content=text.content,
            expected_version=current.version,
            author=text.author,
            approver=person_id,
            approved_at=self._now(),
            status=status,
            note=note,
        )
