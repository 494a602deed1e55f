"""Drafts that Noa opens of entries in force, because something that they state or rest on changed: to be read again."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from noa_rag.domain.draft import Draft, DraftId, DraftState, ProposedBy
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion
from noa_rag.domain.review_ports import ReviewChange
from noa_rag.review.drafting import NOA


@dataclass(frozen=True, slots=True)
class Rereading:
    """An entry to be read again: what is proposed in place of a text of it, and why, in lines for its referents.

    A line of `why` that begins with a space quotes what the line before it speaks of.
    """

    entry_id: EntryId
    proposed_by: ProposedBy
    content: Callable[[EntryContent], EntryContent]
    why: str
    cause: tuple[str, str]
    """What the audit notes of it: a name and an id, such as `fact` and `smic_horaire`."""


@dataclass(frozen=True, slots=True)
class OpenedDrafts:
    """What a run opened: drafts made or completed, and the entries whose draft somebody else has in hand."""

    made: tuple[Draft, ...] = ()
    in_hand: tuple[EntryId, ...] = ()


def open_drafts(change: ReviewChange, wanted: Iterable[Rereading], *, at: datetime) -> OpenedDrafts:
    """Open one draft an entry, in the caller's transaction; one that Noa opened before is completed.

    A draft that a person has in hand is left alone: the entry is named, for her to see to it.
    """
    made: dict[DraftId, Draft] = {}
    in_hand: list[EntryId] = []
    for one in wanted:
        entry = change.entry(one.entry_id)
        pending = change.pending_drafts_of(one.entry_id)
        if entry is None or entry.status is not EntryStatus.APPROVED:
            continue
        if not pending:
            draft = _draft(entry, one, at)
            change.add_draft(draft)
        elif _is_untouched(pending[0], entry):
            completed = _completed(pending[0], one, at)
            if (completed.content, completed.owner_reason) == (pending[0].content, pending[0].owner_reason):
                continue
            draft = change.save_draft(completed, expected_revision=pending[0].revision)
        else:
            in_hand.append(one.entry_id)
            continue
        name, cause_id = one.cause
        change.audit(NOA, "draft_prepared", draft.id, {"entry": entry.id, "agency": draft.agency_id, name: cause_id})
        made[draft.id] = draft
    return OpenedDrafts(tuple(made.values()), tuple(dict.fromkeys(in_hand)))


def _draft(entry: EntryVersion, one: Rereading, at: datetime) -> Draft:
    return Draft(
        id=DraftId(uuid.uuid4().hex),
        entry_id=entry.id,
        agency_id=entry.content.agency_id,
        content=one.content(entry.content),
        author=NOA,
        created_at=at,
        updated_at=at,
        base_version=entry.version,
        proposed_by=one.proposed_by,
        owner_reason=one.why,
    )


def _completed(draft: Draft, one: Rereading, at: datetime) -> Draft:
    reasons = draft.owner_reason if one.why in draft.owner_reason else f"{draft.owner_reason}\n{one.why}"
    return replace(draft, content=one.content(draft.content), owner_reason=reasons, updated_at=at)


def _is_untouched(draft: Draft, entry: EntryVersion) -> bool:
    is_noas = draft.author == NOA and draft.state is DraftState.OPEN and draft.base_version == entry.version
    return is_noas and draft.proposed_by.asks_to_read_again
