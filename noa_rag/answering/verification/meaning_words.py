"""The words of a text that carry meaning, each with what may stand for it."""

from dataclasses import dataclass
from functools import lru_cache

from noa_rag.answering.verification.lexicon import FUNCTION_WORDS, LIGHT_STEMS, expressions, groups_of, spaced
from noa_rag.answering.verification.links import without_links
from noa_rag.answering.verification.number_words import with_digits
from noa_rag.answering.verification.plain_text import folded_words, plain, stem

COMMON_START = 5  # letters that words of one family share: "exonérer", "exonération"
START_SHARE = 0.6  # of the longer stem: "volontaire", "volontariat"
_DOERS = ("eur", "eus", "ric")  # "employeur" is not of the family of "employé": it is the other party


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its stem and its groups of synonyms."""

    text: str
    stem: str
    groups: frozenset[str]

    @property
    def is_light(self) -> bool:
        """Whether it is so general that it adds no claim."""
        return self.stem in LIGHT_STEMS


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text says, as far as its words tell."""

    words: tuple[Word, ...]
    stems: frozenset[str]
    groups: frozenset[str]

    def has(self, word: Word) -> bool:
        """Tell whether the text has the word, one of its family, or one that may stand for it."""
        if word.stem in self.stems or word.groups & self.groups:
            return True
        start = word.stem[:COMMON_START]
        return len(start) == COMMON_START and any(_is_family(word.stem, other) for other in self.stems)

    @property
    def weighty(self) -> frozenset[str]:
        """The stems that are not light; all of them where there is nothing else."""
        return frozenset(word.stem for word in self.words if not word.is_light) or self.stems

    def count(self, other: "Meaning") -> int:
        """Return how many distinct weighty words of this text the other has."""
        weighty = self.weighty
        return len({word.stem for word in self.words if word.stem in weighty and other.has(word)})

    def share(self, other: "Meaning") -> float:
        """Return the share of this text's distinct weighty words that the other has; 0 for a text without words."""
        return self.count(other) / len(self.weighty) if self.words else 0.0


@lru_cache(maxsize=4_096)
def meaning(text: str) -> Meaning:
    """Return the words of a text that carry meaning; numbers, links and function words are looked at elsewhere."""
    bare = with_digits(plain(without_links(text)))
    words = tuple(
        Word(word, stemmed, groups_of(stemmed))
        for word in folded_words(bare)
        if word not in FUNCTION_WORDS and not word[0].isdigit() and len(word) > 1
        for stemmed in (stem(word),)
    )
    found = {group for _, groups in expressions(spaced(bare)) for group in groups}
    groups = frozenset(group for word in words for group in word.groups) | found
    return Meaning(words, frozenset(word.stem for word in words), groups)


@lru_cache(maxsize=4_096)
def expression_words(text: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return, for each expression of several words, its stems and its groups."""
    return tuple(
        (frozenset(stem(word) for word in found.split()), groups)
        for found, groups in expressions(spaced(plain(without_links(text))))
    )


def _is_family(one: str, other: str) -> bool:
    if one[:COMMON_START] != other[:COMMON_START] or one.endswith(_DOERS) != other.endswith(_DOERS):
        return False
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= START_SHARE * max(len(one), len(other))
