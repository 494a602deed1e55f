"""What a visitor asks, what Noa understood of it, and the reference number under which she finds it again."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from noa_rag.domain.entry import Audience
from noa_rag.domain.regions import Place

Reference = NewType("Reference", str)
"""Twelve signs of `ALPHABET` without hyphens, the last of which checks the others."""

# Digits and consonants that are hardly taken for one another in print or over the telephone; without vowels no word
# arises. As 23 is a prime, one check sign finds every single wrong sign and every two that changed places.
ALPHABET = "23456789BCDFGHJKMPRTVWX"
# Eleven drawn signs are 23 ** 11 possibilities, 49.8 bits. With a hundred thousand numbers given out and a hundred
# guesses a second, the first hit takes some three years: wrong guesses need no limit, and so no addresses are kept.
DRAWN_LENGTH = 11
LENGTH = DRAWN_LENGTH + 1
GROUP_LENGTH = 4
_READ_AS = str.maketrans({"S": "5", "Z": "2", "N": "M", "U": "V"})  # what people write for a sign they misread
_BETWEEN = str.maketrans("", "", " -._/\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{EN DASH}\N{EM DASH}")


class Mode(StrEnum):
    """Strict shows the approved text; assisted lets a local model rephrase it."""

    STRICT = "strict"
    ASSISTED = "assisted"


class Language(StrEnum):
    """The languages of the pages and of what is said around an entry."""

    FRENCH = "fr"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as it comes in: `text` is what was typed, the rest is what the caller knows.

    `language` None means "find out from the words"; `as_of` None means today in Europe/Paris.
    """

    text: str
    region: str | None = None
    audience: Audience | None = None
    language: Language | None = None
    as_of: date | None = None
    mode: Mode = Mode.STRICT
    conversation_id: str | None = None
    site: str | None = None
    earlier: tuple[str, ...] = ()
    """What the visitor asked before, oldest first, where it is the caller who keeps the conversation."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question once read: `text` has personal data masked, `normalised` is what is searched.

    `placeless` is that without the places it names, empty where it names none or is about nothing else. `region` and
    `audience` are what the question names, else what the visitor or her site chose.
    """

    text: str
    normalised: str
    language: Language
    as_of: date
    region: str | None = None
    audience: Audience | None = None
    placeless: str = ""
    between: tuple[Place, ...] = ()
    """The places that the one named may be, where that is not sure and the visitor chose no region."""


def draw_reference() -> Reference:
    """Return a number that nobody can foresee."""
    drawn = [secrets.randbelow(len(ALPHABET)) for _ in range(DRAWN_LENGTH)]
    return Reference("".join(ALPHABET[value] for value in (*drawn, _check_value(drawn))))


def read_reference(text: str) -> Reference | None:
    """Return the reference number that somebody typed, in any case and with any hyphens; None when it cannot be one."""
    signs = text.strip().translate(_BETWEEN).upper().translate(_READ_AS)
    if len(signs) != LENGTH or any(sign not in ALPHABET for sign in signs):
        return None
    values = [ALPHABET.index(sign) for sign in signs]
    return Reference(signs) if values[-1] == _check_value(values[:-1]) else None


def shown_reference(reference: Reference) -> str:
    """Return a number as people read it: three groups of four."""
    return "-".join(reference[start : start + GROUP_LENGTH] for start in range(0, LENGTH, GROUP_LENGTH))


def _check_value(values: Sequence[int]) -> int:
    """Return the sum of the signs, each times its place, modulo their number: a prime beyond the last place."""
    return sum(place * value for place, value in enumerate(values, start=1)) % len(ALPHABET)
