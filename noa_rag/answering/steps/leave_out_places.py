"""Ask again without the places that a question names, where with them nothing answers.

Entries hold their regions in a field, not in their words: to one that holds anywhere, "à Lyon" is a word that it lacks.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from noa_rag.answering.turn import Turn
from noa_rag.retrieval.thresholds import READ_LIMIT

Search = Callable[[Turn], Turn]


@dataclass(frozen=True, slots=True)
class LeaveOutPlaces:
    """Choices that an entry of a region leads stay: its words are of that place. `search` finds and weighs."""

    search: Search

    def __call__(self, turn: Turn) -> Turn:
        question, judgement = turn.understood, turn.judgement
        if not question.placeless or question.region is None or judgement is None or judgement.answers:
            return turn  # where it is not settled which place is meant, only its words tell entries of other places
        if judgement.offers and turn.candidates[0].version.content.regions:
            return turn
        return _beside_its_region(self.search(replace(turn, question=replace(question, normalised=question.placeless))))


def _beside_its_region(turn: Turn) -> Turn:
    """Return the turn, an answer that holds anywhere made a choice where an entry of the place is close behind it."""
    judgement = turn.judgement
    if judgement is None or not judgement.answers or turn.candidates[0].version.content.regions:
        return turn
    close = [one for one in turn.candidates[1:READ_LIMIT] if one.version.content.regions]
    if not close:
        return turn
    offers = tuple(one.match.entry_id for one in (turn.candidates[0], *close))
    return replace(turn, judgement=replace(judgement, answers=False, is_restated=False, is_near=True, offers=offers))
