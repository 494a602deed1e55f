"""Other words for the same: synonyms of `knowledge/glossary.yaml`, and the nearest known word to a misspelt one."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, takewhile
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.french.words import fold, french_words, plain, stem, stems
from noa_rag.retrieval.thresholds import (
    CLIPPED_SHARE,
    SHORTEST_CLIPPED,
    SHORTEST_CORRECTED,
    SHORTEST_WORD,
    TWO_SLIPS_FROM,
    WRITTEN_OFTEN,
)


class Speller:
    """Knows the folded words of the base with the number of texts that hold each."""

    def __init__(self, counts: Mapping[str, int], *, wrong_letter_from: int = SHORTEST_WORD) -> None:
        """In words with fewer letters than `wrong_letter_from`, a wrong letter is no slip: "loto" is not "logo"."""
        self._counts = counts
        self._wrong_letter_from = wrong_letter_from
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._sorted = sorted(word for word in counts if not word.isdigit())
        for word in self._sorted:
            self._by_length[len(word)].append(word)

    def corrected(self, word: str) -> str:
        """Return the known word that a word was clipped from ("indep") or that is one or two slips away, else the word.

        Slips are an insertion, an omission, a swap, a wrong letter. Of the two, what more texts have is meant.
        """
        if word in self._counts or any(char.isdigit() for char in word):
            return word
        candidates = [candidate for candidate in (self._nearest(word), self._whole(word)) if candidate]
        return max(candidates, key=lambda candidate: (self._counts[candidate], candidate), default=word)

    def _whole(self, word: str) -> str | None:
        """Return the word that begins so, where hardly any other one does; a word of French is not clipped."""
        if len(word) < SHORTEST_CLIPPED or word in french_words():
            return None
        first = bisect_left(self._sorted, word)
        begun = list(takewhile(lambda candidate: candidate.startswith(word), islice(self._sorted, first, None)))
        by_stem: Counter[str] = Counter()
        for candidate in begun:
            by_stem[stem(candidate)] += self._counts[candidate]
        if not by_stem:
            return None
        ((likeliest, count),) = by_stem.most_common(1)
        if count < CLIPPED_SHARE * by_stem.total():
            return None
        return max(
            (candidate for candidate in begun if stem(candidate) == likeliest),
            key=lambda candidate: (self._counts[candidate], candidate),
        )

    def _nearest(self, word: str) -> str | None:
        if len(word) < SHORTEST_WORD:
            return None
        slips = 2 if len(word) >= TWO_SLIPS_FROM else 1
        near = [
            (distance, -self._counts[candidate], candidate)
            for length in range(max(len(word) - slips, SHORTEST_WORD), len(word) + slips + 1)
            for candidate, distance, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=slips, limit=5
            )
            if len(word) >= self._wrong_letter_from or length != len(word) or sorted(candidate) == sorted(word)
        ]
        return min(near)[2] if near else None


class Glossary:
    """Groups of terms; a question that holds one is also searched with the others."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        self._groups = tuple(tuple(dict.fromkeys(plain(term) for term in group)) for group in groups)
        self.words = frozenset(word for group in self._groups for term in group for word in term.split())

    def expansion(self, text: str) -> list[str]:
        """Return the stems to search beside those of the text itself, sorted."""
        spaced = f" {plain(text)} "
        own = set(stems(text))
        added: set[str] = set()
        for group in self._groups:
            if any(f" {term} " in spaced or f" {term}s " in spaced for term in group):
                added.update(term_stem for term in group for term_stem in stems(term))
        return sorted(added - own)


def read_glossary(path: Path) -> Glossary:
    """Return the glossary of a file, empty where there is none. Raises InvalidKnowledge when it is malformed."""
    if not path.is_file():
        return Glossary()
    try:
        groups = YAML(typ="safe").load(path)
    except (YAMLError, UnicodeDecodeError) as error:
        raise InvalidKnowledge([Complaint(path.name, 0, f"not valid YAML: {error}")]) from error
    wrong = not isinstance(groups, list) or any(
        not isinstance(group, list) or not all(isinstance(term, str) for term in group) for group in groups
    )
    if wrong:
        raise InvalidKnowledge([Complaint(path.name, 0, "must be a list of groups, each a list of terms")])
    return Glossary(groups)


class SureSpelling:
    """Knows the words of the base's answers, `counts` by how each is written, and those of French."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._written: dict[str, Counter[str]] = {}
        for word, count in counts.items():
            self._written.setdefault(fold(word), Counter())[word] += count

    def __call__(self, word: str) -> str:
        """Return the only known word one slip away, as the base writes it; the word as typed where none or several are.

        A word of the base or of French is never corrected: "borne" does not become "bonne".
        """
        typed = fold(word)
        if len(typed) < SHORTEST_CORRECTED or typed in self._written or typed in french_words():
            return word
        near = {*_one_slip_away(typed, self._written.keys()), *_one_slip_away(typed, french_words())}
        if len(near) != 1:
            return word
        written = self._written.get(near.pop(), Counter())
        best = min(written, key=lambda spelling: (-written[spelling], spelling), default=word)
        return best if written[best] >= WRITTEN_OFTEN else word


def _one_slip_away(typed: str, words: Iterable[str]) -> list[str]:
    """Return up to two words one slip away: a second one already makes the correction ambiguous."""
    nearest = process.extract(typed, list(words), scorer=OSA.distance, score_cutoff=1, limit=2)
    return [word for word, _, _ in nearest]
