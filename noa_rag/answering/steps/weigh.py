"""Decide whether the first candidate answers, or which close ones to offer; mind the places named, or that none is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.conversation.words import stems
from noa_rag.answering.figures_in_time import without_year, year_named
from noa_rag.answering.turn import Candidate, Step, Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.facts import in_year
from noa_rag.domain.ports import EntryReader, Judge, Judgement, Retrieved
from noa_rag.french.places import asks_foreign_law, is_about_abroad, names_a_foreign_country
from noa_rag.retrieval.thresholds import NEARLY_AS_GOOD, READ_LIMIT

FEW_WORDS = 2  # that carry a subject: with more, one of them says little about the others
OFFERED_INSTEAD = 3  # entries, where the first may not answer by itself


@dataclass(frozen=True, slots=True)
class Weigh:
    """Only what may be shown is weighed, so that an expired entry never lends its score to another."""

    judge: Judge

    def __call__(self, turn: Turn) -> Turn:
        servable = tuple(candidate.match for candidate in turn.candidates)
        about = turn.retrieved.question_evidence
        judgement = self.judge.judge(turn.understood, Retrieved(servable, about))
        set_aside = {aside.match.entry_id for aside in turn.set_aside}
        first = turn.retrieved.matches[:1]
        is_first_aside = bool(first) and first[0].entry_id in set_aside
        is_aside_near = is_first_aside and self.judge.judge(turn.understood, turn.retrieved).is_near
        candidates = _in_order(turn.candidates, judgement.order)
        if not judgement.is_near and candidates and names_its_subject(turn.understood.normalised, candidates[0]):
            judgement = replace(judgement, is_near=True)
        return replace(
            turn,
            judgement=within_france(judgement, candidates, turn.understood.text),
            is_aside_near=is_aside_near,
            candidates=candidates,
        )


def names_its_subject(asked: str, candidate: Candidate) -> bool:
    """Return whether a few words hold what is by itself a question of the entry: "siret" in "siret perdu"."""
    words = stems(asked)
    own = (stems(question.text) for question in candidate.version.content.alternate_questions)
    return len(words) <= FEW_WORDS and any(
        stems_of_question and stems_of_question <= words for stems_of_question in own
    )


def within_france(judgement: Judgement, candidates: Sequence[Candidate], asked: str) -> Judgement:
    """Return the judgement, turned into a refusal where the question asks for the law of another country.

    "What is the corporate tax rate in Ireland?" is nearest to the French rate. Where a country is only
    mentioned, an entry answers if its own questions are about abroad; else the first entries are offered.
    """
    if asks_foreign_law(asked) and not judgement.is_restated:
        return replace(judgement, answers=False, leads=False, offers=(), is_near=True)
    if not (judgement.answers or judgement.leads) or not names_a_foreign_country(asked):
        return judgement
    content = candidates[0].version.content
    if is_about_abroad(content.question, *(question.text for question in content.alternate_questions)):
        return judgement
    offers = tuple(candidate.match.entry_id for candidate in candidates[:OFFERED_INSTEAD])
    return replace(judgement, answers=False, leads=False, is_restated=False, is_near=True, offers=offers)


def _in_order(candidates: Sequence[Candidate], order: Sequence[EntryId]) -> tuple[Candidate, ...]:
    """Return the candidates in this order; those that it does not name follow in the order they had."""
    places = {entry_id: place for place, entry_id in enumerate(order)}
    return tuple(sorted(candidates, key=lambda candidate: places.get(candidate.match.entry_id, len(places))))


@dataclass(frozen=True, slots=True)
class LeaveOutYear:
    """Asks again without the year that a question names, where with it nothing answers: entries speak of today.

    Of a year gone by only an entry answers that has a figure of it, of this year only one whose figures have ended:
    of 120 messages of the suites with a year, four that no entry answers were else shown one. What is known of the
    year, `compose` says.
    """

    search: Step
    entries: EntryReader

    def __call__(self, turn: Turn) -> Turn:
        question, judgement = turn.understood, turn.judgement
        year = year_named(question.text, question.as_of)
        if year is None or judgement is None or judgement.answers:
            return turn
        bare = replace(
            question, normalised=without_year(question.normalised), placeless=without_year(question.placeless)
        )
        if bare.normalised in ("", question.normalised):
            return turn
        again = self.search(replace(turn, question=bare))
        weighed = again.judgement
        if weighed is None or not (weighed.answers or (weighed.leads and not judgement.leads)):
            return turn
        facts, version, today = self.entries.facts(), again.candidates[0].version, question.as_of
        if year > today.year:
            return again
        if year == today.year:
            return again if facts.outdated(version.id, version.content, today) else turn
        return again if in_year(facts.of(version.id), year, today=today) else turn


@dataclass(frozen=True, slots=True)
class LeaveOutPlaces:
    """Asks again without the places that a question names, where with them nothing answers.

    Entries hold their regions in a field, not in their words: to one that holds anywhere, "à Lyon" is a word that it
    lacks. Choices that an entry of a region leads stay: its words are of that place. `search` finds and weighs.
    """

    search: Step

    def __call__(self, turn: Turn) -> Turn:
        question, judgement = turn.understood, turn.judgement
        if not question.placeless or question.region is None or judgement is None or judgement.answers:
            return turn  # where it is not settled which place is meant, only its words tell entries of other places
        if judgement.offers and turn.candidates[0].version.content.regions:
            return turn
        return _beside_its_region(self.search(replace(turn, question=replace(question, normalised=question.placeless))))


def _beside_its_region(turn: Turn) -> Turn:
    """Return the turn, an answer that holds anywhere shown above entries of the place that are close behind it."""
    judgement = turn.judgement
    if judgement is None or not judgement.answers or turn.candidates[0].version.content.regions:
        return turn
    close = [candidate for candidate in turn.candidates[1:READ_LIMIT] if candidate.version.content.regions]
    if not close:
        return turn
    offers = tuple(candidate.match.entry_id for candidate in (turn.candidates[0], *close))
    judgement = replace(judgement, answers=False, is_restated=False, is_near=True, offers=offers, leads=True)
    return replace(turn, judgement=judgement)


@dataclass(frozen=True, slots=True)
class NationalFirst:
    """Where the visitor's region is not known, shows an entry that holds anywhere above one of some regions.

    It must be nearly as near, and answer by itself, as `judge` says without the others. What was understood with the
    question before was ranked by other figures, and stays.
    """

    judge: Judge

    def __call__(self, turn: Turn) -> Turn:
        judgement, first = turn.judgement, next(iter(turn.candidates), None)
        if judgement is None or first is None or turn.needs or not (judgement.answers or judgement.leads):
            return turn
        if turn.understood_as or turn.understood.region is not None or not first.version.content.regions:
            return turn
        anywhere = tuple(
            candidate
            for candidate in turn.candidates
            if not candidate.version.content.regions and not candidate.is_situation
        )
        matches = tuple(candidate.match for candidate in anywhere)
        weighed = self.judge.judge(turn.understood, Retrieved(matches, turn.retrieved.question_evidence))
        if not anywhere or not weighed.answers:
            return turn
        national, *others = _in_order(anywhere, weighed.order)
        if first.match.score - national.match.score > NEARLY_AS_GOOD:
            return turn
        offers = (national.match.entry_id, first.match.entry_id)
        judgement = replace(weighed, answers=False, is_restated=False, is_near=True, offers=offers, leads=True)
        return replace(turn, candidates=(national, first, *others), judgement=judgement)
