"""Settle where the visitor is and what she is, from her words, else from her choice or her site's."""

import re
from dataclasses import dataclass, replace

from noa_rag.answering.steps.understand import normalise
from noa_rag.answering.turn import Turn
from noa_rag.domain.entry import Audience
from noa_rag.domain.regions import region_of
from noa_rag.french.courtesies import plain_spelling
from noa_rag.french.places import Gazetteer
from noa_rag.french.words import fold

# One's own firm, or oneself: "les aides aux associations" says nothing of who asks.
_OWN = r"\b(?:mon|ma|mes|notre|nos|my|our|dans une|pour une)"
_BEING = r"\b(?:je suis|on est|nous sommes|en tant qu(?:e|')|i am|i'm|we are|as)(?: une?| an?)?"
_PATTERNS = (
    (Audience.MICRO_ENTREPRENEUR, r"(?:micro|auto)[ -]?entrepre(?:neure?s?|nariat|neuse)"),
    (Audience.MICRO_ENTREPRENEUR, r"(?:micro|auto)[ -]?entreprise"),
    (Audience.ASSOCIATION_EMPLOYER, r"(?:petite )?asso(?:ciation)?\b(?! de malfaiteurs)"),
    (Audience.ASSOCIATION_EMPLOYER, r"(?:non-profit|charity)"),
    (Audience.START_UP, r"(?:jeune )?start-?up"),
    (Audience.PME, r"(?:petite )?pme\b"),
    (Audience.TPE, r"(?:petite )?tpe\b"),
)
_NAMED = tuple(
    (audience, re.compile(rf"(?:{_OWN if own else _BEING}) ?{noun}"))
    for audience, noun in _PATTERNS
    for own in (True, False)
)


@dataclass(frozen=True, slots=True)
class Situate:
    """A place named counts before the region chosen, which decides between several places of one name.

    Places are looked for in the text as typed, since the searched form is rewritten as the base would write it.
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


def audience_named(text: str) -> Audience | None:
    """Return the audience that the visitor says she belongs to, None when the question names none, or several."""
    folded = " ".join(fold(text).split())
    named = {audience for audience, pattern in _NAMED if pattern.search(folded)}
    return named.pop() if len(named) == 1 else None
