"""Foreign countries that a question is about, and texts that are about what crosses a border."""

import re
from functools import cache

from babel import Locale

from noa_rag.french.words import fold

# Places with a code of their own where French law holds, or most of it, and groups of countries.
_NOT_FOREIGN = {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF", "EU", "EZ", "UN"}
_AS_PEOPLE_SAY = ("angleterre", "ecosse", "grande bretagne", "dubai", "etats unis", "usa", "uk", "england")
# Behind one of these a name is a place: "en Chine", "au Maroc", "in Ireland"; "jersey", "chili" and "Maurice" alone are
# something else.
_BEFORE = ["a", "au", "aux", "d", "de", "depuis", "des", "du", "en", "pour", "vers", "from", "in", "to"]
_ABROAD = re.compile(
    r"etrang|internation|europe|\bue\b|\beu\b|\bexport|\bimport|\bpays\b|frontier|douan|customs|abroad|foreign|expatri"
    r"|detach|non resident|overseas|countr|hors de france"
)


def names_a_foreign_country(text: str) -> bool:
    """Return whether a text in French or English is about another country: "ouvrir une boîte au Maroc"."""
    return _named().search(_plain(text)) is not None


def is_about_abroad(*texts: str) -> bool:
    """Return whether one of the texts is about countries, borders or foreigners at all."""
    return any(_ABROAD.search(_plain(text)) for text in texts)


@cache
def _named() -> re.Pattern[str]:
    names = {
        _plain(name)
        for language in ("fr", "en")
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code not in _NOT_FOREIGN
    }
    longest_first = sorted(names.union(_AS_PEOPLE_SAY), key=lambda name: (-len(name), name))
    return re.compile(rf"\b(?:{'|'.join(_BEFORE)}) (?:l |la |le |les |the )?(?:{'|'.join(longest_first)})\b")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))
