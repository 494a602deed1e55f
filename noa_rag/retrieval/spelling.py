"""Tolerance for misspelling: a word that the base does not know becomes the nearest one that it does."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from noa_rag.french.words import fold

# One slip for short words, two for long ones; shorter words are too easily taken for another.
SHORTEST_WORD = 4
TWO_SLIPS_FROM = 8


class Speller:
    """Knows the folded words of the base with the number of texts that hold each."""

    def __init__(self, counts: Mapping[str, int], *, wrong_letter_from: int = SHORTEST_WORD) -> None:
        """In words with fewer letters than `wrong_letter_from`, a wrong letter is no slip: "loto" is not "logo"."""
        self._counts = counts
        self._wrong_letter_from = wrong_letter_from
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in counts:
            if not word.isdigit():
                self._by_length[len(word)].append(word)

    def corrected(self, word: str) -> str:
        """Return a known word within one or two slips (insertion, omission, swap, wrong letter), else the word."""
        if word in self._counts or len(word) < SHORTEST_WORD or any(char.isdigit() for char in word):
            return word
        slips = 2 if len(word) >= TWO_SLIPS_FROM else 1
        near = [
            (distance, -self._counts[found], found)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for found, distance, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=slips, limit=5
            )
            if len(word) >= self._wrong_letter_from or length != len(word) or sorted(found) == sorted(word)
        ]
        return min(near)[2] if near else word


@cache
def french_words() -> frozenset[str]:
    """Return 130,000 folded forms of French words, read when the first word is looked up (a second)."""
    from spellchecker import SpellChecker

    return frozenset(map(fold, SpellChecker(language="fr").word_frequency.words()))
