"""What every change at the desk is checked for, inside its transaction."""

import re

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryContent, EntryId, EntryVersion
from noa_rag.domain.errors import (
    ContentProblem,
    Forbidden,
    InvalidContent,
    NotAllowedNow,
    NotFound,
    VersionConflict,
)
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.review_ports import ReviewChange
from noa_rag.review.content_rules import check_note
from noa_rag.review.rights import Action, require

ID_LIMIT = 100  # as in the database
_SLUG = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")  # as in knowledge files


def known_person(change: ReviewChange, person_id: PersonId, action: Action) -> Person:
    """Return somebody who may do that for some agency at least. Raises Forbidden."""
    person = change.person(person_id)
    if person is None:
        raise Forbidden(f"Nobody is called {person_id}.", action=action.value)
    require(person, action)
    return person


def pending_draft(change: ReviewChange, person: Person, action: Action, *, draft_id: DraftId, revision: int) -> Draft:
    """Return a draft that somebody may do that to.

    Staleness is told before a missing right: whoever lost a draft to another agency while she wrote gets her
    text back with what happened.
    """
    draft = change.draft(draft_id)
    same_revision(draft, revision)
    if not draft.state.is_pending:
        raise NotAllowedNow(f"This draft is {draft.state.value} already.", reason="decided")
    require(person, action, draft.agency_id)
    return draft


def same_revision(draft: Draft, revision: int) -> None:
    """Raise VersionConflict when the page showed another revision."""
    if draft.revision != revision:
        raise VersionConflict(
            f"The draft {draft.id} is at revision {draft.revision}, this page shows {revision};"
            " somebody else acted in between."
        )


def entry_at(change: ReviewChange, entry_id: EntryId, version: int) -> EntryVersion:
    """Return an entry that the page showed at its newest version. Raises NotFound and VersionConflict."""
    entry = change.entry(entry_id)
    if entry is None:
        raise NotFound(f"No entry has the id `{entry_id}`.")
    if entry.version != version:
        raise VersionConflict(
            f"The entry `{entry_id}` is at version {entry.version}, this page shows {version}; read it again."
        )
    return entry


def known_agencies(change: ReviewChange, content: EntryContent) -> None:
    """Raise NotFound when the content names an agency that does not exist."""
    for agency_id in (content.agency_id, *content.contributors):
        known_agency(change, agency_id)


def known_agency(change: ReviewChange, agency_id: AgencyId) -> None:
    if not change.knows_agency(agency_id):
        raise NotFound(f"No agency has the id `{agency_id}`.")


def check_entry_id(entry_id: EntryId) -> None:
    """Raise InvalidContent when the id cannot stand in an address and name a file."""
    if len(entry_id) > ID_LIMIT or not _SLUG.fullmatch(entry_id):
        raise InvalidContent([ContentProblem("id", "not_a_slug", entry_id[:80])])


def words_of(text: str) -> str:
    """Return a reason without the space around it. Raises NotAllowedNow `reason_missing` when nothing is left."""
    words = text.strip()
    if not words:
        raise NotAllowedNow("Say why, in a few words.", reason="reason_missing")
    check_note(words)
    return words


def second_person(change: ReviewChange, *, author: str, approver: PersonId, agencies: set[AgencyId]) -> None:
    """Raise NotAllowedNow where one of the agencies concerned wants author and approver to differ and they do not."""
    if author != approver:
        return
    for agency_id in sorted(agencies):
        if change.needs_two_people(agency_id):
            raise NotAllowedNow(
                f"The agency {agency_id} wants author and approver to differ; {approver} is both.",
                reason="second_person",
            )
