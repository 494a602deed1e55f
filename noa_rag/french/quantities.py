"""What a text states of figures, moments and durations, and which of them a question asks for in so many words."""

import re

from noa_rag.french.words import plain

_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_NUMBERS = r"\d+|une?|deux|trois|quatre|cinq|six|sept|huit|dix|douze|quinze|vingt|trente"
GIVEN = {
    "figure": re.compile(r"\d\s?(?:€|%|euros?\b)|\bgratuit"),
    "moment": re.compile(rf"\b\d{{1,2}}(?:er)? (?:{_MONTHS})\b|\bavant\b|au plus tard|\d+ jours"),
    "duration": re.compile(rf"\b(?:{_NUMBERS})\s(?:jours?|mois|ans?|semaines?|heures?)\b"),
}
# Not "combien d'associés" nor "un délai": what follows could be anything.
_ASKED = {
    "duration": re.compile(
        r"\b(?:combien (?:de (?:temps|mois|jours|semaines|annees)|d annees)|quelle duree|(?:dure|prend) combien"
        r"|how long)\b"
    ),
    "figure": re.compile(
        r"\b(?:combien (?:\w+ ){0,3}cou?te\w*|cou?te\w* combien|c est combien"
        r"|quel (?:est le )?(?:prix|tarif|cout|montant)"
        r"|how much)\b|\b(?:prix|tarifs?|couts?)$"
    ),
}


def stated_in(question: str) -> re.Pattern[str] | None:
    """Return what a text must hold to answer "combien de temps" or "combien ça coûte"; None for any other question."""
    asked = plain(question)
    return next((GIVEN[kind] for kind, pattern in _ASKED.items() if pattern.search(asked)), None)
