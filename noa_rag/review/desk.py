"""The desk at which referents give their verdicts, and change entries without a draft."""

from dataclasses import replace

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import NotAllowedNow, NotFound
from noa_rag.domain.people import PersonId
from noa_rag.review.checks import entry_at, known_agency, known_person, second_person, words_of
from noa_rag.review.content_rules import check_note
from noa_rag.review.keeping import Keeping
from noa_rag.review.rights import Action, require
from noa_rag.review.verdicts import Verdicts
from noa_rag.review.writing import Writing


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
            return change.add_version(replace(withdrawn, author=person_id))

    def roll_back(
        self, person_id: PersonId, entry_id: EntryId, version: int, to_version: int, note: str = ""
    ) -> EntryVersion:
        """Publish the content of an older approved version again, as a new version.

        It comes back as it was: a demonstration text still says that it is one.
        """
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.DECIDE)
            entry = entry_at(change, person, Action.DECIDE, entry_id=entry_id, version=version)
            older = change.entry_version(entry_id, to_version)
            if older is None:
                raise NotFound(f"The entry `{entry_id}` has no version {to_version}.")
            require(person, Action.DECIDE, older.content.agency_id)
            check_note(note.strip())
            is_shown = entry.status is EntryStatus.APPROVED and entry.content == older.content
            if older.status is EntryStatus.WITHDRAWN or is_shown:
                raise NotAllowedNow("There is nothing to go back to in that version.", reason="nothing_to_roll_back")
            agencies = {entry.content.agency_id, older.content.agency_id}
            second_person(change, author=older.author, approver=person_id, agencies=agencies)
            words = note.strip() or f"back to version {to_version}"
            return change.add_version(self._again(entry, older, person_id, note=words))

    def set_needs_two_people(self, person_id: PersonId, agency_id: AgencyId, needs: bool) -> None:
        """Say whether author and approver of this agency's entries must differ."""
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.SET_RULES)
            require(person, Action.SET_RULES, agency_id)
            known_agency(change, agency_id)
            change.set_needs_two_people(agency_id, needs)
            change.audit(person_id, "rule_set", agency_id, {"needs_two_people": int(needs)})


class ReviewDesk(Writing, Verdicts, EntryChanges):
    """Each verdict is one transaction: rights, state and revision are checked in it, then all is written and audited.

    Every method raises Forbidden without the right, NotFound for what does not exist, VersionConflict
    when somebody else acted in between, NotAllowedNow when the state of things forbids it, and
    InvalidContent for words that cannot be kept.
    """
