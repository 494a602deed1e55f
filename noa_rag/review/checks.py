"""Checks and audit records that all changes at the desk share, inside their transaction."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from noa_rag.answering.distress.recognise import may_be_in_distress
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import (
    Branch,
    EntryContent,
    EntryId,
    EntryStatus,
    EntryVersion,
    NewVersion,
    branch_too_deep,
)
from noa_rag.domain.errors import ContentProblem, Forbidden, InvalidContent, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import Person, PersonId, TwoPeople
from noa_rag.domain.ports import ReviewChange, ReviewStore
from noa_rag.knowledge.calculation_rules import calculation_problems
from noa_rag.knowledge.content_rules import ID_LIMIT, check_note, refuse
from noa_rag.knowledge.fields import SLUG
from noa_rag.review.rights import CONFIRMED_FIRST, Action, require, require_all, rule_within

RESERVED_IDS = frozenset({"nouvelle"})  # the page for writing an entry has this address

Detail = Mapping[str, str | int | None]


def known_person(change: ReviewChange, person_id: PersonId, action: Action) -> Person:
    """Return the person, who must have the right `action` for at least one agency.

    Raises Forbidden, and NotAllowedNow `unconfirmed` while her own account waits for a second person.
    """
    person = change.person(person_id)
    if person is None:
        raise Forbidden(f"Nobody is called {person_id}.", action=action.value)
    require(person, action)
    if person.unconfirmed and action in CONFIRMED_FIRST:
        raise NotAllowedNow(
            f"The account {person_id} has changed, and waits for a second person to confirm it.", reason="unconfirmed"
        )
    return person


def pending_draft(change: ReviewChange, person: Person, action: Action, *, draft_id: DraftId, revision: int) -> Draft:
    """Return a pending draft on which the person may take `action`.

    A draft without an agency may only be handed over to one. A missing right is reported before staleness: nobody is
    asked to read again what she may not change anyway.
    """
    draft = change.draft(draft_id)
    require(person, action, draft.owner)
    same_revision(draft, revision)
    if not draft.state.is_pending:
        raise NotAllowedNow(f"This draft is {draft.state.value} already.", reason="decided")
    if draft.is_unassigned and action is not Action.HAND_OVER:
        raise NotAllowedNow("Nobody has this draft yet: an agency takes it first.", reason="unassigned")
    return draft


def same_revision(draft: Draft, revision: int) -> None:
    """Raise VersionConflict when the page showed another revision."""
    if draft.revision != revision:
        raise VersionConflict(
            f"The draft {draft.id} is at revision {draft.revision}, this page shows {revision};"
            " somebody else acted in between."
        )


def entry_at(change: ReviewChange, person: Person, action: Action, *, entry_id: EntryId, version: int) -> EntryVersion:
    """Return an entry on which the person may take `action`, and whose newest version the page showed.

    Raises NotFound, Forbidden and VersionConflict.
    """
    entry = change.entry(entry_id)
    if entry is None:
        raise NotFound(f"No entry has the id `{entry_id}`.")
    require(person, action, entry.content.agency_id)
    if entry.version != version:
        raise VersionConflict(
            f"The entry `{entry_id}` is at version {entry.version}, this page shows {version}; read it again."
        )
    return entry


def known_agency(change: ReviewChange, agency_id: AgencyId) -> None:
    if not change.knows_agency(agency_id):
        raise NotFound(f"No agency has the id `{agency_id}`.")


def check_names(change: ReviewChange, content: EntryContent, before: EntryContent | None) -> None:
    """Raise NotFound when the content names an unknown agency, and InvalidContent for an unknown entry.

    An entry that `before` names already does not stand in the way. The examples of a new calculation are worked.
    """
    for agency_id in (content.agency_id, *content.contributors):
        known_agency(change, agency_id)
    new = _named_entries(content) - (_named_entries(before) if before else set())
    unknown = sorted((field, entry_id) for field, entry_id in new if change.entry(entry_id) is None)
    refuse([ContentProblem(field, "unknown_entry", entry_id[:80]) for field, entry_id in unknown])
    _check_branches(change, content, new={entry_id for field, entry_id in new if field == "branches"})
    if content.calculation and not (before and before.calculation == content.calculation):
        refuse(list(calculation_problems(content.calculation, change.facts())))
    general = change.entry(content.variant_of) if content.variant_of else None
    if general is not None and general.content.variant_of is not None:
        raise InvalidContent([ContentProblem("variant_of", "is_a_variant", general.id[:80])])


def _check_branches(change: ReviewChange, content: EntryContent, *, new: Collection[EntryId]) -> None:
    """Raise InvalidContent where a new branch leads to a withdrawn entry, or any to none within two taps."""
    entries = {entry_id: change.entry(entry_id) for entry_id in sorted(new)}
    withdrawn = [entry_id for entry_id, entry in entries.items() if entry and entry.status is EntryStatus.WITHDRAWN]
    refuse([ContentProblem("branches", "withdrawn_entry", entry_id[:80]) for entry_id in withdrawn])

    def branches_of(entry_id: EntryId) -> tuple[Branch, ...]:
        entry = change.entry(entry_id)
        return entry.content.branches if entry else ()

    too_deep = branch_too_deep(content, branches_of)
    if too_deep is not None:
        raise InvalidContent([ContentProblem("branches", "too_deep", too_deep[:80])])


def check_distress(content: EntryContent, before: EntryContent | None) -> None:
    """Raise InvalidContent where a question that is new in the content may be written in distress.

    An entry would answer such a message; help does, in the entries that the operator made for it.
    """
    if before is not None and before.urgent:
        return
    asked_before = {before.question, *(question.text for question in before.alternate_questions)} if before else set()
    questions = [
        ("question", content.question),
        *(("alternate_questions", question.text) for question in content.alternate_questions),
    ]
    new = [(field, text) for field, text in questions if text not in asked_before and may_be_in_distress(text)]
    refuse([ContentProblem(field, "distress", text[:80]) for field, text in new])


def _named_entries(content: EntryContent) -> set[tuple[str, EntryId]]:
    """Return the entries that a content names, each with the field that does."""
    steps = {("steps", step.entry) for step in content.steps if step.entry}
    general = {("variant_of", content.variant_of)} if content.variant_of else set()
    branches = {("branches", branch.entry) for branch in content.branches}
    return {("related", entry_id) for entry_id in content.related} | steps | branches | general


def check_entry_id(entry_id: EntryId) -> None:
    """Raise InvalidContent when the id cannot stand in an address and name a file."""
    if len(entry_id) > ID_LIMIT or not SLUG.fullmatch(entry_id):
        raise InvalidContent([ContentProblem("id", "not_a_slug", entry_id[:80])])
    if entry_id in RESERVED_IDS:
        raise InvalidContent([ContentProblem("id", "reserved", entry_id)])


def not_drafted(change: ReviewChange, entry_id: EntryId, *, besides: DraftId | None = None) -> None:
    """Raise NotAllowedNow `drafted` when another pending draft is to become the entry of that id."""
    if any(draft.id != besides for draft in change.pending_drafts_of(entry_id)):
        raise NotAllowedNow(f"A pending draft has the id `{entry_id}` already; choose another.", reason="drafted")


def words_of(text: str) -> str:
    """Return a reason without the space around it. Raises NotAllowedNow `reason_missing` when nothing is left."""
    words = text.strip()
    if not words:
        raise NotAllowedNow("Say why, in a few words.", reason="reason_missing")
    check_note(words)
    return words


class Keeping:
    """The base of the desk's parts: `now` gives the moment in UTC, and every change is one transaction of the store."""

    def __init__(
        self, store: ReviewStore, now: Callable[[], datetime], two_people: TwoPeople = TwoPeople.WHERE_POSSIBLE
    ) -> None:
        self._store = store
        self._now = now
        self._two_people = two_people

    @contextmanager
    def _acting(
        self,
        person_id: PersonId,
        action: Action,
        draft_id: DraftId,
        revision: int,
        problems: Iterable[ContentProblem] = (),
    ) -> Iterator[tuple[ReviewChange, Person, Draft]]:
        """Begin the transaction of an action on a pending draft; `problems` are those of the text that comes with it.

        Raises Forbidden, VersionConflict, NotAllowedNow, and InvalidContent where there are problems.
        """
        listed = list(problems)  # before the transaction: nobody waits for the database
        with self._store.changing() as change:
            person = known_person(change, person_id, action)
            draft = pending_draft(change, person, action, draft_id=draft_id, revision=revision)
            refuse(listed)
            yield change, person, draft

    def _second_person(
        self,
        change: ReviewChange,
        person: Person,
        *,
        writers: Collection[str],
        agencies: Collection[AgencyId],
        entry_id: EntryId,
    ) -> None:
        """Raise NotAllowedNow when a writer of the text may not publish it alone; audit it when she does."""
        if person.id not in writers:
            return
        listed = sorted(agencies)
        rule = rule_within(change, self._two_people, listed)
        if not rule.allows_alone(person, listed):
            others = ", ".join(approver.id for approver in rule.approvers(listed, writers)) or "nobody today"
            raise NotAllowedNow(
                f"{person.id} wrote a part of this text, and {', '.join(listed)} want another referent to approve it:"
                f" {others}.",
                reason="second_person",
            )
        change.audit(person.id, "published_alone", entry_id, {"agencies": ", ".join(listed)})

    def _amended(self, change: ReviewChange, person: Person, draft: Draft, content: EntryContent | None) -> Draft:
        """Return the draft with the checked text that came with a verdict on it, so that no words are lost."""
        if content is None or content == draft.content:
            return draft
        require_all(person, Action.WRITE_ENTRY, {draft.agency_id, content.agency_id})
        check_names(change, content, draft.content)
        detail: Detail = {"entry": draft.entry_id, "base_version": draft.base_version}
        change.audit(person.id, "draft_amended", draft.id, detail)
        return replace(draft.written_by(person.id, content), agency_id=content.agency_id)

    def _decided(
        self, change: ReviewChange, person_id: PersonId, draft: Draft, *, revision: int, action: str, detail: Detail
    ) -> Draft:
        decided = replace(draft, decided_by=person_id, decided_at=self._now())
        return self._kept(change, person_id, decided, revision=revision, action=action, detail=detail)

    def _kept(
        self, change: ReviewChange, person_id: PersonId, draft: Draft, *, revision: int, action: str, detail: Detail
    ) -> Draft:
        saved = change.save_draft(replace(draft, updated_at=self._now()), expected_revision=revision)
        change.audit(person_id, action, draft.id, detail)
        return saved

    def _again(
        self,
        current: EntryVersion,
        text: EntryVersion,
        person_id: PersonId,
        *,
        note: str,
        status: EntryStatus = EntryStatus.APPROVED,
    ) -> NewVersion:
        """Return the new version that puts `text` in the place of `current`, which stays as urgent as it is."""
        return NewVersion(
            id=current.id,
            content=replace(text.content, urgent=current.content.urgent),
            expected_version=current.version,
            author=text.author,
            editors=text.editors,
            approver=person_id,
            approved_at=self._now(),
            status=status,
            note=note,
        )
