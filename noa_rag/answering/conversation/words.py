"""The words of a question that say what it is about, and the kinds of thing that it asks for."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from noa_rag.french.words import fold

VOCABULARY: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
STEM_LENGTH = 5  # letters that two forms of a French word nearly always share
SHORTEST_STEM = 3

_WORD = re.compile(r"[a-z0-9]+")
_EMPTY = frozenset(word for group in VOCABULARY["empty"].values() for word in group)
DOINGS = frozenset(word for group in VOCABULARY["doings"].values() for word in group)
_ASPECTS = {kind: re.compile(rf"\b(?:{'|'.join(ways)})\b") for kind, ways in VOCABULARY["aspects"].items()}


def content_words(text: str) -> tuple[str, ...]:
    """Return the folded words that carry a subject of their own, in order."""
    without_aspects = plain(text)
    for pattern in _ASPECTS.values():
        without_aspects = pattern.sub(" ", without_aspects)
    return tuple(word for word in _WORD.findall(without_aspects) if len(word) >= SHORTEST_STEM and word not in _EMPTY)


def names_a_subject(word: str) -> bool:
    """Whether a folded word is none of those that any question may hold."""
    return word not in _EMPTY


@lru_cache(maxsize=4_096)  # entries' questions, and those of visitors: some 10 KB each at most
def stems(text: str) -> frozenset[str]:
    """Return the beginnings of the content words, by which forms of one word are recognised."""
    return frozenset(word[:STEM_LENGTH] for word in content_words(text))


@lru_cache(maxsize=4_096)  # the same texts, 2 KB each at most
def aspects(text: str) -> frozenset[str]:
    """Return the kinds of thing that a text asks for: a figure, a moment, a duration, a place."""
    folded = plain(text)
    return frozenset(kind for kind, pattern in _ASPECTS.items() if pattern.search(folded))


def plain(text: str) -> str:
    """Return the text without accents, capitals and signs, which only words are compared in."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(text)).split())
