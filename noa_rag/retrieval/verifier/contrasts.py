"""Words that exclude each other: a question about one of them is not answered by an entry about another."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from noa_rag.french.words import fold

VOCABULARY: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("contrasts.toml").read_text(encoding="utf-8")
)
GROUPS = tuple(VOCABULARY)
_COMPILED = {
    group: {value: re.compile(rf"\b(?:{'|'.join(ways)})\b") for value, ways in values.items()}
    for group, values in VOCABULARY.items()
}
_APART = re.compile(r"[^a-z0-9.-]+")


@lru_cache(maxsize=8_192)  # entries' texts, and questions: 3 KB each at most
def named(text: str) -> Mapping[str, frozenset[str]]:
    """Return the values that a text names, by group; groups it names nothing of are left out."""
    plain = _APART.sub(" ", fold(text))
    found = {
        group: frozenset(value for value, pattern in values.items() if pattern.search(plain))
        for group, values in _COMPILED.items()
    }
    return {group: values for group, values in found.items() if values}
