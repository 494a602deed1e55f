"""The words of a text that carry meaning, by their stems, from tables that the checks share."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
    """A word with its stem."""

    text: str
    stem: str

    @property
    def is_light(self) -> bool:
        """Whether it is so general that it adds no claim."""
        return self.stem in LIGHT_STEMS


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text says, as far as its words tell."""

    words: tuple[Word, ...]
    stems: frozenset[str]

    def has(self, word: Word) -> bool:
        """Tell whether the text has the word or one of the same root: "volontaire" and "volontariat"."""
        root = _root(word.stem)
        if word.stem in self.stems or (root and any(root == _root(other) for other in self.stems)):
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
    words = tuple(
        Word(word, stem(word))
        for word in LIGHT_EXPRESSION.sub(" ", bare(text)).split()
        if word not in FUNCTION_WORDS and not word[0].isdigit() and len(word) > 1
    )
    return Meaning(words, frozenset(word.stem for word in words))


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


def _is_family(word: str, other: str) -> bool:
    if word[:COMMON_START] != other[:COMMON_START] or word.endswith(_DOERS) != other.endswith(_DOERS):
        return False
    shared = next(
        (at for at, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other))
    )
    return shared >= START_SHARE * max(len(word), len(other))


def table(name: str) -> Mapping[str, Any]:
    """Return a table of words as it is in its file."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


_LEXICON = table("lexicon.toml")


def spaced(text: str) -> str:
    """Return a text as patterns read it: folded words with single spaces between them."""
    return " ".join(folded_words(_SINCE.sub("dess", text)))


_SINCE = re.compile(r"\bdès\b", re.IGNORECASE)  # folded, it would be the article "des"


def bare(text: str) -> str:
    """Return a text as patterns read it, without Markdown and addresses, its numbers in digits."""
    return spaced(with_digits(plain(without_links(text))))


def patterns(section: str) -> Mapping[str, re.Pattern[str]]:
    """Return the patterns of a section by class, over `spaced` text."""
    return {name: re.compile(rf"\b(?:{'|'.join(ways)})(?!\w)") for name, ways in _LEXICON[section].items()}


FUNCTION_WORDS = frozenset(folded_words(_LEXICON["function"]))
LIGHT_STEMS = frozenset(stem(word) for word in folded_words(_LEXICON["light"]))
LIGHT_EXPRESSION = re.compile(rf"\b(?:{'|'.join(_LEXICON['light_expressions'])})(?!\w)")
