"""Eighth step: where a question holds two needs, find an entry for each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from noa_rag.answering.conversation.holdings import share, words_of_questions
from noa_rag.answering.conversation.needs import Cut, cuts
from noa_rag.answering.conversation.words import stems
from noa_rag.answering.turn import Candidate, Need, Turn
from noa_rag.domain.ports import Judgement

# A half is shorter than what the confidence was learned on. Both entries are shown whole with what they answer, so
# that a wrong one is seen to be wrong; still, each half must be likelier right than not.
HALF_FROM = 0.6
NAMED_HALF_FROM, MOSTLY_NAMED = 0.25, 0.66  # less will do where the entry's own questions hold what the half names
# Where one entry answers all of it, only two halves that are answered surely, and by other entries, are two needs.

Search = Callable[[Turn], Turn]


@dataclass(frozen=True, slots=True)
class Divide:
    """`search` finds and weighs the entries for a question."""

    search: Search

    def __call__(self, turn: Turn) -> Turn:
        if turn.understood_as is not None or (turn.judgement is not None and turn.judgement.is_restated):
            return turn
        for cut in cuts(turn.understood.normalised):
            divided = self._divided(turn, cut)
            if divided is not None:
                return divided
        return turn

    def _divided(self, turn: Turn, cut: Cut) -> Turn | None:
        halves = [
            self.search(replace(turn, question=replace(turn.understood, normalised=half), needs=()))
            for half in cut.halves
        ]
        firsts = [half.candidates[0] if half.candidates else None for half in halves]
        answered = [_answers(half) for half in halves]
        left, right = firsts
        if left and right and left.match.entry_id == right.match.entry_id:
            return None
        is_whole_answered = turn.judgement is not None and turn.judgement.answers
        if is_whole_answered:
            whole = turn.candidates[0].match.entry_id
            surely = all(half.judgement is not None and half.judgement.answers for half in halves)
            if not surely or whole not in {one.match.entry_id for one in firsts if one}:
                return None
            return _with_needs(turn, cut, firsts, answered)
        if all(answered):
            return _with_needs(turn, cut, firsts, answered)
        if cut.both_ask and any(half.judgement is not None and half.judgement.answers for half in halves):
            return _with_needs(turn, cut, firsts, answered)
        return None


def _answers(half: Turn) -> bool:
    judgement = half.judgement
    if judgement is None or not half.candidates:
        return False
    if judgement.answers or judgement.confidence >= HALF_FROM:
        return True
    own, content = stems(half.understood.normalised), half.candidates[0].version.content
    return judgement.confidence >= NAMED_HALF_FROM and share(own, words_of_questions(content)) >= MOSTLY_NAMED


def _with_needs(turn: Turn, cut: Cut, firsts: list[Candidate | None], answered: list[bool]) -> Turn:
    needs = tuple(
        Need(half, first if is_answered else None)
        for half, first, is_answered in zip(cut.halves, firsts, answered, strict=True)
    )
    shown = [need.candidate for need in needs if need.candidate]
    rest = [one for one in turn.candidates if one.match.entry_id not in {each.match.entry_id for each in shown}]
    confidence = turn.judgement.confidence if turn.judgement else 0.0
    judgement = Judgement(max(confidence, HALF_FROM), answers=True, is_near=True, because={"holds two needs": 1})
    return replace(turn, needs=needs, candidates=(*shown, *rest), judgement=judgement)
