"""Reference numbers: what a visitor notes down to find her question again."""

import secrets
from collections.abc import Sequence
from typing import NewType

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


def draw_reference() -> Reference:
    """Return a number that nobody can foresee."""
    drawn = [secrets.randbelow(len(ALPHABET)) for _ in range(DRAWN_LENGTH)]
    return Reference("".join(ALPHABET[value] for value in (*drawn, _check_value(drawn))))


def read_reference(text: str) -> Reference | None:
    """Return what somebody typed as a number, whatever its case and hyphens; None when it cannot be one."""
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
