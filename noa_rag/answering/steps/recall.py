"""Understand a message with the question before it, where that shows more than the message alone.

It runs after the message was weighed alone; the candidates of both readings are ranked together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from noa_rag.answering.conversation.ranking import LEARNED, Considered, Ranked, Ranking, Readings, consider, rank
from noa_rag.answering.conversation.words import Leaning, field_of, leaning, picked_choice, stems
from noa_rag.answering.steps.weigh import within_france
from noa_rag.answering.turn import Candidate, Step, Turn
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.ports import Conversations, EarlierTurn, EntryReader, Judgement, Match
from noa_rag.domain.question import Question
from noa_rag.domain.regions import covers
from noa_rag.french.places import Gazetteer, asks_foreign_law
from noa_rag.retrieval.thresholds import LEADS_FROM

# As long as the review leaves a choice open: a visitor is called away, and comes back.
REMEMBERED_FOR = timedelta(minutes=30)
LONGEST_TRIED = 12  # words of a question that is still tried with the one before
OFFER_LIMIT = 3
SHOWN = 2  # what a judgement is worth that shows an entry; one that offers some is worth 1


@dataclass(frozen=True, slots=True)
class Recall:
    """Reads a message alone and together with the question before.

    `search` finds and weighs the entries for a question, `read` returns the log-odds that entries answer one;
    `conversations` tells what was asked before.
    """

    conversations: Conversations | None
    entries: EntryReader
    search: Step
    read: Callable[[Question, Sequence[Match]], Mapping[EntryId, float]]
    gazetteer: Gazetteer

    def __call__(self, turn: Turn) -> Turn:
        conversation_id = turn.ask.conversation_id
        if self.conversations is None or not conversation_id:
            return turn
        turns = self.conversations.earlier(conversation_id, since=datetime.now(UTC) - REMEMBERED_FOR)
        # A question asked again leans on what came before it, not on itself.
        earlier = [earlier_turn for earlier_turn in turns if earlier_turn.text != turn.understood.text]
        if not earlier:
            return turn
        picked = self._picked(turn, earlier[0])
        if picked is not None:
            return picked
        if self._is_only_a_place(turn) and not _stands_alone(turn):
            return self._elsewhere(turn, earlier)
        turn = replace(turn, read_before=tuple(entry_id for before in earlier for entry_id in before.shown))
        return turn if _stands_alone(turn) else self._completed(turn, earlier)

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

    def _is_only_a_place(self, turn: Turn) -> bool:
        """Whether nothing is left to search without the place that a message names: "je suis à Toulouse"."""
        text = turn.understood.text
        bare = self.gazetteer.without_places(text)
        return bare != text and not stems(bare)

    def _elsewhere(self, turn: Turn, earlier: Sequence[EarlierTurn]) -> Turn:
        """Return the turn for the question before, asked again for the place that this one names."""
        subject, typed, _ = self._subject(turn, earlier)
        again = self.search(replace(turn, question=replace(turn.understood, normalised=subject)))
        return turn if _worth(again.judgement) < _worth(turn.judgement) else replace(again, understood_as=typed)

    def _completed(self, turn: Turn, earlier: Sequence[EarlierTurn]) -> Turn:
        how = leaning(turn.understood.normalised)
        completed, considered = self.considered(turn, how, earlier)
        ranking = rank(considered)
        candidates = tuple(candidate.candidate for candidate in ranking.candidates)
        judgement = within_france(_judged(turn, ranking), candidates, completed.understood.normalised)
        if how is Leaning.PLAIN and earlier[0].entry_ids:  # of what the base answered before, it treats the subject
            judgement = replace(judgement, is_near=True)
        is_rest = how is Leaning.PLAIN and (_worth(judgement) or not _worth(turn.judgement))
        if not is_rest and not _shows_more(judgement, candidates, turn):
            return turn
        return replace(
            completed,
            candidates=candidates,
            judgement=judgement,
            is_aside_near=False,
            alone=turn.understood.normalised,
        )

    def considered(self, turn: Turn, how: Leaning, earlier: Sequence[EarlierTurn]) -> tuple[Turn, Considered]:
        """Return the turn searched with the question before, and the candidates of both readings with their figures."""
        subject, typed, entry = self._subject(turn, earlier)
        question = turn.understood.normalised
        completed = self.search(replace(turn, question=replace(turn.understood, normalised=f"{subject} {question}")))
        completed = replace(completed, understood_as=f"{typed} {turn.understood.text.strip()}")
        related = self._servable(turn, entry.content.related).values() if entry else ()
        read = partial(self.read, completed.understood)
        return completed, consider(Readings(turn, completed, how, entry, read), tuple(related))

    def _subject(self, turn: Turn, earlier: Sequence[EarlierTurn]) -> tuple[str, str, EntryVersion | None]:
        """Return what the conversation is about, as searched and in the visitor's words, and the entry it led to."""
        before = next(
            (earlier_turn for earlier_turn in earlier if earlier_turn.entry_ids or not earlier_turn.understood_as),
            earlier[0],
        )
        known = self._servable(turn, before.entry_ids[:1])
        entry = next(iter(known.values()), None)
        typed = next((turn.text for turn in (before, *earlier) if not turn.understood_as), before.text)
        if before.understood_as and entry:
            return entry.content.question, typed, entry
        return before.understood_as or before.normalised, typed, entry

    def _servable(self, turn: Turn, entry_ids: Sequence[EntryId]) -> dict[EntryId, EntryVersion]:
        """Return the versions of entries that may be shown to this visitor."""
        question = turn.understood
        versions = self.entries.in_force(entry_ids, question.as_of, known_on=turn.ask.as_of)
        return {
            entry_id: versions[entry_id]
            for entry_id in entry_ids
            if entry_id in versions
            and versions[entry_id].is_servable_on(question.as_of)
            and covers(versions[entry_id].content.regions, question.region)
        }


def _stands_alone(turn: Turn) -> bool:
    """Whether a message is read alone: an entry's own question, a whole field, another country's law, or a long one."""
    is_restated = turn.judgement is not None and turn.judgement.is_restated
    is_long = len(turn.understood.normalised.split()) > LONGEST_TRIED
    return is_restated or is_long or _names_a_field(turn) or asks_foreign_law(turn.understood.text)


def _names_a_field(turn: Turn) -> bool:
    """Whether the question asks for a whole field and names it: it then stands alone, however short."""
    field = field_of(turn.understood.normalised)
    return field is not None and bool(field.subject)


def _judged(turn: Turn, ranking: Ranking) -> Judgement:
    """Return what to do with the candidates of a leaning question."""
    if not ranking.candidates:
        return Judgement(0.0, answers=False)
    first = ranking.candidates[0]
    because = {name: value for name, value in first.figures.items() if value}
    if first.probability >= LEARNED.answer_from and not _is_barred(first, turn):
        return Judgement(first.probability, answers=True, is_near=True, because=because)
    is_near = 1.0 - ranking.nothing >= LEARNED.offer_from
    likeliest = tuple(candidate.candidate.match.entry_id for candidate in ranking.candidates[:OFFER_LIMIT])
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


def _shows_more(judgement: Judgement, candidates: Sequence[Candidate], alone: Turn) -> bool:
    """Whether the reading with the question before shows more than that of the question alone, or another entry."""
    together, by_itself = _worth(judgement), _worth(alone.judgement)
    if together == by_itself == SHOWN:
        return candidates[0].match.entry_id != alone.candidates[0].match.entry_id
    return together > by_itself


def _worth(judgement: Judgement | None) -> int:
    if judgement is None:
        return 0
    return SHOWN if judgement.answers or judgement.leads else int(bool(judgement.offers))
