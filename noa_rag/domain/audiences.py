"""What visitors say they are: "je suis auto-entrepreneur", "notre association", "my start-up"."""

import re
import unicodedata

from noa_rag.domain.entry import Audience

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


def audience_named(text: str) -> Audience | None:
    """Return the public that whoever asks says she is of, None when the question names none, or several."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    folded = " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())
    named = {audience for audience, pattern in _NAMED if pattern.search(folded)}
    return named.pop() if len(named) == 1 else None
