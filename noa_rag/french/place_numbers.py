"""Places named by number: départements ("dans le 69", "le 93") and postal codes ("35000 Rennes", "cp 29200")."""

import re
from dataclasses import dataclass

from noa_rag.domain.regions import REGIONS
from noa_rag.french.known_places import DEPARTEMENTS
from noa_rag.french.place_words import Words

PARIS_ARRONDISSEMENTS = range(10, 21)  # "dans le 11" is said of them too; below ten a département is written "06"
FIRST_SURE = 32  # "le 31" may be a day of the month
_DEPARTEMENT = re.compile(r"\d{2}|2[ab]|97[1-46]")
_POSTAL_CODE = re.compile(r"\d{5}")
# What is counted, or dated, or numbered otherwise, is no place.
_COUNTED = re.compile(
    r"\s*(?:[%€°./:,]\s?\d|[%€°/]|(?:e|er|eme|ème|euros?|jours?|mois|ans?|h|heures?|semaines?|minutes?|km|kg|m2|salari\w*"
    r"|personnes?|janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre|pour"
    r"|rue|avenue|boulevard|bd|bis|ter|place|quai|chemin|\d+)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PlaceNumber:
    """What a number may mean, as pairs of a name and an ISO 3166-2 code, and how many words it takes."""

    places: tuple[tuple[str, str], ...]
    word_count: int = 1


def place_number(words: Words, at: int) -> PlaceNumber | None:
    """Return the place that a word names by number, None when it names none."""
    word = words.folded[at]
    if _POSTAL_CODE.fullmatch(word):
        return _postal_code(words, at)
    place = _named(word) if _DEPARTEMENT.fullmatch(word) else None
    if place is None or _COUNTED.match(words.text, words.spans[at][1]):
        return None
    before, further = words.before(at), words.before(at, 2)
    is_departement = before == "departement" or (further == "departement" and before in ("du", "n", "numero"))
    if is_departement or (before == "le" and further in ("dans", "sur") and _is_unmistakable(word)):
        return PlaceNumber((place,))
    if before == "le" and further == "dans":
        return PlaceNumber((place, (f"Paris {int(word)}e", "FR-75")))
    if before in ("le", "du") and (len(word) == 3 or int(word) >= FIRST_SURE if word.isdecimal() else True):
        return PlaceNumber((place,))
    return None


def code_of_postal_code(digits: str) -> str | None:
    """Return the code of the département that a postal code begins with, None where there is none."""
    if digits.startswith("20"):
        return "FR-2A" if digits[2] in "01" else "FR-2B"
    found = _named(digits[:3] if digits.startswith("97") else digits[:2])
    return found[1] if found else None


def _postal_code(words: Words, at: int) -> PlaceNumber | None:
    """Return the place of a postal code: one that is called so, or that a capital or brackets tell from an amount."""
    code = code_of_postal_code(words.folded[at])
    if code is None or _COUNTED.match(words.text, words.spans[at][1]):
        return None
    start, end = words.spans[at]
    is_called = words.before(at) in ("cp", "postal") or (words.before(at) == "le" and words.before(at, 2) == "dans")
    is_bracketed = words.text[start - 1 : start] == "(" and words.text[end : end + 1] == ")"
    is_before_name = at + 1 < len(words) and words.typed[at + 1][0].isupper() and words.text[end : end + 1] == " "
    if not (is_called or is_bracketed or is_before_name):
        return None
    return PlaceNumber(((words.folded[at], code),), word_count=2 if is_before_name else 1)


def _named(number: str) -> tuple[str, str] | None:
    code = f"FR-{number.upper()}"
    name = DEPARTEMENTS.get(number.upper()) or REGIONS.get(code)
    return (f"{name} ({number.upper()})", code) if name else None


def _is_unmistakable(number: str) -> bool:
    return not number.isdecimal() or int(number) not in PARIS_ARRONDISSEMENTS
