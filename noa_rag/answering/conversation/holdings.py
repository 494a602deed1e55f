"""What an entry holds, by its words: those of its questions, those of its text, the kinds of thing that it gives."""

import re
from functools import lru_cache

from noa_rag.answering.conversation.words import stems
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.shown_text import official_text

KEPT = 2_048  # entries; a few kilobytes each


def share(own: frozenset[str], words: frozenset[str]) -> float:
    """Return which share of one's words stands among others, 0 for none of them or none at all."""
    return len(own & words) / len(own) if own else 0.0


_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_NUMBERS = r"\d+|deux|trois|quatre|cinq|six|dix|douze|quinze"
GIVEN = {
    "figure": re.compile(r"\d\s?(?:€|%|euros?\b)|\bgratuit"),
    "moment": re.compile(rf"\b\d{{1,2}}(?:er)? (?:{_MONTHS})\b|\bavant\b|au plus tard|\d+ jours"),
    "duration": re.compile(rf"\b(?:{_NUMBERS}) (?:jours?|mois|ans?|semaines?|heures?)\b"),
}


@lru_cache(maxsize=KEPT)
def given(content: EntryContent) -> frozenset[str]:
    """Return which of the things that a question may ask for an entry's text gives."""
    text = " ".join((official_text(content), *(one.text for one in content.sections)))
    return frozenset(kind for kind, pattern in GIVEN.items() if pattern.search(text))


@lru_cache(maxsize=KEPT)
def words_of_questions(content: EntryContent) -> frozenset[str]:
    """Return the stems of an entry's question and alternate questions."""
    return stems(" ".join((content.question, *(one.text for one in content.alternate_questions))))


@lru_cache(maxsize=KEPT)
def words_of_text(content: EntryContent) -> frozenset[str]:
    """Return the stems of all that an entry says, its questions included."""
    parts = (official_text(content), *(f"{one.heading} {one.text}" for one in content.sections))
    return words_of_questions(content) | stems(" ".join(parts))
