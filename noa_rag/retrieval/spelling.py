"""Tolerance for misspelling: a word that the base does not know becomes the nearest one that it does."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from noa_rag.retrieval.words import fold

# One slip for short words, two for long ones; shorter words are too easily taken for another.
SHORTEST_WORD = 4
TWO_SLIPS_FROM = 8
WRONG_LETTER_FROM = 6


class Speller:
    """Knows the folded words of the base with the number of texts that hold each."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in counts:
            if not word.isdigit():
                self._by_length[len(word)].append(word)

    def corrected(self, word: str) -> str:
        """Return a known word within one or two slips (insertion, omission, swap, wrong letter), else the word.

        In a short word a wrong letter mostly makes another word: "loto" is no slip of "logo".
        """
        if word in self._counts or len(word) < SHORTEST_WORD or any(char.isdigit() for char in word):
            return word
        slips = 2 if len(word) >= TWO_SLIPS_FROM else 1
        near = [
            (distance, -self._counts[found], found)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for found, distance, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=slips, limit=5
            )
            if len(word) >= WRONG_LETTER_FROM or length != len(word) or sorted(found) == sorted(word)
        ]
        return min(near)[2] if near else word


@cache
def french_words() -> frozenset[str]:
    """Return 130,000 folded forms of French words, read when the first word is looked up (a second)."""
    from spellchecker import SpellChecker

    return frozenset(map(fold, SpellChecker(language="fr").word_frequency.words()))
