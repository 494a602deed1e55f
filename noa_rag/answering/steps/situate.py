"""Settle where the visitor is and what she is, from her words, else from her choice or her site's."""

from dataclasses import dataclass, replace

from noa_rag.answering.steps.understand import normalise
from noa_rag.answering.turn import Turn
from noa_rag.domain.audiences import audience_named
from noa_rag.domain.regions import region_of
from noa_rag.french.phone_spelling import plain_spelling
from noa_rag.french.places import Gazetteer


@dataclass(frozen=True, slots=True)
class Situate:
    """A place that is named counts before the region that was chosen; one that may be several is told by the choice.

    Places are looked for in the words as typed: what is searched has been brought to the base's own writing.
    """

    gazetteer: Gazetteer

    def __call__(self, turn: Turn) -> Turn:
        question = turn.understood
        typed = plain_spelling(normalise(question.text))
        where = self.gazetteer.where(typed)
        chosen = question.region
        is_told = chosen is not None and region_of(chosen) in where.regions
        return replace(
            turn,
            question=replace(
                question,
                region=chosen if is_told or where.code is None else where.code,
                between=() if is_told else where.between,
                audience=audience_named(typed) or question.audience,
            ),
        )
