"""Which entry a leaning question is about: what both of its readings found, weighed together.

Each candidate's figures go into a sum whose exponentials, shared out among the candidates, are probabilities
(a conditional logit). The weights were fitted on conversations written for this, which no suite holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from noa_rag.answering.conversation.holdings import GIVEN, given, share, words_of_questions, words_of_text
from noa_rag.answering.conversation.words import aspects, stems
from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.match import Match

COMPLETED_LIMIT, ALONE_LIMIT = 8, 4  # candidates taken from each reading
NOT_FOUND = 1.0  # how far below a reading's last match an entry is put that it did not find
_COSINE_MIDDLE, _COSINE_SPREAD = 0.85, 0.05

WEIGHTS: Mapping[str, float] = {
    "completed": 0.25,
    "alone": 0.24,
    "is_related": 0.7,
    "relates_back": 0.8,
    "is_earlier": -0.8,
    "same_theme": 0.6,
    "asks_the_same_thing": 1.2,
    "lacks_what_is_asked": -0.45,
    "own_words_in_questions": 1.0,
    "own_words_in_text": 0.45,
    "dense_question": 0.9,
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with the probability that the question is about its entry."""

    candidate: Candidate
    probability: float
    figures: Mapping[str, float]


def rank(
    *, asked: str, completed: Turn, alone: Turn, earlier: EntryVersion | None, related: Sequence[EntryVersion]
) -> list[Ranked]:
    """Return the candidates of both readings, likeliest first; `asked` is what was typed, normalised."""
    pool = _pool(completed, alone, earlier, related)
    figures = {one: _figures(pool[one], asked, completed, alone, earlier) for one in pool}
    sums = {one: sum(WEIGHTS[name] * value for name, value in told.items()) for one, told in figures.items()}
    top = max(sums.values(), default=0.0)
    total = sum(exp(value - top) for value in sums.values())
    ranked = [Ranked(pool[one], exp(sums[one] - top) / total, figures[one]) for one in pool]
    return sorted(ranked, key=lambda one: (-one.probability, one.candidate.match.entry_id))


def _pool(
    completed: Turn, alone: Turn, earlier: EntryVersion | None, related: Sequence[EntryVersion]
) -> dict[EntryId, Candidate]:
    found = [
        *completed.candidates[:COMPLETED_LIMIT],
        *alone.candidates[:ALONE_LIMIT],
        *completed.candidates[COMPLETED_LIMIT:],
        *alone.candidates[ALONE_LIMIT:],
    ]
    everything = {one.match.entry_id: one for one in reversed(found)}
    wanted = [one.match.entry_id for one in (*completed.candidates[:COMPLETED_LIMIT], *alone.candidates[:ALONE_LIMIT])]
    known = {**everything}
    for version in ([earlier] if earlier else []) + list(related):
        known.setdefault(version.id, Candidate(Match(version.id, version.version, 0.0, len(found) + 1), version))
        wanted.append(version.id)
    return {one: known[one] for one in dict.fromkeys(wanted)}


def _figures(
    candidate: Candidate, asked: str, completed: Turn, alone: Turn, earlier: EntryVersion | None
) -> dict[str, float]:
    entry_id, content = candidate.match.entry_id, candidate.version.content
    own, wanted = stems(asked), aspects(asked)
    is_earlier = earlier is not None and entry_id == earlier.id
    evidence = next((one.match.evidence for one in completed.candidates if one.match.entry_id == entry_id), {})
    return {
        "completed": _gap(entry_id, completed),
        "alone": _gap(entry_id, alone) if own else 0.0,
        "is_related": float(earlier is not None and entry_id in earlier.content.related),
        "relates_back": float(earlier is not None and earlier.id in content.related),
        "is_earlier": float(is_earlier),
        "same_theme": float(earlier is not None and content.theme == earlier.content.theme),
        "asks_the_same_thing": float(bool(wanted & aspects(content.question))),
        "lacks_what_is_asked": float(bool(wanted & GIVEN.keys()) and not wanted & given(content)),
        "own_words_in_questions": share(own, words_of_questions(content)),
        "own_words_in_text": share(own, words_of_text(content)),
        "dense_question": (evidence.get("dense_question", _COSINE_MIDDLE) - _COSINE_MIDDLE) / _COSINE_SPREAD,
    }


def _gap(entry_id: EntryId, turn: Turn) -> float:
    """Return how far an entry stands below the first match of a reading, 0 for the first."""
    scores = {one.match.entry_id: one.match.score for one in turn.candidates}
    if not scores:
        return 0.0
    return scores.get(entry_id, min(scores.values()) - NOT_FOUND) - max(scores.values())
