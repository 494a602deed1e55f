"""Last step: word the outcome, with the approved text untouched."""

from collections import defaultdict
from dataclasses import dataclass, replace

from noa_rag.answering.turn import Candidate, Turn
from noa_rag.answering.wording import refusal, wording
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, Citation, Part, Reason
from noa_rag.domain.entry import EntryVersion, Section, Translation
from noa_rag.domain.facts import FactBook
from noa_rag.domain.ports import EntryReader, Judgement
from noa_rag.domain.question import Language, Mode, Question
from noa_rag.domain.shown_text import official_text, question_in, translated_text, translation_of

CLOSEST_LIMIT = 3  # questions listed under a refusal
CONTACT_VOTERS = 5  # first matches that say which agency a question belongs to


@dataclass(frozen=True, slots=True)
class Compose:
    """`general_contact` is named when no agency seems nearer than another."""

    entries: EntryReader
    general_contact: AgencyId | None = None

    def __call__(self, turn: Turn) -> Turn:
        answer = turn.answer or self._answer(turn)
        return turn.conclude(replace(answer, understood_as=turn.understood_as))

    def _answer(self, turn: Turn) -> Answer:
        judgement = turn.judgement or Judgement(0.0, answers=False)
        if judgement.answers:
            return answered(turn, judgement, self.entries.facts())
        if judgement.offers:
            return _clarification(turn, judgement)
        return self._abstained(turn, judgement)

    def _abstained(self, turn: Turn, judgement: Judgement) -> Answer:
        reason = _reason(turn, judgement)
        language = turn.understood.language
        contact = self._contact(turn, reason)
        closest = () if reason is Reason.NOTHING_CLOSE else turn.candidates[:CLOSEST_LIMIT]
        return Answer(
            status=AnswerStatus.ABSTAINED,
            mode=Mode.STRICT,
            language=language,
            text=refusal(reason, language, contact.name if contact else None),
            confidence=judgement.confidence,
            reason=reason,
            choices=tuple(as_choice(candidate, language) for candidate in closest),
            contact=contact,
        )

    def _contact(self, turn: Turn, reason: Reason) -> Agency | None:
        agencies = self.entries.agencies()
        if reason is Reason.NOTHING_CLOSE:
            return agencies.get(self.general_contact) if self.general_contact else None
        votes: dict[AgencyId, float] = defaultdict(float)
        found = [(c.match, c.version) for c in turn.candidates] + [(s.match, s.version) for s in turn.set_aside]
        for match, version in sorted(found, key=lambda pair: pair[0].rank)[:CONTACT_VOTERS]:
            votes[version.content.agency_id] += match.score
        likeliest = max(votes, key=lambda agency: votes[agency], default=self.general_contact)
        return agencies.get(likeliest) if likeliest else None


def _reason(turn: Turn, judgement: Judgement) -> Reason:
    if turn.is_aside_near:
        return min(turn.set_aside, key=lambda aside: aside.match.rank).reason
    return Reason.UNCERTAIN if judgement.is_near else Reason.NOTHING_CLOSE


def answered(turn: Turn, judgement: Judgement, facts: FactBook) -> Answer:
    """Return the answer that shows the first candidate, and with it what the needs of the question name."""
    candidate, language = turn.candidates[0], turn.understood.language
    section = _section(candidate)
    text, translation = shown_text(candidate.version, section, language)
    is_partial = bool(candidate.version.content.sections)
    return Answer(
        status=AnswerStatus.ANSWERED,
        mode=Mode.STRICT,
        language=language,
        text=text,
        confidence=judgement.confidence,
        official_text=official_text_of(candidate.version, section),
        entry=candidate.version,
        section_key=section.key if section else None,
        more_url=candidate.version.content.sources[0].url if is_partial else None,
        citations=(Citation(1, cited_text(candidate.version, section)),),
        general=candidate.general,
        parts=_parts(turn, facts),
        translation=translation,
        outdated=facts.outdated(candidate.version.id, candidate.version.content, turn.understood.as_of),
    )


def _parts(turn: Turn, facts: FactBook) -> tuple[Part, ...]:
    """Return the entries of an answer that needs several, in the variant that was chosen for the visitor."""
    chosen = {one.match.entry_id: one for one in turn.candidates}
    parts: dict[str, Part] = {}
    for need in turn.needs:
        found = need.candidate and chosen.get(need.candidate.match.entry_id, need.candidate)
        part = _part(need.words, found, turn.understood, facts)
        parts.setdefault(part.entry.id if part.entry else need.words, part)
    return tuple(parts.values()) if len(parts) > 1 else ()


def _part(words: str, candidate: Candidate | None, question: Question, facts: FactBook) -> Part:
    if candidate is None:
        return Part(words)
    version, section = candidate.version, _section(candidate)
    return Part(
        need=words,
        entry=version,
        official_text=official_text_of(version, section),
        section_key=section.key if section else None,
        more_url=version.content.sources[0].url if version.content.sections else None,
        translation=shown_text(version, section, question.language)[1],
        outdated=facts.outdated(version.id, version.content, question.as_of),
    )


def shown_text(version: EntryVersion, section: Section | None, language: Language) -> tuple[str, Translation | None]:
    """Return the text for a visitor who asks in this language: a vetted translation, else the official text."""
    translation = translation_of(version.content, language.value) if section is None else None
    return translated_text(translation) if translation else official_text_of(version, section), translation


def cited_text(version: EntryVersion, section: Section | None) -> str:
    """Return the stretch of the approved text that an answer rests on."""
    return section.text if section else official_text(version.content)


def official_text_of(version: EntryVersion, section: Section | None = None) -> str:
    """Return the approved bytes shown for an entry: its answer with its steps, then the section that answers."""
    return official_text(version.content, section)


def _section(candidate: Candidate) -> Section | None:
    sections = candidate.version.content.sections
    return next((section for section in sections if section.key == candidate.match.section_key), None)


def _clarification(turn: Turn, judgement: Judgement) -> Answer:
    language = turn.understood.language
    by_id = {candidate.match.entry_id: candidate for candidate in turn.candidates}
    return Answer(
        status=AnswerStatus.CLARIFICATION,
        mode=Mode.STRICT,
        language=language,
        text=wording(language).clarification,
        confidence=judgement.confidence,
        reason=Reason.CLOSE_ENTRIES,
        choices=tuple(as_choice(by_id[entry_id], language) for entry_id in judgement.offers if entry_id in by_id),
    )


def as_choice(candidate: Candidate, language: Language) -> Choice:
    """Return an entry as it is offered, by its question in the visitor's language."""
    question, in_language = question_in(candidate.version.content, language.value)
    return Choice(candidate.version.id, question, language=in_language)
