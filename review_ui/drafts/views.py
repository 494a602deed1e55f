"""A draft as its page shows it, with its group of questions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import UNDO_WINDOW, Draft, DraftId, DraftState, Evidence
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import NotFound
from noa_rag.domain.facts import Fact
from noa_rag.domain.failure import Failure, FailureKind, GroupId
from noa_rag.domain.people import Person
from noa_rag.domain.queue import MoveKind
from noa_rag.domain.timeline import in_force, schedule
from noa_rag.review.moved_questions import stray_phrasings, texts_of
from noa_rag.review.preview import first_day
from noa_rag.review.rights import Action, Approval, agencies_concerned, decides, may
from noa_rag.review.verdicts import vouched_for
from noa_rag.service.office import Office
from noa_rag.service.wording import HeldSentence
from noa_rag.storage.audit import AuditEntry
from noa_rag.web.entries.views import EntryView
from review_ui.drafts.case import Case, case_of
from review_ui.drafts.groups import GroupView, PlaceInQueue, place_of
from review_ui.entries.views import FieldDifference, content_difference, shown_to_the_public
from review_ui.shell import lookups

HISTORY_LENGTH = 50
SHOWN_FOUND = 10
KNOWN_FROM = 0.1  # likeness or confidence below which an entry is not worth a look


@dataclass(frozen=True, slots=True)
class Known:
    """An entry or draft that may already answer; `can_attach` where this person may attach the draft to it."""

    kind: str
    id: str
    question: str
    likeness: float
    agency: str
    can_attach: bool


@dataclass(frozen=True, slots=True)
class ResultView:
    """What was done to a draft: a verdict, or what `said` tells; `kept` says that a changed text was kept with it."""

    draft: Draft
    starts_on: date | None
    """The day on which a published text takes effect, where that is still to come."""
    decided_by: str
    undo_seconds: int
    is_live: bool
    said: str = ""
    kept: str = ""


@dataclass(frozen=True, slots=True)
class DraftView:
    """Everything that the page of a draft shows."""

    draft: Draft
    case: Case
    current: EntryVersion | None
    replaced: EntryVersion | None
    """The version in whose place the draft would be served, from its first day on."""
    is_replaced_live: bool
    plan: Sequence[tuple[date, EntryVersion | None]]
    """What would be served when if the draft were approved today; empty where nothing changes later on."""
    agencies: Mapping[AgencyId, Agency]
    themes: Sequence[Theme]
    facts: Collection[Fact]
    known: tuple[Known, ...]
    """Entries and drafts near the question, the nearest first; those that visitors called useless come last."""
    history: Sequence[AuditEntry]
    names: Mapping[str, str]
    result: ResultView | None
    """What came of the draft, None while it waits for a verdict."""
    difference: list[FieldDifference]
    shown: EntryView
    can_write: bool
    can_decide: bool
    can_hand_over: bool
    approval: Approval
    """Whether this person may approve the draft as it is stored, and who may otherwise."""
    approval_if_edited: Approval
    is_writer: bool
    place: PlaceInQueue
    held: tuple[HeldSentence, ...] = ()
    """The sentences of a wording that a model proposed, each with the passage that bears it out."""
    can_word: bool = False
    strays: tuple[str, ...] = ()
    """Questions of the draft that were moved to a group of their own since."""
    general: EntryVersion | None = None
    """The entry of another agency in whose place the draft's would be shown: that agency must approve it too."""

    @property
    def group(self) -> GroupView | None:
        return self.case.group

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The official texts near enough to the question; drafts of earlier releases keep others too."""
        return () if self.draft.is_thin else self.draft.evidence

    @property
    def current_version(self) -> int:
        return self.current.version if self.current else 0

    @property
    def is_stale(self) -> bool:
        """Whether the entry has a newer version than the draft started from; it cannot be approved then."""
        return self.draft.state.is_pending and self.current_version != self.draft.base_version

    @property
    def agency(self) -> str:
        """Its name, empty while nobody has the draft."""
        return self.name_of(self.draft.owner) if self.draft.owner else ""

    def name_of(self, agency_id: AgencyId) -> str:
        return lookups.agency_name(self.agencies.get(agency_id), agency_id)


def read_draft(office: Office, draft_id: DraftId, person: Person) -> DraftView:
    """Return the view of a draft for somebody. Raises NotFound."""
    draft = office.store.draft(draft_id)
    current, general = lookups.entry(office, draft.entry_id), _general_of_others(office, draft.content)
    agencies = office.noa.agencies()
    deeds = office.audit.entries(subject=draft.id, limit=HISTORY_LENGTH)
    people = {deed.actor for deed in deeds} | {draft.author, draft.decided_by or ""}
    may_decide = draft.owner is not None and may(person, Action.DECIDE, draft.owner)
    can_decide = draft.state.is_pending and may_decide and not person.unconfirmed
    approval, approval_if_edited = (
        _approvals(office, draft, current, person) if may_decide else (Approval(), Approval())
    )
    now, approver = datetime.now(UTC), lookups.person_name(office, draft.decided_by or person.id)
    today, history = paris_day(now), office.noa.records.history(draft.entry_id)
    proposed = office.proposed_version(draft)
    replaced = in_force(history, first_day([proposed])) if history else None
    plan = schedule([*history, proposed], today) if draft.state.is_pending else []
    return DraftView(
        draft=draft,
        case=case_of(office, draft),
        current=current,
        replaced=replaced,
        is_replaced_live=replaced is not None and replaced.is_servable_on(today),
        plan=plan if len(plan) > 1 or len(schedule(history, today) if history else ()) > 1 else (),
        agencies=agencies,
        themes=office.noa.themes(),
        facts=office.noa.records.facts().facts.values(),
        known=_known_beside(office, draft, person, can_decide=can_decide),
        history=deeds,
        names={person_id: lookups.person_name(office, person_id) for person_id in people},
        result=None if draft.state.is_pending else result_of(office, draft, person, now),
        difference=_difference(draft, replaced),
        shown=as_published(office, draft, vouched_for(draft.content, history, approver)),
        can_write=draft.state.is_pending and draft.owner is not None and may(person, Action.WRITE_ENTRY, draft.owner),
        can_decide=can_decide,
        can_hand_over=draft.state.is_pending
        and (not draft.is_edit or general is not None)
        and may(person, Action.HAND_OVER, draft.owner),
        approval=approval,
        approval_if_edited=approval_if_edited,
        is_writer=person.id in draft.writers,
        place=place_of(office, person, draft.id),
        held=office.held(draft) if draft.state.is_pending else (),
        can_word=office.can_word(draft),
        strays=_strays(office, draft) if draft.state.is_pending else (),
        general=general if draft.state.is_pending else None,
    )


def _general_of_others(office: Office, content: EntryContent) -> EntryVersion | None:
    general = lookups.entry(office, content.variant_of) if content.variant_of else None
    return general if general and general.content.agency_id != content.agency_id else None


def _strays(office: Office, draft: Draft) -> tuple[str, ...]:
    if draft.group_id is None:
        return ()
    splits = [
        move
        for move in office.queue.moves_since(draft.created_at)
        if move.kind is MoveKind.SPLIT and move.from_group == draft.group_id
    ]
    if not splits:
        return ()
    staying = _failures(office, draft.group_id)
    ids = {question for split in splits for question in split.questions}
    away = [
        failure for split in splits for failure in _failures(office, split.to_group) if failure.asked.question_id in ids
    ]
    return tuple(stray_phrasings(draft, texts_of(away), texts_of(staying)))


def _failures(office: Office, group_id: GroupId | None) -> Sequence[Failure]:
    """Return the questions of a group, none where it is older than what is kept."""
    try:
        return office.store.group(group_id).failures if group_id else ()
    except NotFound:
        return ()


def result_of(office: Office, draft: Draft, person: Person, now: datetime) -> ResultView:
    """Return what was done to a draft, with the seconds left in which this person may undo her verdict."""
    begins = draft.content.window.valid_from
    is_coming = draft.state is DraftState.APPROVED and begins is not None and begins > paris_day(now)
    return ResultView(
        draft=draft,
        starts_on=begins if is_coming else None,
        decided_by=lookups.person_name(office, draft.decided_by or ""),
        undo_seconds=undo_seconds(draft, person, now),
        is_live=draft.published is None or office.is_live(),
    )


def _approvals(office: Office, draft: Draft, current: EntryVersion | None, person: Person) -> tuple[Approval, Approval]:
    """Return whether somebody may approve a draft: as it is stored, and after an edit of her own."""
    rule = office.two_people_rule()
    agencies = agencies_concerned(draft.content, current, partial(lookups.entry, office)) | {draft.agency_id}
    return (
        rule.approval(person, agencies - draft.passed_on_by, draft.writers),
        rule.approval(person, agencies, draft.writers | {person.id}),
    )


def _difference(draft: Draft, replaced: EntryVersion | None) -> list[FieldDifference]:
    if replaced is None or draft.is_of_new_entry or not draft.state.is_pending:
        return []
    return content_difference(replaced.content, draft.content)


def undo_seconds(draft: Draft, person: Person, now: datetime) -> int:
    """Return how many seconds somebody has left to take her verdict back, 0 where it is not hers."""
    if draft.state.is_pending or draft.decided_at is None or draft.decided_by != person.id:
        return 0
    if not may(person, Action.DECIDE, draft.agency_id):
        return 0
    return max(0, int((draft.decided_at + UNDO_WINDOW - now).total_seconds()))


def questions_to_attach(content: EntryContent) -> tuple[AlternateQuestion, ...]:
    """Return a draft's questions, which become alternate questions of another entry."""
    return (AlternateQuestion(content.question, content.language), *content.alternate_questions)


def find_entries(office: Office, draft: Draft, words: str, person: Person) -> list[Known]:
    """Return approved entries to which the draft's questions could be attached."""
    can_decide = draft.state.is_pending and draft.owner is not None and may(person, Action.DECIDE, draft.owner)
    return [
        _known(office, "entry", entry.id, entry.content.question, 0.0, person=person, can_decide=can_decide)
        for entry in lookups.approved_with(office, words)[:SHOWN_FOUND]
    ]


def as_published(office: Office, draft: Draft, content: EntryContent) -> EntryView:
    """Return a content that is vouched for as the public would see it, dated only where it was approved."""
    version = EntryVersion(
        id=draft.entry_id,
        version=draft.base_version + 1,
        content=content,
        status=EntryStatus.APPROVED,
        author=draft.author,
        approver=draft.author,
        approved_at=draft.decided_at or datetime.now(UTC),
    )
    shown = shown_to_the_public(office, version)
    if draft.state is DraftState.APPROVED:
        return shown
    return replace(shown, validated="Pas encore validée : la date de validation sera affichée ici")


def _known_beside(office: Office, draft: Draft, person: Person, *, can_decide: bool) -> tuple[Known, ...]:
    """Return what may answer already, once each; without what is less than a tenth alike."""
    listed = [(found.kind, str(found.id), found.question, found.likeness) for found in draft.duplicates]
    listed += [("entry", str(near.entry_id), near.question, near.confidence) for near in draft.near]
    once = {(kind, id_): (kind, id_, question, likeness) for kind, id_, question, likeness in reversed(listed)}
    group = _failures(office, draft.group_id)
    useless = {failure.asked.entry_id for failure in group if failure.kind is FailureKind.NOT_USEFUL}
    ranked = sorted(once.values(), key=lambda found: (found[1] in useless, -found[3], found[1]))
    return tuple(
        _known(office, kind, id_, question, likeness, person=person, can_decide=can_decide)
        for kind, id_, question, likeness in ranked
        if likeness >= KNOWN_FROM
    )


def _known(
    office: Office, kind: str, item_id: str, question: str, likeness: float, *, person: Person, can_decide: bool
) -> Known:
    entry = lookups.entry(office, EntryId(item_id)) if kind == "entry" else None
    is_approved = entry is not None and entry.status is EntryStatus.APPROVED
    concerned = agencies_concerned(entry.content, None, partial(lookups.entry, office)) if entry else ()
    agency = office.noa.agencies().get(entry.content.agency_id) if entry else None
    return Known(
        kind=kind,
        id=item_id,
        question=entry.content.question if entry else question,
        likeness=likeness,
        agency=lookups.agency_name(agency, entry.content.agency_id) if entry else "",
        can_attach=can_decide and is_approved and decides(person, concerned),
    )
