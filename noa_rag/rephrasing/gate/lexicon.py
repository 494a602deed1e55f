"""The tables of words that the checks share, read once from the files beside this one."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from noa_rag.rephrasing.gate.plain_text import folded_words, stem


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
