"""Understand a question that leans on the one before, with that one.

It runs after the question was weighed alone: one that is answered alone is left as it is, so that a question on
another subject loses nothing by being asked in a conversation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from noa_rag.answering.conversation.ranking import LEARNED, Considered, Ranked, Ranking, Readings, consider, rank
from noa_rag.answering.conversation.words import Leaning, field_of, leaning, picked_choice, stems
from noa_rag.answering.turn import Candidate, Step, Turn
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.ports import Conversations, EarlierTurn, EntryReader, Judgement, Match
from noa_rag.domain.question import Question
from noa_rag.domain.regions import covers
from noa_rag.retrieval.thresholds import LEADS_FROM

# As long as the review leaves a choice open: a visitor is called away, and comes back.
REMEMBERED_FOR = timedelta(minutes=30)
# Probability from which on a question is read with the one before though its words do not lean at all.
SURELY_LEANING = 0.7
NAMED_BY_LEANING = 0.5  # share of its words that the entry's own questions must hold then
# Words of a question that does not lean, and is still tried with the one before where nothing answers it.
LONGEST_TRIED = 12

OFFER_LIMIT = 3


@dataclass(frozen=True, slots=True)
class Recall:
    """Reads a question that leans on the one before together with it.

    `search` finds and weighs the entries for a question, `read` returns the log-odds that entries answer one;
    `conversations` tells what was asked before.
    """

    conversations: Conversations | None
    entries: EntryReader
    search: Step
    read: Callable[[Question, Sequence[Match]], Mapping[EntryId, float]]

    def __call__(self, turn: Turn) -> Turn:
        conversation_id = turn.ask.conversation_id
        if self.conversations is None or not conversation_id:
            return turn
        how = leaning(turn.understood.normalised)
        if how is Leaning.NONE and not _may_pick(turn) and not _is_left_alone(turn):
            return turn
        asked = self.conversations.earlier(conversation_id, since=datetime.now(UTC) - REMEMBERED_FOR)
        # A question asked again leans on what came before it, not on itself.
        earlier = [one for one in asked if one.text != turn.understood.text]
        if not earlier:
            return turn
        picked = self._picked(turn, earlier[0])
        if picked is not None:
            return picked
        is_answered_alone = turn.judgement is not None and turn.judgement.answers
        is_broad = how is Leaning.SHORT and _names_a_field(turn)
        return turn if is_answered_alone or is_broad else self._completed(turn, how, earlier)

    def _picked(self, turn: Turn, before: EarlierTurn) -> Turn | None:
        """Return the turn that answers with an offered choice, picked by place ("la deuxième"); None when none was."""
        place = picked_choice(turn.understood.normalised, len(before.choices))
        if place is None:
            return None
        version = self._servable(turn, [before.choices[place]]).get(before.choices[place])
        if version is None:
            return None
        candidate = Candidate(Match(version.id, version.version, 0.0, 1), version)
        judgement = Judgement(1.0, answers=True, is_near=True, because={"the visitor's own choice": 1})
        return replace(turn, candidates=(candidate,), judgement=judgement, understood_as=version.content.question)

    def _completed(self, turn: Turn, how: Leaning, earlier: Sequence[EarlierTurn]) -> Turn:
        completed, considered = self.considered(turn, how, earlier)
        ranking = rank(considered)
        judgement = _judged(turn, ranking)
        if not _is_taken(how, turn, judgement, ranking):
            return turn
        return replace(
            completed,
            candidates=tuple(one.candidate for one in ranking.candidates),
            judgement=judgement,
            is_aside_near=False,
            understood_as=completed.understood.normalised,
        )

    def considered(self, turn: Turn, how: Leaning, earlier: Sequence[EarlierTurn]) -> tuple[Turn, Considered]:
        """Return the turn searched with the question before, and the candidates of both readings with their figures."""
        before = next((one for one in earlier if one.entry_ids or not one.understood_as), earlier[0])
        known = self._servable(turn, before.entry_ids[:1])
        entry = next(iter(known.values()), None)
        subject = (
            entry.content.question if before.understood_as and entry else before.understood_as or before.normalised
        )
        asked = turn.understood.normalised
        completed = self.search(replace(turn, question=replace(turn.understood, normalised=f"{subject} {asked}")))
        related = self._servable(turn, entry.content.related).values() if entry else ()
        read = partial(self.read, completed.understood)
        return completed, consider(Readings(turn, completed, how, entry, read), tuple(related))

    def _servable(self, turn: Turn, entry_ids: Sequence[EntryId]) -> dict[EntryId, EntryVersion]:
        """Return the versions of entries that may be shown to this visitor."""
        question = turn.understood
        versions = self.entries.in_force(entry_ids, question.as_of, known_on=turn.ask.as_of)
        return {
            one: versions[one]
            for one in entry_ids
            if one in versions
            and versions[one].is_servable_on(question.as_of)
            and covers(versions[one].content.regions, question.region)
        }


def _is_left_alone(turn: Turn) -> bool:
    """Whether a short question that names no whole field got neither an answer nor an offer."""
    judgement, words = turn.judgement, turn.understood.normalised.split()
    if _names_a_field(turn):
        return False
    is_refused = judgement is None or not (judgement.answers or judgement.offers)
    return is_refused and len(words) <= LONGEST_TRIED and bool(stems(turn.understood.normalised))


def _names_a_field(turn: Turn) -> bool:
    """Whether the question asks for a whole field and names it: it then stands alone, however short."""
    field = field_of(turn.understood.normalised)
    return field is not None and bool(field.subject)


def _may_pick(turn: Turn) -> bool:
    return picked_choice(turn.understood.normalised, OFFER_LIMIT) is not None


def _judged(turn: Turn, ranking: Ranking) -> Judgement:
    """Return what to do with the candidates of a leaning question."""
    if not ranking.candidates:
        return Judgement(0.0, answers=False)
    first = ranking.candidates[0]
    because = {name: value for name, value in first.figures.items() if value}
    if first.probability >= LEARNED.answer_from and not _is_barred(first, turn):
        return Judgement(first.probability, answers=True, is_near=True, because=because)
    is_near = 1.0 - ranking.nothing >= LEARNED.offer_from
    likeliest = tuple(one.candidate.match.entry_id for one in ranking.candidates[:OFFER_LIMIT])
    offers = likeliest if is_near and len(likeliest) > 1 else ()
    leads = bool(offers) and first.probability >= LEADS_FROM and not _is_barred(first, turn)
    return Judgement(first.probability, False, offers, leads, is_near, because=because)


def _is_barred(first: Ranked, turn: Turn) -> bool:
    """Whether the question names a year or a place that the entry is not about, or speaks as an employee."""
    evidence = first.candidate.match.evidence
    return bool(
        evidence.get("misses_year")
        or evidence.get("elsewhere")
        or turn.retrieved.question_evidence.get("asks_as_employee")
    )


def _is_taken(how: Leaning, alone: Turn, judgement: Judgement, ranking: Ranking) -> bool:
    """Whether the reading with the question before is the better one."""
    if how is Leaning.PLAIN:
        return True
    if not judgement.answers:
        is_alone_near = alone.judgement is not None and alone.judgement.is_near
        return how is Leaning.POINTING and bool(judgement.offers) and not is_alone_near
    first = ranking.candidates[0]
    figures = first.figures
    is_of_the_subject = figures["is_earlier"] or figures["is_related"] or figures["relates_back"]
    if how is Leaning.NONE:  # its words do not lean: only a related entry counts, and by its own questions
        is_sure = first.probability >= SURELY_LEANING and figures["own_words_in_questions"] >= NAMED_BY_LEANING
        return bool(is_of_the_subject) and is_sure
    return bool(is_of_the_subject) or (how is Leaning.POINTING and bool(figures["same_theme"]))
