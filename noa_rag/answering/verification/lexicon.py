"""The tables of words that the checks share, read once from the files beside this one."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from noa_rag.answering.verification.plain_text import folded_words, stem


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
LIGHT_STEMS = frozenset(stem(word) for word in folded_words(_LEXICON["light"]))
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
    for number, line in enumerate(_SYNONYMS["groups"]):
        for way in line.split(","):
            words = spaced(way).split()
            if len(words) == 1:
                by_stem[stem(words[0])].add(f"#{number}")
            else:
                by_expression[" ".join(words)].add(f"#{number}")
    return {key: frozenset(groups) for key, groups in by_stem.items()}, {
        key: " ".join(sorted(groups)) for key, groups in by_expression.items()
    }


def groups_of(stemmed: str) -> frozenset[str]:
    """Return the groups of synonyms that a stem belongs to."""
    return _groups()[0].get(stemmed, frozenset())


@cache
def _expression() -> re.Pattern[str]:
    longest_first = sorted(_groups()[1], key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")


def expressions(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the expressions of several words found in a `spaced` text, with their groups."""
    return tuple((found, frozenset(_groups()[1][found].split())) for found in _expression().findall(text))
