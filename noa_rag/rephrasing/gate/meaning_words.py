"""The words of a text that carry meaning, each with what may stand for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.lexicon import (
    FUNCTION_WORDS,
    LIGHT_EXPRESSION,
    LIGHT_STEMS,
    TELLING_FUNCTION_WORDS,
    expressions,
    groups_of,
    spaced,
)
from noa_rag.rephrasing.gate.plain_text import plain, stem, without_links

COMMON_START = 5  # letters that words of one family share: "exonérer", "exonération"
SHORT_ROOT = 4  # letters of a root that whole words of one family share: "signer", "signataire"
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
        return word.stem in self.stems or bool(word.groups & self.groups) or self.has_family(word)

    def has_family(self, word: Word) -> bool:
        """Tell whether the text has a word of the same root: "volontaire" and "volontariat"."""
        if (root := _root(word.stem)) and any(root == _root(other) for other in self.stems):
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
    """Return the words of a text that carry meaning; numbers, links and function words are looked at elsewhere.

    A word in an expression ("à jour") stands for the whole of it as well: "en règle" may be put for it.
    """
    bare = spaced(with_digits(plain(without_links(text))))
    found = expressions(bare)
    spoken = LIGHT_EXPRESSION.sub(" ", bare).split()
    words = tuple(
        Word(word, stemmed, groups_of(stemmed) | _of_expressions(word, found))
        for word in spoken
        if word not in FUNCTION_WORDS and not word[0].isdigit() and len(word) > 1
        for stemmed in (stem(word),)
    )
    telling = {group for word in TELLING_FUNCTION_WORDS.intersection(spoken) for group in groups_of(stem(word))}
    groups = {group for word in words for group in word.groups} | {group for _, some in found for group in some}
    return Meaning(words, frozenset(word.stem for word in words), frozenset(groups | telling))


def _of_expressions(word: str, found: Sequence[tuple[str, frozenset[str]]]) -> frozenset[str]:
    return frozenset(group for expression, groups in found if word in expression.split() for group in groups)


@lru_cache(maxsize=4_096)
def expression_words(text: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return, for each expression of several words, its stems and its groups."""
    return tuple(
        (frozenset(stem(word) for word in found.split()), groups)
        for found, groups in expressions(spaced(plain(without_links(text))))
    )


_ENDINGS = re.compile(
    r"(?:ification|isation|ataire|ation|ition|ateur|atric|ement|ment|ance|ence|able|ible|ante?|ente?|age|ure|aire|atair|iste?|ie|if|iv|el|ell"
    r"|er|ir|re|ez|on|it|is|i|e)$"
)


@lru_cache(maxsize=20_000)
def _root(stemmed: str) -> str:
    """Return what is left of a stem without its endings ("sign" of "signatair"); "" where that is too short to tell."""
    if stemmed.endswith(_DOERS):
        return ""
    root = _ENDINGS.sub("", stemmed)
    return root if len(root) >= SHORT_ROOT else ""


def _is_family(one: str, other: str) -> bool:
    if one[:COMMON_START] != other[:COMMON_START] or one.endswith(_DOERS) != other.endswith(_DOERS):
        return False
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= START_SHARE * max(len(one), len(other))
