"""Places that Noa knows by itself, by name and by number, and the words of a question in which places are looked for.

The communes of France come from open data at set-up; without them these are what a question may name. Short names that
people use and no register has ("Évry", "Brive") stay here.
"""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from noa_rag.domain.regions import REGIONS, region_of
from noa_rag.french.words import fold

_KNOWN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
DEPARTEMENTS: dict[str, str] = _KNOWN["departements"]
TOWNS: dict[str, str] = _KNOWN["towns"]
OTHER_NAMES: dict[str, str] = _KNOWN["other_names"]
AMBIGUOUS, ABROAD = _KNOWN["ambiguous"], _KNOWN["abroad"]
PARIS_ARRONDISSEMENTS = range(10, 21)  # "dans le 11" is said of them too; below ten a département is written "06"
FIRST_SURE = 32  # "le 31" may be a day of the month
_DEPARTEMENT = re.compile(r"\d{2}|2[ab]|97[1-46]")
_POSTAL_CODE = re.compile(r"\d{5}")
_ARRONDISSEMENT = re.compile(r"(?:[1-9]|1\d|20)(?:er?|eme)")
# What is counted, or dated, or numbered otherwise, is no place.
_COUNTED = re.compile(
    r"\s*(?:[%€°./:,]\s?\d|[%€°/]|(?:e|er|eme|ème|euros?|jours?|mois|ans?|h|heures?|semaines?|minutes?|km|kg|m2|salari\w*"
    r"|personnes?|janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre|pour"
    r"|rue|avenue|boulevard|bd|bis|ter|place|quai|chemin|\d+)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
ACCENTED_A = "à"  # kept apart: without its accent it is also "has", and an English article ("a nice logo")
_LEADING = "a à au aux en dans de du d sur vers pres in near from of le la l les"
_PREPOSITIONS = f"{_LEADING} region departement dreets drieets cci cma prefecture"
_WEAK = "a de d du des sur vers dans from of"
_ABODE = (
    "base basee bases situe situee installe installee installes implante implantee habite habitons vis vit est suis"
    " sommes travaille bosse ouvre ouvrir"
)
_OF_A_PLACE = "commune ville mairie village bourg suis sommes viens vient venons originaire"
_PREPOSITION_SET, _LEADING_SET, _WEAK_SET, _ABODE_SET, _OF_A_PLACE_SET = (
    frozenset(words.split()) for words in (_PREPOSITIONS, _LEADING, _WEAK, _ABODE, _OF_A_PLACE)
)
FEWEST_LISTED = 1  # words before it: "Lyon" alone may be anything
_ARTICLES = frozenset(("l", "le", "la", "les"))


@dataclass(frozen=True, slots=True)
class PlaceNumber:
    """What a number may mean, as pairs of a name and an ISO 3166-2 code, and how many words it takes."""

    places: tuple[tuple[str, str], ...]
    word_count: int = 1


class Words:
    """A text word by word."""

    def __init__(self, text: str) -> None:
        composed = unicodedata.normalize("NFC", text)
        words = list(_WORD.finditer(composed))
        self.text = composed
        self.spans = [match.span() for match in words]
        self.typed = [match.group() for match in words]
        self.folded = [_folded(word) for word in self.typed]
        letters = [char for char in composed if char.isalpha()]
        self._is_all_capitals = bool(letters) and sum(char.isupper() for char in letters) > 0.7 * len(letters)

    def __len__(self) -> int:
        return len(self.folded)

    def key(self, at: int, length: int) -> str:
        """Return some words as the name that they may be."""
        return " ".join("a" if word == ACCENTED_A else word for word in self.folded[at : at + length])

    def before(self, at: int, distance: int = 1) -> str:
        """Return the word before, empty where there is none, or where a hyphen makes it part of another name."""
        if at < distance or self._is_hyphened(at - distance):
            return ""
        return self.folded[at - distance]

    def preposition_before(self, at: int, first: int) -> int:
        """Return where the prepositions and articles right before a name begin, `first` at the earliest."""
        while at > first and self.before(at) in _LEADING_SET:
            at -= 1
        return at

    def has_capital(self, at: int, length: int) -> bool:
        """Whether a name is typed as one: its first word that is no article has a capital, and not all words have."""
        typed = [typed for typed, word in zip(self._slice(at, length), self.folded[at:], strict=False)
                 if word not in _ARTICLES]  # fmt: skip
        return bool(typed) and typed[0][0].isupper() and not self._is_all_capitals and at > 0

    def is_behind_preposition(self, at: int) -> bool:
        return self.before(at) in _PREPOSITION_SET

    def ends_a_list(self, at: int, length: int) -> bool:
        """Whether a name comes last, after two words or more: keywords usually end with the place."""
        return at + length == len(self) and at >= FEWEST_LISTED

    def is_behind_weak_preposition(self, at: int) -> bool:
        return self.before(at) in _WEAK_SET

    def is_behind_place_preposition(self, at: int, name: str) -> bool:
        """Whether the words before a name make a place of it: "à", "en", "dans le"; "en la" only before Réunion."""
        before, further = self.before(at), self.before(at, 2)
        if before in (ACCENTED_A, "en", "in", "near", "dans", "region", "departement"):
            return True
        if before in ("de", "d") and further == "pres":
            return True
        if before in _ARTICLES and further == "dans":
            return True
        return before == "la" and further in ("en", ACCENTED_A) and name == "reunion"

    def is_located(self, at: int) -> bool:
        """Whether somebody or something is said to be there: "à X", "près de X", "je suis de X", "basée a X"."""
        before, further = self.before(at), self.before(at, 2)
        if before in (ACCENTED_A, "au", "aux", "habite", "habitons", "commune"):
            return True
        if before in ("in", "near"):
            return self.typed[at][0].isupper()
        if before in ("de", "d", "du", "des"):
            return further in _OF_A_PLACE_SET or further == "pres"
        return before == "a" and further in _ABODE_SET

    def is_idiom(self, at: int, name: str) -> bool:
        return name in ("somme", "lot") and self.before(at) == "en"

    def _is_hyphened(self, at: int) -> bool:
        """Whether a hyphen joins a word to one beside it: the "sur" of "Champigny-sur-Marne" is no preposition."""
        start, end = self.spans[at]
        return self.text[start - 1 : start] == "-" or self.text[end : end + 1] == "-"

    def _slice(self, at: int, length: int) -> list[str]:
        return self.typed[at : at + length]


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


def is_number_of(words: Words, at: int, regions: Collection[str]) -> bool:
    """Whether a word numbers the place of these regions before it: "Haut-Rhin (68)", "Lyon 69003", "Paris 11e"."""
    if at >= len(words) or _COUNTED.match(words.text, words.spans[at][1]):
        return False
    word = words.folded[at]
    if _ARRONDISSEMENT.fullmatch(word):
        return True
    named = _named(word) if _DEPARTEMENT.fullmatch(word) else None
    code = code_of_postal_code(word) if _POSTAL_CODE.fullmatch(word) else named and named[1]
    return code is not None and region_of(code) in regions


def code_of_postal_code(digits: str) -> str | None:
    """Return the code of the département that a postal code begins with, None where there is none."""
    if digits.startswith("20"):
        return "FR-2A" if digits[2] in "01" else "FR-2B"
    place = _named(digits[:3] if digits.startswith("97") else digits[:2])
    return place[1] if place else None


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


def names_of_regions(codes: Iterable[str]) -> str:
    """Return régions and départements by their names, in the order of their codes: "Île-de-France, Rhône"."""
    return ", ".join(REGIONS.get(code) or DEPARTEMENTS.get(code.removeprefix("FR-")[:2], code) for code in codes)


def _is_unmistakable(number: str) -> bool:
    return not number.isdecimal() or int(number) not in PARIS_ARRONDISSEMENTS


def fold_name(name: str) -> str:
    """Return a name as `Words.key` has it: without case, accents, hyphens and apostrophes."""
    words = Words(name)
    return words.key(0, len(words))


def _folded(word: str) -> str:
    return ACCENTED_A if word.casefold() == ACCENTED_A else fold(word)
