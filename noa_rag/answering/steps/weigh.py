"""Decide whether the first candidate answers, or which close ones to offer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from noa_rag.answering.turn import Candidate, Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Judge, Retrieved


@dataclass(frozen=True, slots=True)
class Weigh:
    """Only what may be shown is weighed, so that an expired entry never lends its score to another."""

    requires: ClassVar = frozenset({"question", "retrieved", "candidates", "set_aside"})
    sets: ClassVar = frozenset({"judgement", "is_aside_near", "candidates"})

    judge: Judge

    def __call__(self, turn: Turn) -> Turn:
        servable = tuple(candidate.match for candidate in turn.candidates)
        about = turn.retrieved.question_evidence
        judgement = self.judge.judge(turn.understood, Retrieved(servable, about))
        set_aside = {aside.match.entry_id for aside in turn.set_aside}
        first = turn.retrieved.matches[:1]
        is_first_aside = bool(first) and first[0].entry_id in set_aside
        is_aside_near = is_first_aside and self.judge.judge(turn.understood, turn.retrieved).is_near
        return replace(
            turn,
            judgement=judgement,
            is_aside_near=is_aside_near,
            candidates=_in_order(turn.candidates, judgement.order),
        )


def _in_order(candidates: Sequence[Candidate], order: Sequence[EntryId]) -> tuple[Candidate, ...]:
    """Return the candidates as reading put them; those that it does not name keep their places behind."""
    places = {entry_id: place for place, entry_id in enumerate(order)}
    return tuple(sorted(candidates, key=lambda one: places.get(one.match.entry_id, len(places))))
