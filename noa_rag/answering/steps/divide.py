"""Where a question holds two needs, find an entry for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.conversation.holdings import share, words_of_questions, words_of_text
from noa_rag.answering.conversation.leaning import Leaning, leaning
from noa_rag.answering.conversation.needs import Cut, cuts
from noa_rag.answering.conversation.words import stems
from noa_rag.answering.turn import Need, Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Judgement

# A half is shorter than what the confidence was learned on. Both entries are shown whole with what they answer, so
# that a wrong one is seen to be wrong; still, each half must be likelier right than not.
HALF_FROM = 0.6
MOSTLY_NAMED = 0.66  # or it must be near, and name hardly anything that is not in the entry's own questions
NAMED_FROM = 0.25  # where it is not near
OFFERED_FROM, HELD = 0.1, 0.8  # or it must be offered, with hardly a word that the entry does not hold
# Where one entry answers all of it, only two halves that are answered surely, and by other entries, are two needs.

Search = Callable[[Turn], Turn]


@dataclass(frozen=True, slots=True)
class Divide:
    """`search` finds and weighs the entries for a question."""

    search: Search

    def __call__(self, turn: Turn) -> Turn:
        if turn.understood_as is not None or (turn.judgement is not None and turn.judgement.is_restated):
            return turn
        searched = [(cut, self._halves(turn, cut)) for cut in cuts(turn.understood.normalised)]
        for cut, halves in searched:
            if _are_two(turn, halves):
                return _with_needs(turn, cut, halves)
        for cut, halves in searched:
            if _is_one_of_two(turn, cut, halves):
                return _with_needs(turn, cut, halves)
        return turn

    def _halves(self, turn: Turn, cut: Cut) -> list[Turn]:
        return [
            self.search(replace(turn, question=replace(turn.understood, normalised=half), needs=()))
            for half in cut.halves
        ]


def _are_two(turn: Turn, halves: Sequence[Turn]) -> bool:
    """Whether both halves are answered, by different entries, and no single entry answers the whole better.

    An entry that would not even be offered for its half by itself is shown only beside one that surely answers.
    """
    if not all(_answers(half) for half in halves) or _first(halves[0]) == _first(halves[1]):
        return False
    if not (all(_is_offered(half) for half in halves) or any(_is_sure(half) for half in halves)):
        return False
    if turn.judgement is None or not turn.judgement.answers:
        return True
    surely = all(_is_sure(half) for half in halves)
    return surely and _first(turn) in {_first(half) for half in halves}


def _is_one_of_two(turn: Turn, cut: Cut, halves: Sequence[Turn]) -> bool:
    """Whether one half is surely answered and the other, a question by itself, is not."""
    if turn.judgement is None or turn.judgement.answers or _first(halves[0]) == _first(halves[1]):
        return False
    return _stand_alone(cut) and any(_is_sure(half) for half in halves)


def _stand_alone(cut: Cut) -> bool:
    """Whether each half is a question by itself: "… and how long does it take?" is the rest of the first half."""
    return cut.both_ask and leaning(cut.halves[1]) in (Leaning.NONE, Leaning.SHORT)


def _is_sure(turn: Turn) -> bool:
    return turn.judgement is not None and turn.judgement.answers


def _is_offered(turn: Turn) -> bool:
    """Whether its first entry would be shown or offered, were it asked by itself."""
    return _is_sure(turn) or (turn.judgement is not None and _first(turn) in turn.judgement.offers)


def _first(turn: Turn) -> EntryId | None:
    return turn.candidates[0].match.entry_id if turn.candidates else None


def _answers(half: Turn) -> bool:
    judgement = half.judgement
    if judgement is None or not half.candidates:
        return False
    if judgement.answers or judgement.confidence >= HALF_FROM:
        return True
    own, content = stems(half.understood.normalised), half.candidates[0].version.content
    is_known = judgement.is_near or judgement.confidence >= NAMED_FROM
    if is_known and share(own, words_of_questions(content)) >= MOSTLY_NAMED:
        return True
    return (
        bool(judgement.offers) and judgement.confidence >= OFFERED_FROM and share(own, words_of_text(content)) >= HELD
    )


def _with_needs(turn: Turn, cut: Cut, halves: Sequence[Turn]) -> Turn:
    needs = tuple(_need(words, half) for words, half in zip(cut.halves, halves, strict=True))
    shown = [need.candidate for need in needs if need.candidate]
    rest = [one for one in turn.candidates if one.match.entry_id not in {each.match.entry_id for each in shown}]
    confidence = turn.judgement.confidence if turn.judgement else 0.0
    judgement = Judgement(max(confidence, HALF_FROM), answers=True, is_near=True, because={"holds two needs": 1})
    return replace(turn, needs=needs, candidates=(*shown, *rest), judgement=judgement)


def _need(words: str, half: Turn) -> Need:
    if _answers(half):
        return Need(words, half.candidates[0])
    is_near = half.judgement is not None and half.judgement.is_near
    return Need(words, None, near=half.candidates if is_near else ())
