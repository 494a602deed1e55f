"""Verdicts on drafts: approve, decline, attach to an entry, and take one's verdict back."""

from collections.abc import Sequence
from dataclasses import replace

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft, DraftId, DraftState, Published, with_alternates
from noa_rag.domain.entry import (
    DEMONSTRATION,
    AlternateQuestion,
    EntryContent,
    EntryId,
    EntryStatus,
    EntryVersion,
    NewVersion,
)
from noa_rag.domain.errors import NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.ports import ReviewChange
from noa_rag.domain.timeline import standing
from noa_rag.knowledge.content_rules import (
    alternate_problems,
    check_note,
    content_problems,
    draft_problems,
    publication_problems,
    refuse,
)
from noa_rag.review.checks import (
    Detail,
    Keeping,
    check_distress,
    check_entry_id,
    check_names,
    known_person,
    same_revision,
    words_of,
)
from noa_rag.review.rights import Action, agencies_concerned, require, require_all


class Verdicts(Keeping):
    """What a referent decides about a draft; approving and attaching publish at once."""

    def approve(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        *,
        content: EntryContent | None = None,
        note: str = "",
        spoilt_count: int = 0,
    ) -> Draft:
        """Publish a draft, amended first when `content` is given: the entry has a new version from this moment.

        The audit keeps how many answers it spoils, of which the person was told.
        Raises NotAllowedNow `second_person` where author and approver must differ; amending makes one
        a writer of the text.
        """
        problems = content_problems(content) if content else ()
        with self._acting(person_id, Action.DECIDE, draft_id, revision, problems) as (change, person, draft):
            check_note(note.strip())
            text = draft.content if content is None else content
            amended = text != draft.content
            written = draft.written_by(person_id, text) if amended else draft
            current = change.entry(draft.entry_id)
            agencies = _may_publish(change, person, draft, text=text, current=current)
            self._second_person(change, person, writers=written.writers, agencies=agencies, entry_id=draft.entry_id)
            version = change.add_version(
                NewVersion(
                    id=draft.entry_id,
                    content=vouched_for(text, change.history(draft.entry_id), person.name),
                    expected_version=draft.base_version,
                    author=written.author,
                    editors=written.editors,
                    approver=person_id,
                    approved_at=self._now(),
                    note=note.strip(),
                )
            )
            decided = replace(
                written,
                agency_id=text.agency_id if amended else draft.agency_id,
                state=DraftState.APPROVED,
                published=Published(draft.entry_id, version.version, draft.base_version),
                note=note.strip(),
            )
            detail: Detail = {
                "entry": draft.entry_id,
                "version": version.version,
                "amended": int(amended),
                **({"spoilt": spoilt_count} if spoilt_count else {}),
            }
            return self._decided(change, person_id, decided, revision=revision, action="draft_approved", detail=detail)

    def decline(
        self, person_id: PersonId, draft_id: DraftId, revision: int, reason: str, *, content: EntryContent | None = None
    ) -> Draft:
        """Close a draft without publishing; another `content` is kept in it, in case the verdict is undone.

        Raises NotAllowedNow `reason_missing` without a reason.
        """
        problems = draft_problems(content) if content else ()
        with self._acting(person_id, Action.DECIDE, draft_id, revision, problems) as (change, person, draft):
            words = words_of(reason)
            amended = self._amended(change, person, draft, content)
            declined = replace(amended, state=DraftState.DECLINED, note=words)
            detail: Detail = {"reason": words}
            return self._decided(change, person_id, declined, revision=revision, action="draft_declined", detail=detail)

    def attach(
        self,
        person_id: PersonId,
        draft_id: DraftId,
        revision: int,
        entry_id: EntryId,
        questions: tuple[AlternateQuestion, ...],
        *,
        content: EntryContent | None = None,
        spoilt_count: int = 0,
    ) -> Draft:
        """Add questions to an existing entry as alternate questions, and close the draft; its answer is not used.

        They are added to the version in force and to each that is to come. Another `content` is kept in the draft, for
        whoever undoes this.
        """
        problems = draft_problems(content) if content else ()
        with self._acting(person_id, Action.DECIDE, draft_id, revision, problems) as (change, person, draft):
            entry = change.entry(entry_id)
            if entry is None or entry.status is not EntryStatus.APPROVED:
                raise NotFound(f"No approved entry has the id `{entry_id}`.")
            before = [text.content for text in standing(change.history(entry_id), paris_day(self._now()))]
            agencies = {agency for content in before for agency in agencies_concerned(content, None, change.entry)}
            require_all(person, Action.DECIDE, agencies)
            wider = [replace(former, alternate_questions=with_alternates(former, questions)) for former in before]
            if wider == before:
                raise NotAllowedNow("The entry has all of these questions already.", reason="nothing_to_attach")
            for widened, old in zip(wider, before, strict=True):
                check_distress(widened, old)
                refuse(list(alternate_problems(widened)))  # the rest was approved as it stands, under whatever rules
            is_of_draft = _are_of(draft, questions)
            self._second_person(
                change,
                person,
                writers=draft.writers if is_of_draft else [person_id],
                agencies=agencies,
                entry_id=entry_id,
            )
            version = entry
            for related_id in wider:
                new = NewVersion(
                    id=entry_id,
                    content=related_id,
                    expected_version=version.version,
                    author=draft.author if is_of_draft else person_id,
                    editors=draft.editors if is_of_draft else (),
                    approver=person_id,
                    approved_at=self._now(),
                    note=f"questions of draft {draft.id}",
                )
                version = change.add_version(new)
            published = Published(entry_id, version.version, entry.version)
            amended = self._amended(change, person, draft, content)
            attached = replace(amended, state=DraftState.ATTACHED, published=published)
            spoilt: Detail = {"spoilt": spoilt_count} if spoilt_count else {}
            detail: Detail = {"entry": entry_id, "version": version.version, **spoilt}
            return self._decided(change, person_id, attached, revision=revision, action="draft_attached", detail=detail)

    def undo(self, person_id: PersonId, draft_id: DraftId, revision: int) -> Draft:
        """Take back one's own verdict within a minute; what was published goes back to how it was.

        Raises NotAllowedNow `too_late`, `not_yours` or `nothing_to_undo`, and VersionConflict when the
        entry was changed again since.
        """
        with self._store.changing() as change:
            person = known_person(change, person_id, Action.DECIDE)
            draft = change.draft(draft_id)
            require(person, Action.DECIDE, draft.agency_id)
            same_revision(draft, revision)
            if draft.state.is_pending or draft.decided_at is None:
                raise NotAllowedNow("This draft bears no verdict.", reason="nothing_to_undo")
            if draft.decided_by != person_id:
                raise NotAllowedNow(f"{draft.decided_by} gave this verdict.", reason="not_yours")
            if not draft.can_be_undone_at(self._now()):
                raise NotAllowedNow("The minute for undoing is over.", reason="too_late")
            base = draft.base_version
            if draft.published is not None:
                taken_back = self._taken_back(change, person, draft, draft.published)
                base = taken_back.version if taken_back.id == draft.entry_id else base
            reopened = replace(
                draft,
                state=DraftState.OPEN,
                base_version=base,
                withdrawn_version=base if draft.is_of_new_entry else draft.withdrawn_version,
                published=None,
                recheck=None,
                decided_by=None,
                decided_at=None,
            )
            detail: Detail = {"entry": draft.entry_id}
            return self._kept(change, person_id, reopened, revision=revision, action="verdict_undone", detail=detail)

    def _taken_back(self, change: ReviewChange, person: Person, draft: Draft, published: Published) -> EntryVersion:
        history = change.history(published.entry_id)
        if len(history) != published.version:
            raise VersionConflict(f"The entry `{published.entry_id}` was changed again since; it is not undone.")
        before, taken = history[: published.before], history[published.before :]
        entry, text = history[-1], before[-1] if before else history[-1]
        agencies = agencies_concerned(text.content, entry, change.entry) - draft.passed_on_by
        require_all(person, Action.DECIDE, agencies)
        back = [text] if before and text.status is EntryStatus.APPROVED else []
        if not back or not all(
            text.window.covers(version.window) for version in taken
        ):  # else the text hides all of them
            note, gone = "verdict undone", EntryStatus.WITHDRAWN
            entry = change.add_version(self._again(entry, text, person.id, note=note, status=gone))
            back = standing(before, paris_day(self._now())) if back else []
        for version in back:
            entry = change.add_version(self._again(entry, version, person.id, note="verdict undone"))
        return entry


def vouched_for(content: EntryContent, history: Sequence[EntryVersion], approver: str) -> EntryContent:
    """Return the content as it is published once a referent approved it.

    A demonstration text that an agency approves is the agency's own. A day of validation that was merely carried
    over from an earlier version gives way to the day of approval. A translation that changed names its approver. What
    is urgent is the operator's to say, in a pack.
    """
    before = {translation for version in history for translation in version.content.translations}
    translations = tuple(
        translation if translation in before else replace(translation, approver=approver)
        for translation in content.translations
    )
    content = replace(content, translations=translations, urgent=history[-1].content.urgent if history else None)
    if content.origin == DEMONSTRATION:
        content = replace(content, origin="")
    if content.validated_on in {entry.content.validated_on for entry in history}:
        content = replace(content, validated_on=None)
    return content


def _may_publish(
    change: ReviewChange, person: Person, draft: Draft, *, text: EntryContent, current: EntryVersion | None
) -> set[AgencyId]:
    """Check the text, and the rights over every agency that it comes from or goes to; return these agencies."""
    refuse(list(publication_problems(text)))
    check_entry_id(draft.entry_id)
    check_names(change, text, current.content if current else None)
    check_distress(text, current.content if current else None)
    agencies = agencies_concerned(text, current, change.entry) | {draft.agency_id}
    if text == draft.content:
        agencies -= draft.passed_on_by
    else:
        require_all(person, Action.WRITE_ENTRY, agencies)
    require_all(person, Action.DECIDE, agencies)
    return agencies


def _are_of(draft: Draft, questions: Sequence[AlternateQuestion]) -> bool:
    own = {draft.content.question, *(question.text for question in draft.content.alternate_questions)}
    return all(question.text in own for question in questions)
