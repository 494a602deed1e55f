"""The desk at which referents give their verdicts: every change of a draft or an entry goes through here."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId, DraftState, ProposedBy, Published, with_alternates
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion
from noa_rag.domain.errors import Forbidden, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.review_ports import ReviewChange, ReviewStore
from noa_rag.review.content_rules import check_content
from noa_rag.review.rights import Action, require

Detail = Mapping[str, str | int | None]


class ReviewDesk:
    """Each verdict is one transaction: rights, state and revision are checked in it, then all is written and audited.

    Every method raises Forbidden without the right, NotFound for what does not exist, VersionConflict
    when somebody else acted in between, and NotAllowedNow when the state of things forbids it.
    """

    def __init__(self, store: ReviewStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    def propose(self, person_id: PersonId, entry_id: EntryId, content: EntryContent) -> Draft:
        """Start a draft of a new entry, or of a change when `entry_id` exists. Raises InvalidContent."""
        check_content(content)
        with self._store.changing() as change:
            entry = change.entry(entry_id)
            person = _person(change, person_id)
            require(person, Action.WRITE_ENTRY, content.agency_id)
            if entry is not None:
                require(person, Action.WRITE_ENTRY, entry.content.agency_id)
            _known_agency(change, content.agency_id)
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
                proposed_by=ProposedBy.PERSON,
            )
            change.add_draft(draft)
            change.audit(person_id, "draft_written", draft.id, {"entry": entry_id, "base_version": draft.base_version})
            return draft

    def save(self, person_id: PersonId, draft_id: DraftId, revision: int, content: EntryContent) -> Draft:
        """Keep another content for a pending draft. Raises InvalidContent."""
        check_content(content)
        with self._store.changing() as change:
            person = _person(change, person_id)
            draft = _pending(change, draft_id, revision)
            require(person, Action.WRITE_ENTRY, draft.agency_id)
            require(person, Action.WRITE_ENTRY, content.agency_id)
            _known_agency(change, content.agency_id)
            changed = replace(
                draft,
                content=content,
                agency_id=content.agency_id,
                author=person_id,
                proposed_by=ProposedBy.PERSON,
                state=DraftState.OPEN,
            )
            return self._kept(
                change, person_id, changed, revision=revision, action="draft_amended", detail={"entry": draft.entry_id}
            )

    def approve(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        *,
        content: EntryContent | None = None,
        note: str = "",
    ) -> Draft:
        """Publish a draft, amended first when `content` is given: the entry has a new version from this moment.

        Raises NotAllowedNow `second_person` where author and approver must differ; amending makes one the author.
        """
        if content is not None:
            check_content(content)
        with self._store.changing() as change:
            person = _person(change, person_id)
            draft = _pending(change, draft_id, revision)
            require(person, Action.DECIDE, draft.agency_id)
            amended = content is not None and content != draft.content
            text = content if content is not None else draft.content
            check_content(text)
            require(person, Action.DECIDE, text.agency_id)
            current = change.entry(draft.entry_id)
            if current is not None:
                require(person, Action.DECIDE, current.content.agency_id)
            author = person_id if amended else draft.author
            needs_two = change.needs_two_people(text.agency_id) or change.needs_two_people(draft.agency_id)
            if needs_two and author == person_id:
                raise NotAllowedNow(
                    f"The agency {text.agency_id} wants author and approver to differ; {person_id} is both.",
                    reason="second_person",
                )
            version = change.add_version(
                NewVersion(
                    id=draft.entry_id,
                    content=text,
                    expected_version=draft.base_version,
                    author=author,
                    approver=person_id,
                    approved_at=self._now(),
                    note=note,
                )
            )
            decided = replace(
                draft,
                content=text,
                agency_id=text.agency_id,
                author=author,
                state=DraftState.APPROVED,
                published=Published(draft.entry_id, version.version, draft.base_version),
                note=note,
            )
            detail: Detail = {"entry": draft.entry_id, "version": version.version, "amended": int(amended)}
            return self._decided(change, person_id, decided, revision=revision, action="draft_approved", detail=detail)

    def decline(self, person_id: PersonId, draft_id: DraftId, revision: int, reason: str) -> Draft:
        """Close a draft without publishing. Raises NotAllowedNow `reason_missing` without a reason."""
        with self._store.changing() as change:
            draft = self._to_decide(change, person_id, draft_id, revision)
            _needs_words(reason)
            declined = replace(draft, state=DraftState.DECLINED, note=reason.strip())
            return self._decided(
                change,
                person_id,
                declined,
                revision=revision,
                action="draft_declined",
                detail={"reason": reason.strip()},
            )

    def attach(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        entry_id: EntryId,
        questions: tuple[AlternateQuestion, ...],
    ) -> Draft:
        """Add a draft's questions to an existing entry as alternate questions, and close the draft."""
        with self._store.changing() as change:
            draft = self._to_decide(change, person_id, draft_id, revision)
            entry = change.entry(entry_id)
            if entry is None or entry.status is not EntryStatus.APPROVED:
                raise NotFound(f"No approved entry has the id `{entry_id}`.")
            require(_person(change, person_id), Action.DECIDE, entry.content.agency_id)
            if change.needs_two_people(entry.content.agency_id) and draft.author == person_id:
                raise NotAllowedNow("A second person must attach what you wrote yourself.", reason="second_person")
            content = replace(entry.content, alternate_questions=with_alternates(entry.content, questions))
            check_content(content)
            version = change.add_version(
                NewVersion(
                    id=entry_id,
                    content=content,
                    expected_version=entry.version,
                    author=draft.author,
                    approver=person_id,
                    approved_at=self._now(),
                    note=f"questions of draft {draft.id}",
                )
            )
            attached = replace(
                draft, state=DraftState.ATTACHED, published=Published(entry_id, version.version, entry.version)
            )
            detail: Detail = {"entry": entry_id, "version": version.version}
            return self._decided(change, person_id, attached, revision=revision, action="draft_attached", detail=detail)

    def hand_over(
        self, person_id: PersonId, draft_id: DraftId, revision: int, agency_id: AgencyId, reason: str = ""
    ) -> Draft:
        """Give a pending draft to another agency; one that changes an entry stays with the entry's."""
        with self._store.changing() as change:
            draft = _pending(change, draft_id, revision)
            require(_person(change, person_id), Action.HAND_OVER, draft.agency_id)
            _known_agency(change, agency_id)
            if draft.is_edit:
                raise NotAllowedNow("A change of an entry stays with the entry's agency.", reason="belongs_to_entry")
            handed = replace(
                draft,
                agency_id=agency_id,
                content=replace(draft.content, agency_id=agency_id),
                owner_reason="",
                note=reason.strip(),
                state=DraftState.OPEN,
            )
            detail: Detail = {"from": draft.agency_id, "to": agency_id, "reason": reason.strip()}
            return self._kept(change, person_id, handed, revision=revision, action="draft_handed_over", detail=detail)

    def ask_changes(self, person_id: PersonId, draft_id: DraftId, revision: int, wanted: str) -> Draft:
        """Send a draft back with what is to be changed. Raises NotAllowedNow `reason_missing` without words."""
        with self._store.changing() as change:
            draft = self._to_decide(change, person_id, draft_id, revision)
            _needs_words(wanted)
            asked = replace(draft, state=DraftState.CHANGES_REQUESTED, note=wanted.strip())
            return self._kept(
                change,
                person_id,
                asked,
                revision=revision,
                action="changes_requested",
                detail={"wanted": wanted.strip()},
            )

    def undo(self, person_id: PersonId, draft_id: DraftId, revision: int) -> Draft:
        """Take back one's own verdict within a minute; what was published goes back to how it was.

        Raises NotAllowedNow `too_late`, `not_yours` or `nothing_to_undo`, and VersionConflict when the
        entry was changed again since.
        """
        with self._store.changing() as change:
            draft = change.draft(draft_id)
            _same_revision(draft, revision)
            require(_person(change, person_id), Action.DECIDE, draft.agency_id)
            if draft.state.is_pending or draft.decided_at is None:
                raise NotAllowedNow("This draft bears no verdict.", reason="nothing_to_undo")
            if draft.decided_by != person_id:
                raise NotAllowedNow(f"{draft.decided_by} gave this verdict.", reason="not_yours")
            if not draft.can_be_undone_at(self._now()):
                raise NotAllowedNow("The minute for undoing is over.", reason="too_late")
            if draft.published is not None:
                self._taken_back(change, person_id, draft.published)
            base = draft.base_version
            if draft.published is not None and draft.published.entry_id == draft.entry_id:
                base = draft.published.version + 1  # the version that took it back
            reopened = replace(
                draft,
                state=DraftState.OPEN,
                base_version=base,
                published=None,
                recheck=None,
                decided_by=None,
                decided_at=None,
            )
            return self._kept(
                change,
                person_id,
                reopened,
                revision=revision,
                action="verdict_undone",
                detail={"entry": draft.entry_id},
            )

    def withdraw(self, person_id: PersonId, entry_id: EntryId, version: int, note: str) -> EntryVersion:
        """Take an entry away from the public from this moment. Raises NotAllowedNow `reason_missing` without words."""
        with self._store.changing() as change:
            entry = _entry_at(change, entry_id, version)
            require(_person(change, person_id), Action.WITHDRAW_ENTRY, entry.content.agency_id)
            _needs_words(note)
            if entry.status is EntryStatus.WITHDRAWN:
                raise NotAllowedNow(f"The entry `{entry_id}` is withdrawn already.", reason="withdrawn")
            return change.add_version(self._again(entry, entry, person_id, note, status=EntryStatus.WITHDRAWN))

    def roll_back(
        self, person_id: PersonId, entry_id: EntryId, version: int, to_version: int, note: str = ""
    ) -> EntryVersion:
        """Publish the content of an older approved version again, as a new version."""
        with self._store.changing() as change:
            entry = _entry_at(change, entry_id, version)
            person = _person(change, person_id)
            require(person, Action.DECIDE, entry.content.agency_id)
            older = change.entry_version(entry_id, to_version)
            if older is None:
                raise NotFound(f"The entry `{entry_id}` has no version {to_version}.")
            require(person, Action.DECIDE, older.content.agency_id)
            if older.status is EntryStatus.WITHDRAWN or (
                older.content == entry.content and entry.status is EntryStatus.APPROVED
            ):
                raise NotAllowedNow("There is nothing to go back to in that version.", reason="nothing_to_roll_back")
            if change.needs_two_people(older.content.agency_id) and older.author == person_id:
                raise NotAllowedNow("A second person must bring back what you wrote.", reason="second_person")
            return change.add_version(self._again(entry, older, person_id, note or f"back to version {to_version}"))

    def set_needs_two_people(self, person_id: PersonId, agency_id: AgencyId, needs: bool) -> None:
        """Say whether author and approver of this agency's entries must differ."""
        with self._store.changing() as change:
            require(_person(change, person_id), Action.SET_RULES, agency_id)
            _known_agency(change, agency_id)
            change.set_needs_two_people(agency_id, needs)
            change.audit(person_id, "rule_set", agency_id, {"needs_two_people": int(needs)})

    def _taken_back(self, change: ReviewChange, person_id: PersonId, published: Published) -> None:
        entry = change.entry(published.entry_id)
        if entry is None or entry.version != published.version:
            raise VersionConflict(f"The entry `{published.entry_id}` was changed again since; it is not undone.")
        before = change.entry_version(published.entry_id, published.before) if published.before else None
        if before is None:
            taken_back = self._again(entry, entry, person_id, "approval undone", status=EntryStatus.WITHDRAWN)
        else:
            taken_back = self._again(entry, before, person_id, "approval undone", status=before.status)
        change.add_version(taken_back)

    def _again(
        self,
        current: EntryVersion,
        text: EntryVersion,
        person_id: PersonId,
        note: str,
        *,
        status: EntryStatus = EntryStatus.APPROVED,
    ) -> NewVersion:
        return NewVersion(
            id=current.id,
            content=text.content,
            expected_version=current.version,
            author=text.author,
            approver=person_id,
            approved_at=self._now(),
            status=status,
            note=note.strip(),
        )

    def _to_decide(self, change: ReviewChange, person_id: PersonId, draft_id: DraftId, revision: int) -> Draft:
        draft = _pending(change, draft_id, revision)
        require(_person(change, person_id), Action.DECIDE, draft.agency_id)
        return draft

    def _decided(
        self, change: ReviewChange, person_id: PersonId, draft: Draft, *, revision: int, action: str, detail: Detail
    ) -> Draft:
        now = self._now()
        return self._kept(
            change,
            person_id,
            replace(draft, decided_by=person_id, decided_at=now),
            revision=revision,
            action=action,
            detail=detail,
        )

    def _kept(
        self, change: ReviewChange, person_id: PersonId, draft: Draft, *, revision: int, action: str, detail: Detail
    ) -> Draft:
        kept = change.save_draft(replace(draft, updated_at=self._now()), expected_revision=revision)
        change.audit(person_id, action, draft.id, detail)
        return kept


def _person(change: ReviewChange, person_id: PersonId) -> Person:
    person = change.person(person_id)
    if person is None:
        raise Forbidden(f"Nobody is called {person_id}.", action=Action.READ.value)
    return person


def _pending(change: ReviewChange, draft_id: DraftId, revision: int) -> Draft:
    draft = change.draft(draft_id)
    _same_revision(draft, revision)
    if not draft.state.is_pending:
        raise NotAllowedNow(f"This draft is {draft.state.value} already.", reason="decided")
    return draft


def _same_revision(draft: Draft, revision: int) -> None:
    if draft.revision != revision:
        raise VersionConflict(
            f"The draft {draft.id} is at revision {draft.revision}, this page shows {revision};"
            " somebody else acted in between."
        )


def _entry_at(change: ReviewChange, entry_id: EntryId, version: int) -> EntryVersion:
    entry = change.entry(entry_id)
    if entry is None:
        raise NotFound(f"No entry has the id `{entry_id}`.")
    if entry.version != version:
        raise VersionConflict(
            f"The entry `{entry_id}` is at version {entry.version}, this page shows {version}; read it again."
        )
    return entry


def _known_agency(change: ReviewChange, agency_id: AgencyId) -> None:
    if not change.knows_agency(agency_id):
        raise NotFound(f"No agency has the id `{agency_id}`.")


def _needs_words(text: str) -> None:
    if not text.strip():
        raise NotAllowedNow("Say why, in a few words.", reason="reason_missing")
