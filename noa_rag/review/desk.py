"""The desk at which referents write drafts, pass them on, give their verdicts and change entries."""

import uuid
from dataclasses import replace

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft, DraftId, DraftState, ProposedBy
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.ports import ReviewChange
from noa_rag.domain.timeline import replaced_ahead
from noa_rag.knowledge.content_rules import check_note, content_problems, draft_problems, refuse
from noa_rag.review.checks import (
    Detail,
    Keeping,
    check_entry_id,
    check_names,
    entry_at,
    known_agency,
    known_person,
    not_drafted,
    words_of,
)
from noa_rag.review.rights import Action, agencies_concerned, decides, may_confirm, require, require_all
from noa_rag.review.verdicts import Verdicts


class DraftWriting(Keeping):
    """Drafts are proposed, kept, handed over and sent back."""

    def propose(
        self, person_id: PersonId, entry_id: EntryId, content: EntryContent, *, group_id: GroupId | None = None
    ) -> Draft:
        """Start a draft of a new entry, or of a change when `entry_id` exists, for a group's questions if it is named.

        Raises InvalidContent.

        Raises NotAllowedNow `drafted` when the entry is new and another pending draft has its id.
        """
        problems = list(content_problems(content))  # before the transaction: nobody waits for the database
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.WRITE_ENTRY)
            check_entry_id(entry_id)
            refuse(problems)
            entry = change.entry(entry_id)
            check_names(change, content, entry.content if entry else None)
            require(person, Action.WRITE_ENTRY, content.agency_id)
            if entry is not None:
                require(person, Action.WRITE_ENTRY, entry.content.agency_id)
            else:
                not_drafted(change, entry_id)
            now = self._now()
            draft = Draft(
                id=DraftId(uuid.uuid4().hex),
                entry_id=entry_id,
                agency_id=content.agency_id,
                content=content,
                author=person_id,
                created_at=now,
                updated_at=now,
                base_version=entry.version if entry else 0,
                group_id=group_id,
                proposed_by=ProposedBy.PERSON,
                # Whoever opens a draft of the text in force has not written any of it yet.
                editors=() if entry is not None and content == entry.content else (person_id,),
            )
            change.add_draft(draft)
            change.audit(person_id, "draft_written", draft.id, {"entry": entry_id, "base_version": draft.base_version})
            return draft

    def save(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        content: EntryContent,
        *,
        base_version: int | None = None,
        entry_id: EntryId | None = None,
    ) -> Draft:
        """Replace the content of a pending draft. Raises InvalidContent.

        A draft whose entry changed meanwhile cannot be approved. Whoever has read the entry's newest version names it
        as `base_version`: the draft is then based on that one. A draft of an entry that does not exist yet may
        take another free `entry_id` instead.
        """
        problems = draft_problems(content)
        with self._acting(person_id, Action.WRITE_ENTRY, draft_id, revision, problems) as (change, person, draft):
            check_names(change, content, draft.content)
            require(person, Action.WRITE_ENTRY, content.agency_id)
            changed = replace(draft, agency_id=content.agency_id, state=DraftState.OPEN)
            if content != draft.content:  # keeping somebody else's words does not make one their author
                changed = changed.written_by(person_id, content)
            if entry_id is not None and entry_id != draft.entry_id:
                changed = replace(changed, entry_id=_free_id(change, draft, entry_id))
            if base_version is not None and base_version != draft.base_version:
                changed = replace(changed, base_version=_newest(change, person, changed.entry_id, base_version))
            detail: Detail = {"entry": changed.entry_id, "base_version": changed.base_version}
            return self._kept(change, person_id, changed, revision=revision, action="draft_amended", detail=detail)

    def word(self, person_id: PersonId, draft_id: DraftId, revision: int, content: EntryContent) -> Draft:
        """Keep the wording that a model proposed for a pending draft, at this person's wish. Raises InvalidContent."""
        problems = draft_problems(content)
        with self._acting(person_id, Action.WRITE_ENTRY, draft_id, revision, problems) as (change, _, draft):
            worded = replace(draft, content=content, proposed_by=ProposedBy.MODEL)
            detail: Detail = {"entry": draft.entry_id}
            return self._kept(change, person_id, worded, revision=revision, action="draft_worded", detail=detail)

    def hand_over(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        agency_id: AgencyId,
        reason: str = "",
        *,
        content: EntryContent | None = None,
    ) -> Draft:
        """Give a pending draft to another agency, or to its first, with another `content` if she changed it.

        The text becomes that agency's. One that changes an entry stays with the entry's agency. But a variant whose
        text a referent of its agency agrees to is passed on in that agency's name to the owner of the family, who must
        approve it too. Raises NotAllowedNow `same_agency` or `belongs_to_entry`.
        """
        problems = draft_problems(content) if content else ()
        with self._acting(person_id, Action.HAND_OVER, draft_id, revision, problems) as (change, person, draft):
            known_agency(change, agency_id)
            note = reason.strip()
            check_note(note)
            if draft.is_unassigned:  # whoever takes it must be of that agency, or a coordinator
                require(person, Action.HAND_OVER, agency_id)
            if agency_id == draft.owner:
                raise NotAllowedNow(f"The draft is the agency {agency_id}'s already.", reason="same_agency")
            owner = draft.content.agency_id
            own = replace(content, agency_id=owner) if content else None  # its agency is named beside it
            amended = self._amended(change, person, draft, own)
            concerned = agencies_concerned(amended.content, None, change.entry)
            is_passed_on = agency_id in concerned and (agency_id == owner or decides(person, [owner]))
            if draft.is_edit and not is_passed_on:
                raise NotAllowedNow("A change of an entry stays with the entry's agency.", reason="belongs_to_entry")
            handed = replace(
                amended,
                agency_id=agency_id,
                content=amended.content if is_passed_on else replace(amended.content, agency_id=agency_id),
                is_unassigned=False,
                owner_reason="",
                note=note,
                state=DraftState.OPEN,
            )
            detail: Detail = {"from": draft.owner, "to": agency_id, "reason": note}
            return self._kept(change, person_id, handed, revision=revision, action="draft_handed_over", detail=detail)

    def ask_changes(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        wanted: str,
        *,
        content: EntryContent | None = None,
    ) -> Draft:
        """Send a draft back with what is to be changed, and with another `content` if she began to change it.

        Raises NotAllowedNow `reason_missing` without words.
        """
        problems = draft_problems(content) if content else ()
        with self._acting(person_id, Action.DECIDE, draft_id, revision, problems) as (change, person, draft):
            note = words_of(wanted)
            amended = self._amended(change, person, draft, content)
            asker = amended.content.agency_id  # one that was passed on goes back
            returned = replace(amended, agency_id=asker, state=DraftState.CHANGES_REQUESTED, note=note)
            detail: Detail = {"wanted": note}
            return self._kept(change, person_id, returned, revision=revision, action="changes_requested", detail=detail)


def _free_id(change: ReviewChange, draft: Draft, entry_id: EntryId) -> EntryId:
    check_entry_id(entry_id)
    if draft.is_edit:
        raise NotAllowedNow("The id of an entry stays what it is.", reason="belongs_to_entry")
    if change.entry(entry_id) is not None:
        raise VersionConflict(f"An entry has the id `{entry_id}` already; choose another.")
    not_drafted(change, entry_id, besides=draft.id)
    return entry_id


def _newest(change: ReviewChange, person: Person, entry_id: EntryId, version: int) -> int:
    entry = change.entry(entry_id)
    newest = entry.version if entry else 0
    if newest != version:
        raise VersionConflict(
            f"The entry `{entry_id}` is at version {newest}, this page shows {version}; read it again."
        )
    if entry is not None:
        require(person, Action.WRITE_ENTRY, entry.content.agency_id)
    return newest


class EntryChanges(Keeping):
    """Entries are withdrawn and rolled back; a new version is written each time."""

    def withdraw(self, person_id: PersonId, entry_id: EntryId, version: int, note: str) -> EntryVersion:
        """Take an entry away from the public from this moment. Raises NotAllowedNow `reason_missing` without words.

        One person is enough, whatever the agency's rule: a wrong text must not wait.
        """
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.WITHDRAW_ENTRY)
            entry = entry_at(change, person, Action.WITHDRAW_ENTRY, entry_id=entry_id, version=version)
            words = words_of(note)
            if entry.status is EntryStatus.WITHDRAWN:
                raise NotAllowedNow(f"The entry `{entry_id}` is withdrawn already.", reason="withdrawn")
            withdrawn = self._again(entry, entry, person_id, note=words, status=EntryStatus.WITHDRAWN)
            return change.add_version(replace(withdrawn, author=person_id, editors=()))

    def roll_back(
        self, person_id: PersonId, entry_id: EntryId, version: int, to_version: int, note: str = ""
    ) -> EntryVersion:
        """Publish the content of an older approved version again, as a new version.

        It comes back as it was: a demonstration text still says that it is one. Raises NotAllowedNow `replaces_coming`
        where it would replace a version that is to come later.
        """
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.DECIDE)
            entry = entry_at(change, person, Action.DECIDE, entry_id=entry_id, version=version)
            if not 1 <= to_version <= version:
                raise NotFound(f"The entry `{entry_id}` has no version {to_version}.")
            history, today = change.history(entry_id), paris_day(self._now())
            older = history[to_version - 1]
            agencies = agencies_concerned(older.content, entry, change.entry)
            require_all(person, Action.DECIDE, agencies)
            check_note(note.strip())
            is_shown = entry.status is EntryStatus.APPROVED and entry.content == older.content
            if older.status is EntryStatus.WITHDRAWN or is_shown:
                raise NotAllowedNow("There is nothing to go back to in that version.", reason="nothing_to_roll_back")
            if replaced_ahead(history, older, today):
                raise NotAllowedNow("A version to come would be replaced for good.", reason="replaces_coming")
            self._second_person(change, person, writers=older.writers, agencies=agencies, entry_id=entry_id)
            words = note.strip() or f"back to version {to_version}"
            return change.add_version(self._again(entry, older, person_id, note=words))

    def set_needs_two_people(self, person_id: PersonId, agency_id: AgencyId, needs: bool) -> None:
        """Set whether author and approver of this agency's entries must differ."""
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.SET_RULES)
            require(person, Action.SET_RULES, agency_id)
            known_agency(change, agency_id)
            change.set_needs_two_people(agency_id, needs)
            change.audit(person_id, "rule_set", agency_id, {"needs_two_people": int(needs)})


class AccountConfirming(Keeping):
    """What was given to an account counts once a second person has confirmed it."""

    def confirm_account(self, person_id: PersonId, account_id: PersonId, seen: int) -> None:
        """Confirm what changed of an account up to the audit's entry `seen`, the newest that the page showed.

        Raises NotAllowedNow `nothing_to_confirm`, `own_change` or `unconfirmed`.
        """
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.CONFIRM_ACCOUNT)
            account = change.person(account_id)
            if account is None:
                raise NotFound(f"Nobody has the account `{account_id}`.")
            if not account.unconfirmed:
                raise NotAllowedNow(f"No change of the account {account_id} waits.", reason="nothing_to_confirm")
            if not may_confirm(person, account):
                raise NotAllowedNow(
                    f"{person_id} changed the account {account_id}, or owns it; another person confirms that.",
                    reason="own_change",
                )
            if account.newest_change != seen:
                raise VersionConflict(f"The account {account_id} was changed again meanwhile; read it again.")
            change.confirm_account(account_id)
            change.audit(person_id, "account_confirmed", account_id, {"up_to": seen})


class ReviewDesk(DraftWriting, Verdicts, EntryChanges, AccountConfirming):
    """Each verdict is one transaction: rights, state and revision are checked in it, then all is written and audited.

    Every method raises Forbidden without the right, NotFound for what does not exist, VersionConflict
    when somebody else acted in between, NotAllowedNow when the state of things forbids it, and
    InvalidContent for words that cannot be kept.
    """
