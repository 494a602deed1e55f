"""Sure spelling for titles: a word is put right only where no other word can have been meant."""

from collections import Counter
from collections.abc import Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from noa_rag.french.words import fold
from noa_rag.retrieval.spelling import french_words

SHORTEST_CORRECTED = 5
WRITTEN_OFTEN = 3  # times that the base writes a word before it is trusted as a correction


class SureSpelling:
    """Knows the words of the base's answers, `counts` by how each is written, and those of French."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._written: dict[str, Counter[str]] = {}
        for word, count in counts.items():
            self._written.setdefault(fold(word), Counter())[word] += count

    def __call__(self, word: str) -> str:
        """Return the one word that a misspelt one is a slip away from, as the base writes it; else the word as typed.

        A word that the base or the language has is not misspelt: "borne" is no slip of "bonne".
        """
        typed = fold(word)
        if len(typed) < SHORTEST_CORRECTED or typed in self._written or typed in french_words():
            return word
        near = {*_one_slip_away(typed, self._written.keys()), *_one_slip_away(typed, french_words())}
        if len(near) != 1:
            return word
        written = self._written.get(near.pop(), Counter())
        best = min(written, key=lambda one: (-written[one], one), default=word)
        return best if written[best] >= WRITTEN_OFTEN else word


def _one_slip_away(typed: str, words: Iterable[str]) -> list[str]:
    """Return up to two words: a second one is all that it takes to make the first unsure."""
    found = process.extract(typed, list(words), scorer=OSA.distance, score_cutoff=1, limit=2)
    return [word for word, _, _ in found]
