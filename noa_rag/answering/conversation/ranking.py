"""Ranks the candidate entries of a question that leans on the one before, and the probability that none answers.

Each candidate, and "none of them", gets a weighted sum of its figures; a softmax over these sums gives the
probabilities (a conditional logit, McFadden 1974). The weights are learned from written follow-ups (`make follow-ups`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path

from noa_rag.answering.conversation.words import (
    Leaning,
    aspects,
    given,
    share,
    stems,
    words_of_questions,
    words_of_text,
)
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.ports import Match
from noa_rag.french.quantities import GIVEN

COMPLETED_LIMIT, ALONE_LIMIT = 8, 4  # candidates taken from each reading
NOT_FOUND = 1.0  # how far below a reading's last match an entry is scored that the reading did not find
MANY_WORDS = 4  # stems of the question; the figure `own_words` grows no further beyond so many
LEARNED_PATH = Path(__file__).with_name("weights.json")

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Learned:
    """The weights for a candidate and for "none of them", and the probabilities from which Noa answers or offers."""

    candidate: Figures
    nothing: Figures
    answer_from: float
    offer_from: float


def read_learned(path: Path = LEARNED_PATH) -> Learned:
    """Return what `make follow-ups` learned."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Learned(content["candidate"], content["nothing"], content["answer_from"], content["offer_from"])


LEARNED = read_learned()


@dataclass(frozen=True, slots=True)
class Considered:
    """The candidates for a leaning question with their figures, and the figures for "none of them"."""

    pool: Mapping[EntryId, Candidate]
    figures: Mapping[EntryId, Figures]
    nothing: Figures


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with the probability that the question is about its entry."""

    candidate: Candidate
    probability: float
    figures: Figures


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, the likeliest first, and the probability that none of them answers."""

    candidates: tuple[Ranked, ...]
    nothing: float


@dataclass(frozen=True, slots=True)
class Readings:
    """A question searched alone and completed with the one before; `earlier` is the entry that the latter led to.

    `read` returns the log-odds that entries answer the completed question, for the entries that could be read.
    """

    alone: Turn
    completed: Turn
    how: Leaning
    earlier: EntryVersion | None
    read: Callable[[Sequence[Match]], Mapping[EntryId, float]] = lambda matches: {}

    @property
    def asked(self) -> str:
        """What was typed, normalised."""
        return self.alone.understood.normalised


def consider(readings: Readings, related: Sequence[EntryVersion] = ()) -> Considered:
    """Return the candidates of both readings, and the entries related to the earlier one, with their figures."""
    pool = _pool(readings, related)
    read = readings.read([candidate.match for candidate in pool.values()])
    figures = {
        entry_id: _figures(candidate, readings) | _as_read(entry_id, read) for entry_id, candidate in pool.items()
    }
    return Considered(pool, figures, _of_nothing(readings, figures))


def rank(considered: Considered, learned: Learned = LEARNED) -> Ranking:
    """Return the candidates by the probability that the question is about them."""
    sums = {
        entry_id: _sum(figures_of_entry, learned.candidate) for entry_id, figures_of_entry in considered.figures.items()
    }
    against = _sum(considered.nothing, learned.nothing)
    top = max([against, *sums.values()])
    total = exp(against - top) + sum(exp(value - top) for value in sums.values())
    ranked = [
        Ranked(considered.pool[entry_id], exp(sums[entry_id] - top) / total, considered.figures[entry_id])
        for entry_id in sums
    ]
    ranked.sort(key=lambda ranked_entry: (-ranked_entry.probability, ranked_entry.candidate.match.entry_id))
    return Ranking(tuple(ranked), exp(against - top) / total)


def _sum(figures: Figures, weights: Figures) -> float:
    return sum(weight * figures[name] for name, weight in weights.items())


def _pool(readings: Readings, related: Sequence[EntryVersion]) -> dict[EntryId, Candidate]:
    completed, alone, earlier = readings.completed, readings.alone, readings.earlier
    candidates = [
        *completed.candidates[:COMPLETED_LIMIT],
        *alone.candidates[:ALONE_LIMIT],
        *completed.candidates[COMPLETED_LIMIT:],
        *alone.candidates[ALONE_LIMIT:],
    ]
    everything = {candidate.match.entry_id: candidate for candidate in reversed(candidates)}
    wanted = [
        candidate.match.entry_id
        for candidate in (*completed.candidates[:COMPLETED_LIMIT], *alone.candidates[:ALONE_LIMIT])
    ]
    known = {**everything}
    for version in ([earlier] if earlier else []) + list(related):
        known.setdefault(version.id, Candidate(Match(version.id, version.version, 0.0, len(candidates) + 1), version))
        wanted.append(version.id)
    return {entry_id: known[entry_id] for entry_id in dict.fromkeys(wanted)}


def _figures(candidate: Candidate, readings: Readings) -> dict[str, float]:
    question, completed, alone, earlier = readings.asked, readings.completed, readings.alone, readings.earlier
    entry_id, content = candidate.match.entry_id, candidate.version.content
    own, wanted = stems(question), aspects(question)
    is_earlier = float(earlier is not None and entry_id == earlier.id)
    by_itself = _gap(entry_id, alone) if own else 0.0
    return {
        "completed": _gap(entry_id, completed),
        "completed_first": _confidence_in(entry_id, completed),
        "alone": by_itself,
        "alone_leaning": by_itself * (readings.how is Leaning.PLAIN),
        "alone_first": _confidence_in(entry_id, alone),
        "is_related": float(earlier is not None and entry_id in earlier.content.related),
        "relates_back": float(earlier is not None and earlier.id in content.related),
        "is_earlier": is_earlier,
        "is_earlier_unnamed": is_earlier * (not own and not wanted),
        "is_earlier_asked_more": is_earlier * bool(wanted),
        "same_theme": float(earlier is not None and content.theme == earlier.content.theme),
        "asks_the_same_thing": float(bool(wanted & aspects(content.question))),
        "lacks_what_is_asked": float(bool(wanted & GIVEN.keys()) and not wanted & given(content)),
        "own_words_in_questions": share(own, words_of_questions(content)),
        "own_words_in_text": share(own, words_of_text(content)),
        "dense_question": _cosine(entry_id, completed, "dense_question"),
        "dense_passage": _cosine(entry_id, completed, "dense_passage"),
        "dense_alone": _cosine(entry_id, alone, "dense_question"),
    }


def _as_read(entry_id: EntryId, read: Mapping[EntryId, float]) -> dict[str, float]:
    """Return the log-odds read for an entry (the lowest, if it was not read), and their difference to the highest."""
    own = read.get(entry_id, min(read.values(), default=0.0))
    return {"read": own, "read_trailing": own - max(read.values(), default=own)}


def _of_nothing(readings: Readings, figures: Mapping[EntryId, Figures]) -> dict[str, float]:
    own = stems(readings.asked)
    held = max((figure["own_words_in_text"] for figure in figures.values()), default=0.0)
    return {
        "always": 1.0,
        "unheld": 1.0 - held if own else 0.0,
        "own_words": min(len(own), MANY_WORDS) / MANY_WORDS,
        "completed_confidence": _confidence(readings.completed),
        "alone_confidence": _confidence(readings.alone),
        "alone_near": float(readings.alone.judgement is not None and readings.alone.judgement.is_near),
        "leans": float(readings.how is Leaning.PLAIN),
        "asks_as_employee": readings.alone.retrieved.question_evidence.get("asks_as_employee", 0.0),
    }


def _confidence(turn: Turn) -> float:
    return turn.judgement.confidence if turn.judgement else 0.0


def _confidence_in(entry_id: EntryId, turn: Turn) -> float:
    """Return a reading's confidence for an entry that is its first candidate, 0 for any other entry."""
    is_first = bool(turn.candidates) and turn.candidates[0].match.entry_id == entry_id
    return _confidence(turn) if is_first else 0.0


def _cosine(entry_id: EntryId, turn: Turn, name: str) -> float:
    """Return a match's cosine less the highest of its reading; an entry that was not found gets the lowest cosine."""
    likeness = {candidate.match.entry_id: candidate.match.evidence.get(name, 0.0) for candidate in turn.candidates}
    if not likeness:
        return 0.0
    return likeness.get(entry_id, min(likeness.values())) - max(likeness.values())


def _gap(entry_id: EntryId, turn: Turn) -> float:
    """Return an entry's score less the highest of a reading: 0 for the first match, negative for others."""
    scores = {candidate.match.entry_id: candidate.match.score for candidate in turn.candidates}
    if not scores:
        return 0.0
    return scores.get(entry_id, min(scores.values()) - NOT_FOUND) - max(scores.values())
