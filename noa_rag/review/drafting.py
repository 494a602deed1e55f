"""From a group of failed questions to a draft: when it is due, its question, owner, quoted answer and duplicates."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.draft import Draft, DraftId, DraftState, Duplicate, NearEntry, ProposedBy, with_alternates
from noa_rag.domain.entry import AlternateQuestion, Audience, EntryContent, EntryId, Source
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup, counted
from noa_rag.domain.people import PersonId
from noa_rag.domain.question import Language
from noa_rag.domain.regions import is_known_region
from noa_rag.knowledge.content_rules import content_problems
from noa_rag.review.evidence import (
    FoundPassage,
    Library,
    chosen_passages,
    evidence_of,
    missing_answer,
    quoted_answer,
    sources_of,
)
from noa_rag.review.ownership import Around, Knowledge, Owner, likely_owner, owner_evidence
from noa_rag.review.phrasing import free_slug, presentable, real_phrasings

NOA = PersonId("noa")  # the author of what nobody wrote
_DRAFTS = uuid.UUID("6f0c1a52-6a4e-4d0f-9d25-2f6b3c1d7e90")  # the name space of their ids
ALTERNATES_GROWN = 16  # phrasings at most once a group has grown: a referent reads them all
QUESTIONS_ASKED = 8  # phrasings that the base and the library are searched with
NEARLY_ALL = 0.9  # of a group's questions: what they share is put on the draft
FICHES_ASKED = 3  # whose contacts say something of the owner
# How surely the library speaks of the question: below it stood 88 % of questions that no fiche answers, and 11 % of
# those that one does; see docs/review.md.
THIN_BELOW = 0.6

DUPLICATES_SHOWN = 3  # of each kind
# Both are low on purpose: a duplicate shown in vain costs a glance, one missed costs the work of writing it again.
# docs/review.md says how often each is right.
CONFIDENT_FROM = 0.15  # Noa's calibrated confidence that the entry answers
ALIKE_FROM = 0.55  # likeness of two questions

# One visitor's question may be a slip of the keyboard; two visitors who mean the same have a question.
MIN_VOLUME = 2
GROWN_AGAIN = 2  # times the volume at the verdict: only then is a group brought up once more
_ANSWERED_KINDS = (FailureKind.NOT_USEFUL, FailureKind.REPHRASED)


@dataclass(frozen=True, slots=True)
class DraftMaker:
    """Prepares drafts; `drafts` gives those there are."""

    knowledge: Knowledge
    library: Library
    drafts: Callable[[], Sequence[Draft]]
    now: Callable[[], datetime]

    def draft_of(self, group: QuestionGroup, *, number: int = 1) -> Draft:
        """Return the group's draft of that number, of a new entry; nothing is written."""
        question = self._question(group)
        searched = _searched(question, group)
        around = self.knowledge.around(searched)
        passages = self.library.passages(searched)
        owner = self._owner(group, around, passages)
        near = tuple(self.knowledge.near(question))
        drafts = self.drafts()
        content, quoted = self._content(group, question, around, passages, owner)
        now = self.now()
        return Draft(
            id=draft_id(group.id, number),
            entry_id=EntryId(free_slug(question, [*self.knowledge.entry_ids(), *(one.entry_id for one in drafts)])),
            agency_id=owner.agency_id,
            content=content,
            author=NOA,
            created_at=now,
            updated_at=now,
            group_id=group.id,
            proposed_by=ProposedBy.EXTRACT,
            owner_reason=owner.reason,
            evidence=evidence_of(quoted),
            is_thin=is_thin(quoted),
            duplicates=(*like_entries(near), *like_drafts(question, drafts, self.knowledge)),
            near=near,
        )

    def _question(self, group: QuestionGroup) -> str:
        """Return the canonical question; another phrasing where masks and politeness are all there is to it."""
        asked = {one.asked.text: one.asked.language for one in group.failures}
        for text in (group.canonical, *asked):
            if question := presentable(text, asked.get(text, Language.FRENCH), self.knowledge.spelt):
                return question
        return "Question à préciser ?"

    def _owner(self, group: QuestionGroup, around: Around, passages: Sequence[FoundPassage]) -> Owner:
        agencies, owners = self.knowledge.agencies(), self.knowledge.owners()
        texts = list(dict.fromkeys(one.source_id for one in passages))[:FICHES_ASKED]
        evidence = owner_evidence(
            entries=around.entries,
            subjects=around.subjects,
            remits=around.remits,
            fiches=[content for one in texts if (content := self.library.content(one))],
            failures=group.failures,
            agencies=agencies,
            owners=owners,
        )
        return likely_owner(evidence, agencies, otherwise=min(owners or agencies))

    def _content(
        self,
        group: QuestionGroup,
        question: str,
        around: Around,
        passages: Sequence[FoundPassage],
        owner: Owner,
    ) -> tuple[EntryContent, tuple[FoundPassage, ...]]:
        agency = self.knowledge.agencies()[owner.agency_id]
        name = agency.short_name or agency.name
        bare = EntryContent(
            agency_id=agency.id,
            question=question,
            answer=missing_answer(question, name),
            theme=self._theme(around, owner),
            sources=(Source(agency.name, agency.url),),
            alternate_questions=_alternates(question, group),
            audiences=_audiences(group),
            regions=_regions(group),
        )
        quoted = chosen_passages(passages, probe=bare)
        if not quoted:
            return bare, ()
        whole = replace(bare, answer=quoted_answer(quoted), sources=sources_of(quoted))
        return (whole, quoted) if not list(content_problems(whole)) else (bare, ())

    def _theme(self, around: Around, owner: Owner) -> str:
        """Return the theme of the nearest entry of the owner, else of the nearest entry, else the first there is."""
        known = [one.id for one in self.knowledge.themes()]
        nearest = sorted(around.entries, key=lambda one: one.version.content.agency_id != owner.agency_id)
        near = (one.version.content.theme for one in nearest)
        return next((theme for theme in near if theme in known), known[0] if known else "divers")


def grown(draft: Draft, group: QuestionGroup, *, at: datetime) -> Draft | None:
    """Return a draft with the phrasings that its group gained, None when there are none to add or no room for them."""
    content = draft.content
    known = [content.question, *(one.text for one in content.alternate_questions)]
    room = ALTERNATES_GROWN - len(content.alternate_questions)
    alternates = with_alternates(
        content, real_phrasings((one.asked for one in group.failures), unlike=known, limit=max(0, room))
    )
    if alternates == content.alternate_questions:
        return None
    return replace(draft, content=replace(content, alternate_questions=alternates), updated_at=at)


def draft_id(group_id: GroupId, number: int) -> DraftId:
    """Return the id of a group's first draft, its second…: two runs that make the same one notice."""
    return DraftId(uuid.uuid5(_DRAFTS, f"{group_id}/{number}").hex)


def is_thin(quoted: Sequence[FoundPassage]) -> bool:
    """Whether the quoted passages hardly bear on the question, or there are none."""
    return not quoted or quoted[0].bearing < THIN_BELOW


def _searched(question: str, group: QuestionGroup) -> list[str]:
    phrasings = real_phrasings((one.asked for one in group.failures), unlike=[question], limit=QUESTIONS_ASKED - 1)
    return [question, *(one.text for one in phrasings)]


def _alternates(question: str, group: QuestionGroup) -> tuple[AlternateQuestion, ...]:
    """Return real phrasings; the visitor's own spelling of the question itself is one when it differs."""
    return real_phrasings((one.asked for one in group.failures), unlike=[question])


def _audiences(group: QuestionGroup) -> tuple[Audience, ...]:
    shared = _shared([one.asked.audience for one in group.failures])
    return (Audience(shared),) if shared in list(Audience) else ()


def _regions(group: QuestionGroup) -> tuple[str, ...]:
    shared = _shared([one.asked.region for one in group.failures])
    return (shared,) if shared and is_known_region(shared) else ()


def _shared(values: Sequence[str | None]) -> str | None:
    """Return the value that nearly all have."""
    first = next(iter(counted(values).items()), None)
    return first[0] if first and first[1] >= NEARLY_ALL * len(values) else None


def like_entries(near: Iterable[NearEntry]) -> tuple[Duplicate, ...]:
    """Return the entries that may answer the question; their likeness is Noa's confidence in them."""
    confident = [one for one in near if one.confidence >= CONFIDENT_FROM][:DUPLICATES_SHOWN]
    return tuple(Duplicate("entry", one.entry_id, one.question, one.confidence) for one in confident)


def like_drafts(question: str, drafts: Sequence[Draft], knowledge: Knowledge) -> tuple[Duplicate, ...]:
    """Return the pending drafts whose question means nearly the same, the likest first."""
    pending = [one for one in drafts if one.state.is_pending]
    likenesses = knowledge.likeness(question, [one.content.question for one in pending])
    alike = [pair for pair in zip(likenesses, pending, strict=True) if pair[0] >= ALIKE_FROM]
    shown = sorted(alike, key=lambda pair: (-pair[0], pair[1].id))[:DUPLICATES_SHOWN]
    return tuple(Duplicate("draft", one.id, one.content.question, round(likeness, 3)) for likeness, one in shown)


def wants_draft(group: QuestionGroup, last: Draft | None, *, min_volume: int = MIN_VOLUME) -> bool:
    """Whether a group is to get a draft; `last` is the newest one it had."""
    if last is None:
        said = any(one.kind is FailureKind.NOT_USEFUL for one in group.failures)
        return said or len({one.asked.conversation_id for one in group.failures}) >= min_volume
    if last.state.is_pending or last.decided_at is None:
        return False
    before = sum(one.asked.asked_at <= last.decided_at for one in group.failures)
    return group.volume >= GROWN_AGAIN * max(before, 1)


def may_grow(draft: Draft) -> bool:
    """Whether Noa may add phrasings to a draft: it waits for its verdict, and nobody touched it."""
    return draft.state is DraftState.OPEN and draft.author == NOA


def still_fails(failure: Failure, answer: Answer) -> bool:
    """Whether a question that failed once fails the same way when it is asked again."""
    if answer.status is not AnswerStatus.ANSWERED or answer.entry is None:
        return True
    shown = (failure.asked.entry_id, failure.asked.entry_version)
    return failure.kind in _ANSWERED_KINDS and shown == (answer.entry.id, answer.entry.version)
