"""Word the outcome, with the approved text untouched, and say whom the visitor may ask."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import exp

from noa_rag.answering.figures_in_time import dated
from noa_rag.answering.turn import Candidate, Need, Turn
from noa_rag.answering.wording import (
    CLARIFICATION,
    GREETED,
    IS_AUTOMATIC,
    ONLY_PERSONAL_DATA,
    THANKED,
    WHO_ANSWERS,
    refusal,
    say,
)
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Answer, AnswerPart, AnswerStatus, Choice, Citation, PersonalData, Reason, Searched
from noa_rag.domain.entry import (
    EntryId,
    EntryVersion,
    Section,
    Translation,
    branch_label,
    official_text,
    question_in,
    translated_text,
    translation_of,
)
from noa_rag.domain.ports import EntryReader, Judgement, Match
from noa_rag.domain.question import Language, Mode, Question
from noa_rag.domain.regions import covers
from noa_rag.french.courtesies import SmallTalk, small_talk
from noa_rag.french.personal_data import kinds_masked, says_nothing_else
from noa_rag.french.places import asks_foreign_law
from noa_rag.french.reaching import asks_who_answers, names_a_machine

CLOSEST_LIMIT = 3  # questions listed under a refusal
BENEATH_LIMIT = 2  # entries beneath the likeliest; of what fresh messages needed, 98.5 % stood among the first three
_REPLIES = {SmallTalk.GREETS: GREETED, SmallTalk.THANKS: THANKED}
THEMES_LIMIT = 4  # themes named under a refusal, where entries are near
Found = Sequence[tuple[Match, EntryVersion]]
Agencies = Mapping[AgencyId, Agency]


@dataclass(frozen=True, slots=True)
class Compose:
    """`general_contact` is named when no agency seems nearer than another.

    `searched` tells which words of a question were searched; a refusal without it does not say so.
    """

    entries: EntryReader
    general_contact: AgencyId | None = None
    searched: Callable[[Question], Searched] | None = None

    def __call__(self, turn: Turn) -> Turn:
        text = turn.understood.text
        talk = small_talk(text)
        if says_nothing_else(text):
            answer = self.without_question(turn, ONLY_PERSONAL_DATA, Reason.NOTHING_CLOSE)
        elif asks_who_answers(text):
            said = IS_AUTOMATIC if names_a_machine(text) else WHO_ANSWERS
            answer = self.without_question(turn, said, Reason.SMALL_TALK)
        elif talk is not None:
            answer = self.without_question(turn, _REPLIES[talk], Reason.SMALL_TALK)
        else:
            answer = replace(turn.answer or self._answer(turn), understood_as=turn.understood_as)
        return turn.conclude(self.completed(turn, answer))

    def completed(self, turn: Turn, answer: Answer) -> Answer:
        """Return the answer with what was masked in the question, where the visitor is, and what supports her."""
        support = None if turn.support == answer.entry else turn.support
        masked, region = self._masked(turn, answer), turn.understood.region
        return replace(answer, personal_data=masked, region=region, support=support)

    def _answer(self, turn: Turn) -> Answer:
        judgement = turn.judgement or Judgement(0.0, answers=False)
        situation = self._situation(turn, judgement)
        if situation is not None:
            return situation
        if judgement.answers:
            return self.answered(turn, judgement)
        if judgement.leads:
            beneath = _choices(turn, judgement.offers[1:])[:BENEATH_LIMIT]
            return replace(self.answered(turn, judgement), reason=Reason.CLOSE_ENTRIES, choices=beneath)
        if judgement.offers:
            return _clarification(turn, judgement)
        return self._abstained(turn, judgement)

    def _situation(self, turn: Turn, judgement: Judgement) -> Answer | None:
        """Return what a situation asks where it comes first of what is shown or offered; None where none does."""
        question, first = turn.understood, next(iter(turn.candidates), None)
        if first is None or not first.is_situation or turn.needs:
            return None
        if not (judgement.answers or judgement.leads or first.match.entry_id in judgement.offers[:1]):
            return None
        ids = [branch.entry for branch in first.version.content.branches]
        versions = self.entries.in_force(ids, question.as_of, known_on=turn.ask.as_of)
        servable = servable_among(versions, question.as_of, question.region)
        return asked_back(first.version, servable, language=question.language, confidence=judgement.confidence)

    def _abstained(self, turn: Turn, judgement: Judgement) -> Answer:
        reason = _reason(turn, judgement)
        language = turn.understood.language
        near = () if reason is Reason.NOTHING_CLOSE else _found(turn)
        closest = () if reason is Reason.NOTHING_CLOSE else turn.candidates[:CLOSEST_LIMIT]
        return Answer(
            status=AnswerStatus.ABSTAINED,
            mode=Mode.STRICT,
            language=language,
            text=refusal(reason, language, has_choices=bool(closest)),
            confidence=judgement.confidence,
            reason=reason,
            choices=tuple(as_choice(candidate, language) for candidate in closest),
            contact=self._contact(near, turn.understood.region),
            searched=self._searched(turn),
            themes=self._themes(near),
        )

    def without_question(self, turn: Turn, said: str, reason: Reason) -> Answer:
        """Return the refusal for a message that asks nothing; its matches are ignored."""
        return Answer(
            status=AnswerStatus.ABSTAINED,
            mode=Mode.STRICT,
            language=turn.understood.language,
            text=say(turn.understood.language, said),
            confidence=0.0,
            reason=reason,
            contact=self._contact((), turn.understood.region),
            themes=self._themes(()),
        )

    def _contact(self, found: Found, region: str | None) -> Agency | None:
        return serving([*likeliest_owners(found), self.general_contact], self.entries.agencies(), region)

    def _themes(self, found: Found) -> tuple[Theme, ...]:
        """Return the themes of the entries found, in their order; all of them where nothing is near."""
        every = self.entries.themes()
        near = list(dict.fromkeys(version.content.theme for _, version in found))
        known = {theme.id: theme for theme in every}
        return tuple(known[theme] for theme in near if theme in known)[:THEMES_LIMIT] or every

    def _searched(self, turn: Turn) -> Searched | None:
        if self.searched is None:
            return None
        return self.searched(replace(turn.understood, normalised=turn.understood_as or turn.understood.normalised))

    def _masked(self, turn: Turn, answer: Answer) -> PersonalData | None:
        offered = likeliest_owners(_found(turn)) if answer.status is AnswerStatus.CLARIFICATION else ()
        owners = [*owners_of(answer), *offered, self.general_contact]
        return personal_data_in(turn.understood.text, owners, self.entries.agencies(), turn.understood.region)

    def answered(self, turn: Turn, judgement: Judgement) -> Answer:
        """Return the answer that shows the first candidate, with the entries for the question's needs as its parts."""
        candidate, question = turn.candidates[0], turn.understood
        version = candidate.version
        answer = official_answer(
            version,
            language=question.language,
            section_key=candidate.match.section_key,
            confidence=judgement.confidence,
        )
        answer = replace(answer, general=candidate.general, parts=self._parts(turn))
        return dated(answer, self.entries.facts(), question.text, on=question.as_of)

    def _parts(self, turn: Turn) -> tuple[AnswerPart, ...]:
        """Return the entries of an answer that needs several, in the variant that was chosen for the visitor."""
        chosen = {candidate.match.entry_id: candidate for candidate in turn.candidates}
        parts: dict[str, AnswerPart] = {}
        for need in turn.needs:
            candidate = need.candidate and chosen.get(need.candidate.match.entry_id, need.candidate)
            part = _part(need.words, candidate, turn.understood) if candidate else self._missing(need, turn)
            parts.setdefault(part.entry.id if part.entry else need.words, part)
        return tuple(parts.values()) if len(parts) > 1 else ()

    def _missing(self, need: Need, turn: Turn) -> AnswerPart:
        """Return the part for a need that no entry answers, with the agency to ask."""
        near = [(candidate.match, candidate.version) for candidate in need.near]
        return AnswerPart(need.words, contact=self._contact(near, turn.understood.region))


def _found(turn: Turn) -> Found:
    """Return all that was found, what may not be shown included, best first."""
    near = [(c.match, c.version) for c in turn.candidates] + [(s.match, s.version) for s in turn.set_aside]
    return sorted(near, key=lambda pair: pair[0].rank)


def _reason(turn: Turn, judgement: Judgement) -> Reason:
    if asks_foreign_law(turn.understood_as or turn.understood.text):
        return Reason.OTHER_COUNTRY
    if turn.is_aside_near:
        return min(turn.set_aside, key=lambda aside: aside.match.rank).reason
    return Reason.UNCERTAIN if judgement.is_near else Reason.NOTHING_CLOSE


def _part(words: str, candidate: Candidate, question: Question) -> AnswerPart:
    return official_part(words, candidate.version, section_key=candidate.match.section_key, language=question.language)


def official_answer(
    version: EntryVersion, *, language: Language, section_key: str | None, confidence: float, question_id: str = ""
) -> Answer:
    """Return the answer that serves this entry word for word, by the section that answers where it has one."""
    section = section_of(version, section_key)
    text, translation = shown_text(version, section, language)
    return Answer(
        status=AnswerStatus.ANSWERED,
        mode=Mode.STRICT,
        language=language,
        text=text,
        confidence=confidence,
        official_text=official_text(version.content, section),
        entry=version,
        section_key=section.key if section else None,
        more_url=_more_url(version),
        citations=(Citation(1, cited_text(version, section)),),
        question_id=question_id,
        translation=translation,
    )


def servable_among(
    versions: Mapping[EntryId, EntryVersion], day: date, region: str | None
) -> dict[EntryId, EntryVersion]:
    """Return the versions that may be shown to a visitor of a region on a day."""
    return {
        version.id: version
        for version in versions.values()
        if version.is_servable_on(day) and covers(version.content.regions, region)
    }


def asked_back(
    situation: EntryVersion, servable: Mapping[EntryId, EntryVersion], *, language: Language, confidence: float
) -> Answer | None:
    """Return the clarification that shows a situation with its branches; None where no branch may be shown."""
    choices = tuple(
        Choice(branch.entry, label, language=in_language)
        for branch in situation.content.branches
        if branch.entry in servable
        for label, in_language in [branch_label(branch, language.value)]
    )
    if not choices:
        return None
    shown = official_answer(situation, language=language, section_key=None, confidence=confidence)
    return replace(shown, status=AnswerStatus.CLARIFICATION, reason=Reason.SITUATION, choices=choices)


def official_part(need: str, version: EntryVersion, *, section_key: str | None, language: Language) -> AnswerPart:
    """Return the part of an answer that serves this entry word for word."""
    section = section_of(version, section_key)
    return AnswerPart(
        need=need,
        entry=version,
        official_text=official_text(version.content, section),
        section_key=section.key if section else None,
        more_url=_more_url(version),
        translation=shown_text(version, section, language)[1],
    )


def section_of(version: EntryVersion, section_key: str | None) -> Section | None:
    """Return the section with a key, None where the entry has none such."""
    return next((section for section in version.content.sections if section.key == section_key), None)


def _more_url(version: EntryVersion) -> str | None:
    content = version.content
    return content.sources[0].url if content.sections and content.sources else None


def shown_text(version: EntryVersion, section: Section | None, language: Language) -> tuple[str, Translation | None]:
    """Return the text for a visitor who asks in this language: a vetted translation, else the official text."""
    translation = translation_of(version.content, language.value) if section is None else None
    return translated_text(translation) if translation else official_text(version.content, section), translation


def cited_text(version: EntryVersion, section: Section | None) -> str:
    """Return the stretch of the approved text that an answer rests on."""
    return section.text if section else official_text(version.content)


def _clarification(turn: Turn, judgement: Judgement) -> Answer:
    language = turn.understood.language
    return Answer(
        status=AnswerStatus.CLARIFICATION,
        mode=Mode.STRICT,
        language=language,
        text=say(language, CLARIFICATION),
        confidence=judgement.confidence,
        reason=Reason.CLOSE_ENTRIES,
        choices=_choices(turn, judgement.offers),
    )


def _choices(turn: Turn, offers: Sequence[EntryId]) -> tuple[Choice, ...]:
    by_id = {candidate.match.entry_id: candidate for candidate in turn.candidates}
    return tuple(as_choice(by_id[offer], turn.understood.language) for offer in offers if offer in by_id)


def as_choice(candidate: Candidate, language: Language) -> Choice:
    """Return an entry as it is offered, by its question in the visitor's language."""
    question, in_language = question_in(candidate.version.content, language.value)
    return Choice(candidate.version.id, question, language=in_language)


def likeliest_owners(found: Sequence[tuple[Match, EntryVersion]]) -> Sequence[AgencyId]:
    """Return the agencies of what was found, the likeliest first.

    Scores are log-odds, so that each entry votes with exp(score - best): a sum of scores would only count entries.
    """
    top = max((match.score for match, _ in found), default=0.0)
    votes: dict[AgencyId, float] = defaultdict(float)
    for match, version in found:
        votes[version.content.agency_id] += exp(match.score - top)
    return sorted(votes, key=lambda agency: -votes[agency])


def serving(agency_ids: Iterable[AgencyId | None], agencies: Agencies, region: str | None) -> Agency | None:
    """Return the card of the first of these agencies that serves a region, or has a counterpart there."""
    cards = (
        agencies[agency_id].serving(region)
        for agency_id in agency_ids
        if agency_id is not None and agency_id in agencies
    )
    return next((card for card in cards if card is not None), None)


def owners_of(answer: Answer) -> Sequence[AgencyId]:
    """Return the agencies that an answer names: whom it says to ask, and the owner of its entry."""
    named = [answer.contact.id] if answer.contact else []
    return [*named, answer.entry.content.agency_id] if answer.entry else named


def personal_data_in(
    text: str, owners: Iterable[AgencyId | None], agencies: Agencies, region: str | None
) -> PersonalData | None:
    """Return what was masked in a question (None: nothing), with the first agency that has a phone, else the first."""
    kinds = kinds_masked(text)
    if not kinds:
        return None
    known = [owner for owner in owners if owner is not None and owner in agencies]
    with_phone = [agency_id for agency_id in known if (card := agencies[agency_id].serving(region)) and card.phone]
    return PersonalData(kinds, serving([*with_phone, *known], agencies, region), says_nothing_else(text))
