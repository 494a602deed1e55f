"""Fifth step: decide whether the first candidate answers, or which close ones to offer."""

from dataclasses import dataclass, replace

from noa_rag.answering.turn import Turn
from noa_rag.domain.match import Retrieved
from noa_rag.domain.ports import Judge


@dataclass(frozen=True, slots=True)
class Weigh:
    """Only what may be shown is weighed, so that an expired entry never lends its score to another."""

    judge: Judge

    def __call__(self, turn: Turn) -> Turn:
        servable = tuple(candidate.match for candidate in turn.candidates)
        retrieved = Retrieved(servable, turn.retrieved.question_evidence)
        return replace(turn, judgement=self.judge.judge(turn.understood, retrieved))
