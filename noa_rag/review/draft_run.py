"""`build_drafts`: groups failed questions, and prepares drafts for the groups that are due."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

from filelock import FileLock

from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.draft import Draft, DraftState, ProposedBy
from noa_rag.domain.entry import Audience, EntryContent, EntryId
from noa_rag.domain.errors import InvalidQuestion, InvalidRequest, NotFound, VersionConflict
from noa_rag.domain.failure import MIN_VOLUME, Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.domain.ports import Doing, Progress, ReviewChange, ReviewStore, no_progress
from noa_rag.domain.question import Ask
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.review.agenda import newest_drafts
from noa_rag.review.base_knowledge import BaseKnowledge, LibraryIndex, library_fingerprint, library_texts
from noa_rag.review.drafting import NOA, DraftMaker, grown, save_grown
from noa_rag.review.grouping import BaseGrouping, Grouped, Grouping, group_failures, without_distress
from noa_rag.review.scope import GroupSorter
from noa_rag.review.served_base import ServedBase

GROWN_AGAIN = 2  # times the volume at the verdict: only then is a group brought up once more
ASKED_AGAIN = 8  # distinct phrasings of a group, the newest first
_ANSWERED_KINDS = (FailureKind.NOT_USEFUL, FailureKind.REPHRASED)


@dataclass(frozen=True, slots=True)
class BuildReport(Grouped):
    """What a run did."""

    made: tuple[Draft, ...] = ()
    updated_count: int = 0
    rebuilt_count: int = 0
    """Drafts that nobody touched, and that the library of today answers otherwise."""
    answered_count: int = 0
    """Groups without a draft whose questions are all answered today."""
    waiting_count: int = 0
    """Groups without a draft that too few people asked for."""
    out_of_scope_count: int = 0
    """Groups without a draft that are none of the base's business."""


def build_drafts(
    noa: ServedBase,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    min_volume: int = MIN_VOLUME,
    progress: Progress = no_progress,
    grouping: Grouping | None = None,
) -> BuildReport:
    """Group what failed since the last time, put aside what is out of scope, and prepare the drafts that are due.

    Each group is written in a transaction of its own, so that an interrupted run can simply be repeated. Two runs at
    once take turns, and neither repeats what the other made.
    """
    with FileLock(noa.data_dir / "drafts.lock"):
        noa.refresh(progress)
        store = noa.records.review
        sorter = None
        if grouping is None:
            grouping = own = BaseGrouping(noa)
            sorter = GroupSorter(noa, own)
        items = noa.records.queue.items().values()
        noisy = {GroupId(item.id) for item in items if item.noise and item.pile is not Pile.TO_DO}
        grouped = group_failures(store, grouping, now=now, progress=progress, noisy=noisy)
        _sort_groups(noa, grouping, sorter)
        return _DraftRun(noa, now, min_volume).drafted(BuildReport(*astuple(grouped)), progress)


def _sort_groups(noa: ServedBase, grouping: Grouping, sorter: GroupSorter | None) -> None:
    """Judge the undrafted groups that are new or have grown, and store the pile and the likely owner of each."""
    store, queue = noa.records.review, noa.records.queue
    drafted, items = store.drafted_groups(), queue.items()
    judged: list[QueueItem] = []
    for group in store.groups():
        item = items.get(ItemId(group.id), QueueItem(ItemId(group.id)))
        if group.id in drafted or item.judged_volume == group.volume or not group.failures:
            continue
        noise = grouping.noise(group.failures[0].asked)
        if noise is not None:
            judged.append(QueueItem(item.id, Pile.OUT_OF_SCOPE, owner_reason=noise, judged_volume=group.volume))
        elif sorter is not None:
            judged.append(sorter.judged(group))
    if judged:
        queue.place(judged)


class _DraftRun:
    """One run over all groups; the library is only opened when a draft is to be made."""

    def __init__(self, noa: ServedBase, now: Callable[[], datetime], min_volume: int) -> None:
        self._noa = noa
        self._store: ReviewStore = noa.records.review
        self._now = now
        self._min_volume = min_volume
        self._answering = noa.answering(is_recorded=False)
        self._maker: DraftMaker | None = None
        self._library: tuple[Mapping[EntryId, EntryContent], str] | None = None

    def drafted(self, report: BuildReport, progress: Progress) -> BuildReport:
        groups = [group for existing in self._store.groups() if (group := without_distress(existing)).failures]
        drafts = self._store.drafts()
        newest = newest_drafts(drafts)
        items = self._noa.records.queue.items()
        had = Counter(draft.group_id for draft in drafts if draft.group_id)
        for done, group in enumerate(groups, start=1):
            last, item = newest.get(group.id), items.get(ItemId(group.id), QueueItem(ItemId(group.id)))
            if last is not None and may_grow(last):
                now = self._rebuild(last, group, progress)
                report = replace(
                    report,
                    rebuilt_count=report.rebuilt_count + (now.content != last.content),
                    updated_count=report.updated_count + self._grow(now, group),
                )
            elif last is None and item.pile in (Pile.OUT_OF_SCOPE, Pile.DISMISSED):
                report = replace(report, out_of_scope_count=report.out_of_scope_count + 1)
            elif not wants_draft(group, last, min_volume=self._min_volume):
                report = replace(report, waiting_count=report.waiting_count + (last is None))
            elif not self._still_fails(group):
                report = replace(report, answered_count=report.answered_count + 1)
                if last is None and item.pile is Pile.TO_DO:
                    self._noa.records.queue.place([replace(item, pile=Pile.ANSWERED)])
            elif (made := self._make(group, item, had[group.id], progress)) is not None:
                report = replace(report, made=(*report.made, made))
            progress(Doing.PREPARING_DRAFTS, done, len(groups))
        return report

    def _still_fails(self, group: QuestionGroup) -> bool:
        newest = {failure.asked.normalised: failure for failure in group.failures}
        again = sorted(newest.values(), key=lambda failure: (failure.asked.asked_at, failure.asked.question_id))[
            -ASKED_AGAIN:
        ]
        return any(self._fails_again(failure) for failure in again)

    def _fails_again(self, failure: Failure) -> bool:
        question = failure.asked
        audience = Audience(question.audience) if question.audience in list(Audience) else None
        try:
            return still_fails(
                failure, self._answering.ask(Ask(question.text, question.region, audience, language=question.language))
            )
        except (InvalidQuestion, InvalidRequest):
            return False  # a question that cannot be asked any more is not worth an entry

    def _make(self, group: QuestionGroup, item: QueueItem, had_count: int, progress: Progress) -> Draft | None:
        given_to = item.agency_id if item.given_by else None
        draft = self._opened(progress).draft_of(group, number=had_count + 1, given_to=given_to)
        with self._store.changing() as change:
            if _is_there(change, draft):
                return None
            draft = replace(draft, entry_id=_free_id(change, draft))
            change.add_draft(draft)
            detail: Mapping[str, str | int | None] = {
                "entry": draft.entry_id,
                "agency": draft.agency_id,
                "group": group.id,
                "volume": group.volume,
            }
            change.audit(NOA, "draft_prepared", draft.id, detail)
        return draft

    def _rebuild(self, draft: Draft, group: QuestionGroup, progress: Progress) -> Draft:
        """Return the draft quoted anew from today's library; unchanged if it is already, or if somebody acts on it."""
        if not may_be_rebuilt(draft) or draft.library == self._read_library()[1]:
            return draft
        rebuilt = self._opened(progress).requoted(draft, group)
        if rebuilt.content != draft.content:
            rebuilt = replace(rebuilt, updated_at=self._now())
        try:
            with self._store.changing() as change:
                if not may_be_rebuilt(change.draft(draft.id)):
                    return draft
                saved = change.save_draft(rebuilt, expected_revision=draft.revision)
                if saved.content != draft.content:
                    change.audit(NOA, "draft_rebuilt", draft.id, {"group": group.id, "evidence": len(saved.evidence)})
                return saved
        except VersionConflict:
            return draft

    def _grow(self, draft: Draft, group: QuestionGroup) -> bool:
        """Add the group's new phrasings to its draft, unless somebody acts on the draft at the same time."""
        larger = grown(draft, group, at=self._now())
        if larger is None:
            return False
        try:
            with self._store.changing() as change:
                if not may_grow(change.draft(draft.id)):
                    return False
                save_grown(change, draft, larger)
        except VersionConflict:
            return False
        return True

    def _opened(self, progress: Progress) -> DraftMaker:
        if self._maker is None:
            self._maker = DraftMaker(
                knowledge=BaseKnowledge(self._noa),
                library=LibraryIndex(self._noa, self._read_library()[0], progress),
                drafts=self._store.drafts,
                now=self._now,
            )
        return self._maker

    def _read_library(self) -> tuple[Mapping[EntryId, EntryContent], str]:
        """Return the official texts of today with their fingerprint, read once."""
        if self._library is None:
            texts = library_texts(self._noa)
            self._library = texts, library_fingerprint(texts)
        return self._library


def _is_there(change: ReviewChange, draft: Draft) -> bool:
    """Whether another run, perhaps on another machine, has made this draft."""
    try:
        change.draft(draft.id)
    except NotFound:
        return False
    return True


def _free_id(change: ReviewChange, draft: Draft) -> EntryId:
    """Return the draft's entry id, with a number added when the id was taken while the draft was made."""
    taken: list[str] = []
    candidate = draft.entry_id
    while change.entry(candidate) is not None or change.pending_drafts_of(candidate):
        taken.append(candidate)
        candidate = EntryId(f"{draft.entry_id}-{len(taken) + 1}")
    return candidate


def wants_draft(group: QuestionGroup, last: Draft | None, *, min_volume: int = MIN_VOLUME) -> bool:
    """Whether a group is to get a draft; `last` is the newest one it had."""
    if last is None:
        said = any(failure.kind is FailureKind.NOT_USEFUL for failure in group.failures)
        return said or len({failure.asked.conversation_id for failure in group.failures}) >= min_volume
    if last.state.is_pending or last.decided_at is None:
        return False
    before = sum(failure.asked.asked_at <= last.decided_at for failure in group.failures)
    return group.volume >= GROWN_AGAIN * max(before, 1)


def may_grow(draft: Draft) -> bool:
    """Whether Noa may add phrasings to a draft: it waits for its verdict, and nobody touched it."""
    return draft.state is DraftState.OPEN and draft.author == NOA


def may_be_rebuilt(draft: Draft) -> bool:
    """Whether Noa may quote the library anew in a draft: nobody touched it, and its entry was never published."""
    return may_grow(draft) and draft.proposed_by is ProposedBy.EXTRACT and draft.base_version == 0


def still_fails(failure: Failure, answer: Answer) -> bool:
    """Whether a failed question still fails: it is not answered, or with the same answer that did not help."""
    if answer.status is not AnswerStatus.ANSWERED or answer.entry is None:
        return True
    shown = (failure.asked.entry_id, failure.asked.entry_version)
    return failure.kind in _ANSWERED_KINDS and shown == (answer.entry.id, answer.entry.version)
