"""Makes a draft of a group of failed questions: its question, owner, quoted answer and duplicates."""

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rapidfuzz import fuzz

from noa_rag.answering.distress.recognise import may_be_in_distress
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId, Duplicate, NearEntry, ProposedBy, with_alternates
from noa_rag.domain.entry import AlternateQuestion, Audience, EntryContent, EntryId
from noa_rag.domain.failure import Asked, GroupId, QuestionGroup, counted
from noa_rag.domain.people import PersonId
from noa_rag.domain.ports import ReviewChange
from noa_rag.domain.question import Language
from noa_rag.domain.queue import QueueChange
from noa_rag.domain.regions import is_known_region
from noa_rag.french.personal_data import without_masks
from noa_rag.french.words import slug, words
from noa_rag.knowledge.content_rules import QUESTION_LIMIT, content_problems
from noa_rag.review.checks import RESERVED_IDS
from noa_rag.review.evidence import (
    FoundPassage,
    Library,
    chosen_passages,
    evidence_of,
    quoted_answer,
    sources_of,
)
from noa_rag.review.ownership import Around, Knowledge, Owner, likely_owner

QUESTIONS_ASKED = 8  # phrasings that the base and the library are searched with
FICHES_ASKED = 3  # whose contacts say something of the owner
NEARLY_ALL = 0.9  # of a group's questions: what they share is put on the draft
# How surely the library speaks of the question: below it stood 90 % of questions that no fiche answers, and 11 % of
# those that one does.
THIN_BELOW = 0.6
ALTERNATES_WANTED = 8
ALTERNATES_GROWN = 16  # phrasings at most once a group has grown: a referent reads them all
SHORTEST_PHRASING = 6  # characters
SAME_PHRASING = 90  # per cent of shared characters, in any order of words
DUPLICATES_SHOWN = 3  # of each kind
# Both are low on purpose: a duplicate shown in vain costs a glance, one missed costs the work of writing it again.
CONFIDENT_FROM = 0.15  # Noa's calibrated confidence that the entry answers
ALIKE_FROM = 0.55  # likeness of two questions
NOA = PersonId("noa")  # the author of what nobody wrote
_DRAFTS = uuid.UUID("6f0c1a52-6a4e-4d0f-9d25-2f6b3c1d7e90")  # the name space of their ids
_GREETING = re.compile(
    r"^(?:(?:bonjour|bonsoir|salut|coucou|hello|hi|madame|monsieur|mme|mr)\b[\s,.!:;-]*)+", re.IGNORECASE
)
_THANKS = re.compile(
    r"[\s,.!;-]*\b(?:merci(?: beaucoup| d'avance| bien)?|svp|stp|s'il vous pla[iî]t|cordialement"
    r"|please|thanks?(?: you)?)[\s.!]*(?=\?*\s*$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[\s?!.,;:…-]+$")
_NOT_FOR_AN_ENTRY = re.compile(r"[<>\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class DraftMaker:
    """Prepares drafts; `drafts` returns the existing ones."""

    knowledge: Knowledge
    library: Library
    drafts: Callable[[], Sequence[Draft]]
    now: Callable[[], datetime]

    def draft_of(self, group: QuestionGroup, *, number: int = 1, given_to: AgencyId | None = None) -> Draft:
        """Return the group's draft with that number, for a new entry, of the agency that it was given to if it was.

        Nothing is stored.
        """
        question = self._question(group)
        searched = _searched(question, group)
        around = self.knowledge.around(searched)
        passages = self.library.passages(searched)
        owner = self._owner(group, around, passages) if given_to is None else Owner(given_to, "", 1.0, is_sure=True)
        near = tuple(self.knowledge.near(question))
        content, quoted = _with_quotes(self._bare(group, question, around, owner), passages)
        now = self.now()
        return Draft(
            id=draft_id(group.id, number),
            entry_id=entry_slug(question),
            agency_id=owner.agency_id,
            content=content,
            author=NOA,
            created_at=now,
            updated_at=now,
            group_id=group.id,
            proposed_by=ProposedBy.EXTRACT,
            owner_reason=owner.reason,
            is_unassigned=not owner.is_sure,
            evidence=evidence_of(quoted),
            is_thin=not quoted,
            library=self.library.fingerprint,
            duplicates=(*like_entries(near), *like_drafts(question, self.drafts(), self.knowledge)),
            near=near,
        )

    def _question(self, group: QuestionGroup) -> str:
        """Return the canonical question, or another phrasing when it consists of masks and politeness alone."""
        languages = {failure.asked.text: failure.asked.language for failure in group.failures}
        for text in (group.canonical, *languages):
            if question := presentable(text, languages.get(text, Language.FRENCH), self.knowledge.spelt):
                return question
        return "Question à préciser ?"

    def _owner(self, group: QuestionGroup, around: Around, passages: Sequence[FoundPassage]) -> Owner:
        agencies, owners = self.knowledge.agencies(), self.knowledge.owners()
        texts = list(dict.fromkeys(passage.source_id for passage in passages))[:FICHES_ASKED]
        fiches = [content for text in texts if (content := self.library.content(text))]
        return likely_owner(around, failures=group.failures, agencies=agencies, owners=owners, fiches=fiches)

    def requoted(self, draft: Draft, group: QuestionGroup) -> Draft:
        """Return the draft with its answer quoted from today's library; its question, agency and phrasings stay."""
        passages = self.library.passages(_searched(draft.content.question, group))
        bare = replace(draft.content, answer="", sources=())
        content, quoted = _with_quotes(bare, passages)
        evidence = evidence_of(quoted)
        return replace(draft, content=content, evidence=evidence, is_thin=not quoted, library=self.library.fingerprint)

    def _bare(self, group: QuestionGroup, question: str, around: Around, owner: Owner) -> EntryContent:
        """Return the content without an answer or a source, which the library or a referent will give."""
        return EntryContent(
            agency_id=owner.agency_id,
            question=question,
            answer="",
            theme=self._theme(around, owner),
            sources=(),
            alternate_questions=_alternates(question, group),
            audiences=_audiences(group),
            regions=_regions(group),
        )

    def _theme(self, around: Around, owner: Owner) -> str:
        """Return the theme of the nearest entry of the owner, else of the nearest entry, else the first there is."""
        known = [theme.id for theme in self.knowledge.themes()]
        nearest = sorted(around.entries, key=lambda entry: entry.version.content.agency_id != owner.agency_id)
        near = (entry.version.content.theme for entry in nearest)
        return next((theme for theme in near if theme in known), known[0] if known else "divers")


def grown(draft: Draft, group: QuestionGroup, *, at: datetime) -> Draft | None:
    """Return a draft with the phrasings that its group gained, None when there are none to add or no room for them."""
    content = draft.content
    known = [content.question, *(question.text for question in content.alternate_questions)]
    room = ALTERNATES_GROWN - len(content.alternate_questions)
    alternates = with_alternates(
        content, real_phrasings((failure.asked for failure in group.failures), unlike=known, limit=max(0, room))
    )
    if alternates == content.alternate_questions:
        return None
    return replace(draft, content=replace(content, alternate_questions=alternates), updated_at=at)


def save_grown(change: ReviewChange | QueueChange, draft: Draft, larger: Draft) -> None:
    """Keep a draft with the phrasings that it gained, audited. Raises VersionConflict."""
    change.save_draft(larger, expected_revision=draft.revision)
    gained = len(larger.content.alternate_questions) - len(draft.content.alternate_questions)
    change.audit(NOA, "draft_grown", draft.id, {"group": draft.group_id, "phrasings": gained})


def draft_id(group_id: GroupId, number: int) -> DraftId:
    """Return the id of a group's first draft, its second…: the same in every run, so that runs notice a clash."""
    return DraftId(uuid.uuid5(_DRAFTS, f"{group_id}/{number}").hex)


def _with_quotes(bare: EntryContent, passages: Sequence[FoundPassage]) -> tuple[EntryContent, tuple[FoundPassage, ...]]:
    """Return the content with its answer quoted from passages, and these; unchanged when no passage is near enough."""
    near = [passage for passage in passages if passage.bearing >= THIN_BELOW]
    quoted = chosen_passages(near, probe=bare)
    if not quoted:
        return bare, ()
    whole = replace(bare, answer=quoted_answer(quoted), sources=sources_of(quoted))
    return (whole, quoted) if not list(content_problems(whole)) else (bare, ())


def _searched(question: str, group: QuestionGroup) -> list[str]:
    phrasings = real_phrasings(
        (failure.asked for failure in group.failures), unlike=[question], limit=QUESTIONS_ASKED - 1
    )
    return [question, *(phrasing.text for phrasing in phrasings)]


def _alternates(question: str, group: QuestionGroup) -> tuple[AlternateQuestion, ...]:
    """Return real phrasings; the visitor's own spelling of the question itself is one when it differs."""
    return real_phrasings((failure.asked for failure in group.failures), unlike=[question])


def _audiences(group: QuestionGroup) -> tuple[Audience, ...]:
    shared = _shared([failure.asked.audience for failure in group.failures])
    return (Audience(shared),) if shared in list(Audience) else ()


def _regions(group: QuestionGroup) -> tuple[str, ...]:
    shared = _shared([failure.asked.region for failure in group.failures])
    return (shared,) if shared and is_known_region(shared) else ()


def _shared(values: Sequence[str | None]) -> str | None:
    """Return the value that nearly all share, None when there is no such value."""
    first = next(iter(counted(values).items()), None)
    return first[0] if first and first[1] >= NEARLY_ALL * len(values) else None


def like_entries(near: Iterable[NearEntry]) -> tuple[Duplicate, ...]:
    """Return the entries that may answer the question; their likeness is Noa's confidence in them."""
    confident = [neighbour for neighbour in near if neighbour.confidence >= CONFIDENT_FROM][:DUPLICATES_SHOWN]
    return tuple(
        Duplicate("entry", neighbour.entry_id, neighbour.question, neighbour.confidence) for neighbour in confident
    )


def like_drafts(question: str, drafts: Sequence[Draft], knowledge: Knowledge) -> tuple[Duplicate, ...]:
    """Return the pending drafts whose question means nearly the same, most alike first."""
    pending = [draft for draft in drafts if draft.state.is_pending]
    likenesses = knowledge.likeness(question, [draft.content.question for draft in pending])
    alike = [pair for pair in zip(likenesses, pending, strict=True) if pair[0] >= ALIKE_FROM]
    shown = sorted(alike, key=lambda pair: (-pair[0], pair[1].id))[:DUPLICATES_SHOWN]
    return tuple(Duplicate("draft", draft.id, draft.content.question, round(likeness, 3)) for likeness, draft in shown)


def presentable(text: str, language: Language, spelt: Callable[[str], str] = str) -> str:
    """Return a question as an entry may bear it, empty when nothing is left of it; words keep their order.

    `spelt` gives the sure spelling of a word; whatever it leaves alone stays as the visitor typed it.
    """
    said = _WORD.sub(lambda word: _spelt(word.group(), spelt), stripped(text))
    said = _END.sub("", said)
    if not said:
        return ""
    said = said[: QUESTION_LIMIT - 2].rstrip()
    mark = " ?" if language is Language.FRENCH else "?"
    return f"{said[0].upper()}{said[1:]}{mark}"


def stripped(text: str) -> str:
    """Return a phrasing without masks, greetings and thanks, with single spaces."""
    plain = " ".join(_NOT_FOR_AN_ENTRY.sub(" ", without_masks(text)).split())
    return _THANKS.sub("", _GREETING.sub("", plain)).strip()


def real_phrasings(
    asked: Iterable[Asked], *, unlike: Sequence[str] = (), limit: int = ALTERNATES_WANTED
) -> tuple[AlternateQuestion, ...]:
    """Return distinct phrasings, the most frequent first, then those most unlike what was taken before.

    None may be written in distress.
    """
    listed = [question for question in asked if not may_be_in_distress(question.text)]
    languages = {stripped(question.text): question.language.value for question in listed}
    left = [text for text in counted([stripped(question.text) for question in listed]) if is_usable(text)]
    taken: list[str] = []
    while len(taken) < limit:
        left = [text for text in left if not is_same_phrasing(text, [*unlike, *taken])]
        if not left:
            break
        taken.append(max(left, key=lambda text: -max((fuzz.ratio(text, phrasing) for phrasing in taken), default=0.0)))
    return tuple(AlternateQuestion(text, languages[text]) for text in taken)


def is_usable(text: str) -> bool:
    """Whether a stripped phrasing may stand under an entry: not too short, not too long, and with a word in it."""
    return SHORTEST_PHRASING <= len(text) <= QUESTION_LIMIT and bool(words(text))


def entry_slug(question: str) -> EntryId:
    """Return an entry id made of the question's words, which an entry may have already."""
    base = slug(" ".join(words(question)) or question)
    return EntryId(f"{base}-2" if base in RESERVED_IDS else base)


def _spelt(word: str, spelt: Callable[[str], str]) -> str:
    better = spelt(word)
    return word if better.casefold() == word.casefold() else better


def is_same_phrasing(text: str, others: Iterable[str]) -> bool:
    """Whether a phrasing has the same words as one of the others, but for an odd letter."""
    return any(fuzz.token_sort_ratio(_folded(text), _folded(other)) >= SAME_PHRASING for other in others)


def _folded(text: str) -> str:
    return _END.sub("", text.casefold())
