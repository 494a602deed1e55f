"""Recognises a message that only asks to reach somebody, and whom it names; and one that asks who answers here.

Whoever cannot sign in needs somebody too: no entry gives back a password, or mends a site.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from noa_rag.french.courtesies import LISTS, SMALL_TALK_WORDS, plain_spelling
from noa_rag.french.language import ENGLISH_WORDS
from noa_rag.french.words import STOP_WORDS, plain

_REACHING, _WAYS, _BESIDE = (frozenset(LISTS[name].split()) for name in ("reaching_somebody", "ways_to", "beside"))
_HOW_ONE_IS = {"bien", "mal", "vais"}  # "un humain, je vais pas bien" asks for more than a telephone number
_ANY = (_REACHING | _WAYS | _BESIDE | SMALL_TALK_WORDS | STOP_WORDS | ENGLISH_WORDS) - _HOW_ONE_IS
_SIGNING_IN, _BESIDE_IT = (frozenset(LISTS[name].split()) for name in ("signing_in", "beside_signing_in"))
_UNDERSTANDING, _NOT = frozenset(LISTS["understanding"].split()), frozenset(("pas", "rien", "mal", "not", "don", "t"))
_ONE_WORD = (
    (re.compile(r"\bmots? de passe\b"), "mdp"),
    (re.compile(r"\b(?:log|logg|sign)(?:ing)? in(?:to)?\b"), "login"),
)
_MACHINES, _PEOPLE, _WHO_WORDS = (frozenset(LISTS[name].split()) for name in ("machines", "people", "who_words"))
_YOU = re.compile(
    r"\b(?:es tu|t es|tes|tu es|etes vous|vous etes|c est|est ce (?:que )?(?:un|une)|je parle (?:a|avec)"
    r"|are you|is (?:this|it|there)|(?:talking|speaking) to|derriere ce|behind this)\b"
)
_WHO_ANSWERS = re.compile(r"\b(?:qui (?:me |nous )?(?:repond|ecrit)|who (?:answers|replies|writes))\b")
Key = TypeVar("Key")


def asks_for_person(text: str) -> bool:
    """Return whether a message holds a wish to reach somebody, and nothing else that could be searched.

    A way to reach ("téléphone") is one only beside another: it may be what the question is about.
    """
    said = set(_plain(text).split())
    is_wish = said <= _ANY and (not said.isdisjoint(_REACHING) or len(said & _WAYS) > 1)
    return is_wish or _cannot_sign_in(said)


def asks_what_is_meant(text: str) -> bool:
    """Return whether a message only says that something was not understood, and not that nothing is any more."""
    said = set(_plain(text).split())
    is_known = said <= _ANY | _UNDERSTANDING | _NOT and "plus" not in said
    return is_known and not said.isdisjoint(_UNDERSTANDING) and not said.isdisjoint(_NOT)


def _cannot_sign_in(said: set[str]) -> bool:
    return said <= _ANY | _SIGNING_IN | _BESIDE_IT and not said.isdisjoint(_SIGNING_IN)


def asks_for(text: str, names: Mapping[str, Key]) -> Key | None:
    """Return who a message only asks to reach, given plain names (`plain_names`); None where it asks anything else."""
    said = f" {_plain(text)} "
    longest = max((name for name in names if f" {name} " in said), key=len, default=None)
    if longest is None:
        return None
    rest = set(said.replace(f" {longest} ", " ").split())
    is_wish = rest <= _ANY and not rest.isdisjoint(_REACHING | _WAYS)
    return names[longest] if is_wish or _cannot_sign_in(rest) else None


def asks_who_answers(text: str) -> bool:
    """Return whether a message only asks if a machine or a person answers: "es-tu un robot ?", "qui répond ?"."""
    said = _plain(text)
    words = set(said.split())
    if not words <= _ANY | _MACHINES | _WHO_WORDS:
        return False
    return bool(_WHO_ANSWERS.search(said) or (_YOU.search(said) and not words.isdisjoint(_MACHINES | _PEOPLE)))


def names_a_machine(text: str) -> bool:
    return not _MACHINES.isdisjoint(_plain(text).split())


@lru_cache(maxsize=1_000)
def plain_names(*names: str) -> tuple[str, ...]:
    """Return names as they are looked for: in plain letters, also without what stands in brackets, and that alone."""
    spellings = []
    for name in names:
        spellings += [plain(name), plain(re.sub(r"\([^)]*\)", "", name)), *map(plain, re.findall(r"\(([^)]*)\)", name))]
    return tuple(dict.fromkeys(filter(None, spellings)))


def _plain(text: str) -> str:
    said = plain(plain_spelling(text.replace("’", "'")))
    for pattern, word in _ONE_WORD:
        said = pattern.sub(word, said)
    return said
