"""One question asked live, unrecorded, with everything that was found and weighed on the way."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from noa_rag.answering.pipeline import run
from noa_rag.answering.turn import Candidate, SetAside, Turn
from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.ports import Judgement, Match
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa


@dataclass(frozen=True, slots=True)
class TracedEntry:
    """An entry among those that retrieval kept, with what each retriever said of it; ranks count among these.

    `dense` is the best cosine of its texts, `lexical` the weighted BM25 figure of the first look, `fused` the learned
    sum that orders. `decided_rank` is its place once the first were read, None for what may not be shown.
    """

    entry_id: EntryId
    question: str
    dense: float
    dense_rank: int
    lexical: float
    lexical_rank: int
    fused: float
    fused_rank: int
    decided_rank: int | None
    set_aside: Reason | None
    evidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace of a question; `answer` and `judgement` are None for one that cannot be read.

    `answer_from` and `offer_from` are the thresholds that the confidence was held against.
    """

    searched: str
    found: tuple[TracedEntry, ...]
    judgement: Judgement | None
    answer: Answer | None
    answer_from: float
    offer_from: float
    is_read: bool


def traced(noa: Noa, question: str, *, hidden: Collection[EntryId] = ()) -> Trace:
    """Ask a question of the base as it is now and return what happened; nothing is written down."""
    try:
        turn = run(noa.path(hidden=hidden), Ask(question))
    except InvalidQuestion:
        return Trace(question, (), None, None, 0.0, 0.0, is_read=False)
    is_read = bool(turn.judgement and turn.judgement.order)
    return Trace(
        searched=turn.understood.normalised,
        found=_found(turn),
        judgement=turn.judgement,
        answer=turn.answer,
        answer_from=noa.calibration.deciding(noa.verifier.fingerprint if noa.verifier and is_read else None)[1],
        offer_from=noa.calibration.offers_from(turn.retrieved.question_evidence.get("word_count", 0.0)),
        is_read=is_read,
    )


def _found(turn: Turn) -> tuple[TracedEntry, ...]:
    seen: list[Candidate | SetAside] = sorted(
        [*turn.candidates, *turn.set_aside], key=lambda candidate: (candidate.match.rank, candidate.match.entry_id)
    )
    dense = {candidate.match.entry_id: _dense(candidate.match) for candidate in seen}
    lexical = {candidate.match.entry_id: _lexical(candidate.match) for candidate in seen}
    decided = {candidate.match.entry_id: place for place, candidate in enumerate(turn.candidates, start=1)}
    return tuple(
        TracedEntry(
            entry_id=(entry_id := candidate.match.entry_id),
            question=candidate.version.content.question,
            dense=dense[entry_id],
            dense_rank=_rank(dense, entry_id),
            lexical=lexical[entry_id],
            lexical_rank=_rank(lexical, entry_id),
            fused=candidate.match.score,
            fused_rank=candidate.match.rank,
            decided_rank=decided.get(entry_id),
            set_aside=candidate.reason if isinstance(candidate, SetAside) else None,
            evidence=candidate.match.evidence,
        )
        for candidate in seen
    )


def _dense(match: Match) -> float:
    return max(match.evidence.get("dense_question", 0.0), match.evidence.get("dense_passage", 0.0))


def _lexical(match: Match) -> float:
    return match.evidence.get("whole", 0.0)


def _rank(scores: Mapping[EntryId, float], entry_id: EntryId) -> int:
    """Return the place of an entry by one score, from 1; equal scores share a place."""
    return 1 + sum(score > scores[entry_id] for score in scores.values())
