"""What became of a question that a visitor follows by its reference number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.failure import Asked
from noa_rag.domain.queue import Pile
from noa_rag.domain.regions import covers


class FollowState(StrEnum):
    """Where a followed question stands today."""

    WAITING = "waiting"
    """Nobody has taken it up yet."""
    IN_PREPARATION = "in_preparation"
    """A draft is in an agency's queue, or an entry is approved for days to come; no text of either is shown."""
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    """An entry was published for it, and may not be shown any more."""
    DECLINED = "declined"
    """An agency decided that no entry will answer it."""
    OUT_OF_SCOPE = "out_of_scope"
    """Somebody read it and closed it as none of the base's business: no agency of the base is to be asked."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A question as it was recorded, masked, and what became of it.

    `entry` is set when answered, with the section that answers where that is known; `agency_id` is
    whom to ask otherwise.
    """

    asked: Asked
    state: FollowState
    entry: EntryVersion | None = None
    section_key: str | None = None
    agency_id: AgencyId | None = None


Answers = Callable[[], tuple[EntryVersion, str | None] | None]
"""Asks the question again: the entry that answers it now and its section, None when none does."""


def follow(
    asked: Asked,
    drafts: Sequence[Draft],
    *,
    in_force: Callable[[EntryId], EntryVersion | None],
    asked_again: Answers,
    today: date,
    pile: Pile = Pile.TO_DO,
    general_contact: AgencyId | None = None,
) -> Followed:
    """Return where a question stands; `drafts` are those of its group, newest first, `pile` is that of the group.

    An entry published for the group comes first; otherwise the question is asked again, since an entry written for
    another reason may answer it as well.
    """
    published = [in_force(draft.published.entry_id) for draft in drafts if draft.published is not None]
    for entry in published:
        if entry is not None and entry.is_servable_on(today) and covers(entry.content.regions, asked.region):
            return Followed(asked, FollowState.ANSWERED, entry)
    if (answer := asked_again()) is not None:
        return Followed(asked, FollowState.ANSWERED, *answer)
    if not drafts and pile is Pile.DISMISSED:
        return Followed(asked, FollowState.OUT_OF_SCOPE)
    agency_id = _whom_to_ask(asked, drafts) or general_contact
    return Followed(asked, _state(drafts, today, published), agency_id=agency_id)


def _state(drafts: Sequence[Draft], today: date, published: Sequence[EntryVersion | None]) -> FollowState:
    """Return the state of a question that is not answered, by the newest draft."""
    if not drafts:
        return FollowState.WAITING
    if drafts[0].state.is_pending:
        return FollowState.IN_PREPARATION
    if drafts[0].state is DraftState.DECLINED:
        return FollowState.DECLINED
    known = [entry for entry in published if entry is not None]
    if any(entry.starts_after(today) for entry in known):
        return FollowState.IN_PREPARATION
    return FollowState.WITHDRAWN if any(not entry.is_servable_on(today) for entry in known) else FollowState.WAITING


def _whom_to_ask(asked: Asked, drafts: Sequence[Draft]) -> AgencyId | None:
    if drafts and drafts[0].owner is not None:
        return drafts[0].owner
    return AgencyId(asked.contact_agency_id) if asked.contact_agency_id else None
