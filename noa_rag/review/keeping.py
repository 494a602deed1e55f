"""What the parts of the desk share: the store, the clock, and how a change is written down."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryStatus, EntryVersion, NewVersion
from noa_rag.domain.people import PersonId
from noa_rag.domain.review_ports import ReviewChange, ReviewStore

Detail = Mapping[str, str | int | None]


class Keeping:
    """`now` gives the moment in UTC; every change is one transaction of the store."""

    def __init__(self, store: ReviewStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

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
