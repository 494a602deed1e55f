"""Whether a question asks for a whole field ("quelles aides…"), and how near an entry is to that field."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from pathlib import Path

from noa_rag.answering.conversation.words import DOINGS, content_words, plain
from noa_rag.answering.thresholds import LONGEST_BROAD, SHORT_BROAD, SUBJECT_LIMIT
from noa_rag.domain.entry import EntryContent

_SEVERAL = (
    r"(?:quelles|quels|toutes? les?|tous les|liste des?|ensemble des|(?:les )?differente?s|what|which|all the|all)"
)
# A logistic model on 13 broad questions written for it; each left out in turn, four entries held three right ones in
# 12 of them.
WEIGHTS: Mapping[str, float] = {
    "gap": -0.06,
    "gap_besides": -0.12,
    "found_besides": 0.5,
    "is_of_kind": 1.1,
    "is_related": 2.0,
    "same_theme": 2.0,
    "dense_question": 0.6,
}
INTERCEPT = -2.45
AIDS, ANY_KIND = "aids", "others"
# Ways of asking for a whole field that name no kind of thing: what they stand for comes first.
_WHOLE = {
    "steps": re.compile(
        r"\b(?:par ou commencer|que faut il (?:faire|prevoir|savoir|avoir)"
        r"|que (?:dois je|doit on) (?:faire|prevoir|savoir)"
        r"|quoi (?:faire|prevoir)|tout (?:savoir )?(?:sur|ce qu)|comment (?:ouvrir|lancer|monter|demarrer)"
        r"|je (?:veux|voudrais|souhaite|vais|compte) (?:ouvrir|lancer|monter)|j (?:ouvre|aimerais ouvrir)"
        r"|everything (?:about|i need)|where (?:do|should) i start|what do i need (?:to|for)"
        r"|how (?:do|can) i (?:open|start))\b"
    ),
    "aids": re.compile(
        r"\b(?:comment (?:se faire aider|financer|etre aidee?|trouver (?:de l )?(?:argent|des fonds|un financement))"
        r"|a quoi ai je droit|how (?:do|can) i (?:fund|finance))\b"
    ),
}


@dataclass(frozen=True, slots=True)
class AskedField:
    """What a broad question asks for: the kind of thing, its subject in words, and what to search besides."""

    kind: str
    subject: str
    searches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    asked: re.Pattern[str]
    held: re.Pattern[str] | None
    searches: tuple[str, ...]


def field_of(question: str) -> AskedField | None:
    """Return the field that a question asks for as a whole, None for a question about one thing."""
    words = plain(question)
    if len(words.split()) > LONGEST_BROAD:
        return None
    for name, kind in _KINDS.items():
        found = kind.asked.search(words) or (name in _WHOLE and _WHOLE[name].search(words))
        if found and name == ANY_KIND and len(words.split()) > SHORT_BROAD:
            return None
        if found:
            subject = [one for one in content_words(_without(name, words)) if one not in DOINGS]
            if len(subject) > SUBJECT_LIMIT:
                return None
            words_of_it = " ".join(subject)
            return AskedField(
                name, words_of_it, tuple(one.format(subject=words_of_it).strip() for one in kind.searches)
            )
    return None


def _without(name: str, words: str) -> str:
    """Return the words without those by which the field was recognised; the noun of any other plural stays."""
    rest = words if name == ANY_KIND else _KINDS[name].asked.sub(" ", words)
    return _WHOLE[name].sub(" ", rest) if name in _WHOLE else rest


def nearness(figures: Mapping[str, float]) -> float:
    """Return the probability, 0 to 1, that an entry concerns a field, by the figures that `WEIGHTS` names."""
    return 1 / (1 + exp(-INTERCEPT - sum(weight * figures[name] for name, weight in WEIGHTS.items())))


def is_of_kind(field: AskedField, content: EntryContent) -> bool:
    """Whether an entry's own questions name the kind of thing that is asked for; true of every entry for some kinds."""
    held = _KINDS[field.kind].held
    return held is None or bool(held.search(plain(content.question)))


@lru_cache(maxsize=1)
def _read() -> Mapping[str, _Kind]:
    rows = tomllib.loads(Path(__file__).with_name("breadth.toml").read_text(encoding="utf-8"))
    return {
        name: _Kind(
            re.compile(rf"\b{_SEVERAL} (?:[a-z0-9]+ ){{0,3}}?(?:{row['asked']})\b"),
            re.compile(rf"\b(?:{row['held']})") if row["held"] else None,
            tuple(row["searches"]),
        )
        for name, row in rows.items()
    }


_KINDS = _read()
