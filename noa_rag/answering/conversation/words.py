"""The words of a question that say what it is about, and those of an entry that say what it holds."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from noa_rag.domain.entry import EntryContent, official_text
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
KEPT = 2_048  # entries; a few kilobytes each


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


def share(own: frozenset[str], words: frozenset[str]) -> float:
    """Return which share of one's words stands among others, 0 for none of them or none at all."""
    return len(own & words) / len(own) if own else 0.0


_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_NUMBERS = r"\d+|deux|trois|quatre|cinq|six|dix|douze|quinze"
GIVEN = {
    "figure": re.compile(r"\d\s?(?:€|%|euros?\b)|\bgratuit"),
    "moment": re.compile(rf"\b\d{{1,2}}(?:er)? (?:{_MONTHS})\b|\bavant\b|au plus tard|\d+ jours"),
    "duration": re.compile(rf"\b(?:{_NUMBERS}) (?:jours?|mois|ans?|semaines?|heures?)\b"),
}


@lru_cache(maxsize=KEPT)
def given(content: EntryContent) -> frozenset[str]:
    """Return which of the things that a question may ask for an entry's text gives."""
    text = " ".join((official_text(content), *(one.text for one in content.sections)))
    return frozenset(kind for kind, pattern in GIVEN.items() if pattern.search(text))


@lru_cache(maxsize=KEPT)
def words_of_questions(content: EntryContent) -> frozenset[str]:
    """Return the stems of an entry's question and alternate questions."""
    return stems(" ".join((content.question, *(one.text for one in content.alternate_questions))))


@lru_cache(maxsize=KEPT)
def words_of_text(content: EntryContent) -> frozenset[str]:
    """Return the stems of all that an entry says, its questions included."""
    parts = (official_text(content), *(f"{one.heading} {one.text}" for one in content.sections))
    return words_of_questions(content) | stems(" ".join(parts))
