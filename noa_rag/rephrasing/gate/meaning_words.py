"""The words of a text that carry meaning, each with what may stand for it, from tables that the checks share."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.plain_text import folded_words, plain, stem, without_links

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


def table(name: str) -> Mapping[str, Any]:
    """Return a table of words as it is in its file."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


_LEXICON = table("lexicon.toml")
_SYNONYMS = table("synonyms.toml")


def spaced(text: str) -> str:
    """Return a text as patterns read it: folded words with single spaces between them."""
    return " ".join(folded_words(_SINCE.sub("dess", text)))


_SINCE = re.compile(r"\bdès\b", re.IGNORECASE)  # folded, it would be the article "des"


def patterns(section: str) -> Mapping[str, re.Pattern[str]]:
    """Return the patterns of a section by class, over `spaced` text."""
    return {name: re.compile(rf"\b(?:{'|'.join(ways)})(?!\w)") for name, ways in _LEXICON[section].items()}


FUNCTION_WORDS = frozenset(folded_words(_LEXICON["function"]))
TELLING_FUNCTION_WORDS = frozenset(folded_words(_LEXICON["telling_function"]))
LIGHT_STEMS = frozenset(stem(word) for word in folded_words(_LEXICON["light"]))
LIGHT_EXPRESSION = re.compile(rf"\b(?:{'|'.join(_LEXICON['light_expressions'])})(?!\w)")
GAINS = frozenset(stem(word) for word in folded_words(_LEXICON["gains"]))
PROMISES = frozenset(folded_words(_LEXICON["promises"]))
OPPOSITES = tuple(
    (side, frozenset(word for other in sides if other is not side for word in other))
    for sides in (
        [frozenset(stem(word) for word in folded_words(side)) for side in pair] for pair in _SYNONYMS["opposites"]
    )
    for side in sides
)
"""Each side of a pair of opposites with what stands against it."""


@cache
def _groups() -> tuple[Mapping[str, frozenset[str]], Mapping[str, str]]:
    """Return the groups of each stem, and of each expression of several words."""
    by_stem: dict[str, set[str]] = defaultdict(set)
    by_expression: dict[str, set[str]] = defaultdict(set)
    for number, line in enumerate((*_SYNONYMS["groups"], *_names())):
        for way in line.split(","):
            words = spaced(way).split()
            if len(words) == 1:
                by_stem[stem(words[0])].add(f"#{number}")
            else:
                by_expression[_stemmed(words)].add(f"#{number}")
    return {key: frozenset(groups) for key, groups in by_stem.items()}, {
        key: " ".join(sorted(groups)) for key, groups in by_expression.items()
    }


def _names() -> list[str]:
    """Return the ways in which each body and scheme is written: one may be put for the other."""
    bodies = table("bodies.toml")
    return [", ".join(ways) for ways in (*bodies["bodies"], *bodies["schemes"]) if len(ways) > 1]


def _stemmed(words: Iterable[str]) -> str:
    return " ".join(stem(word) for word in words)


def groups_of(stemmed: str) -> frozenset[str]:
    """Return the groups of synonyms that a stem belongs to."""
    return _groups()[0].get(stemmed, frozenset())


@cache
def _expression() -> re.Pattern[str]:
    longest_first = sorted(_groups()[1], key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


@lru_cache(maxsize=8_192)
def expressions(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the expressions of several words found in a `spaced` text, as written there, with their groups.

    They are compared by stems: "ne coûtent rien" is "ne coûte rien".
    """
    words = text.split()
    stems = [stem(word) for word in words]
    found = []
    for match in _expression().finditer(" ".join(stems)):
        first = len(match.string[: match.start()].split())
        shown = " ".join(words[first : first + len(match[0].split())])
        found.append((shown, frozenset(_groups()[1][match[0]].split())))
    return tuple(found)
