"""Foreign countries that a question is about, whose law it asks for, and texts about what crosses a border."""

import re
from functools import cache

from babel import Locale
from babel.core import get_global

from noa_rag.french.words import fold

# Places with a code of their own where French law holds, or most of it, and groups of countries.
_NOT_FOREIGN = {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF", "EU", "EZ", "UN"}
_AS_PEOPLE_SAY = (
    "angleterre", "ecosse", "grande bretagne", "etats unis", "usa", "uk", "england", "quebec", "geneve", "lausanne",
    "montreal", "barcelone", "milan", "munich", "francfort", "marrakech", "miami",
)  # fmt: skip
# Towns, or words, of France as well: "à l'oral", "à Vienne".
_ALSO_FRENCH = {"vienne", "grenade", "regina", "oral", "canton", "muscat", "detroit", "wake", "gmt", "utc"}
# Behind one of these a name is a place: "en Chine", "au Maroc", "in Ireland"; "jersey", "chili" and "Maurice" alone are
# something else.
_BEFORE = ["a", "au", "aux", "d", "de", "depuis", "des", "du", "en", "pour", "vers", "from", "in", "to"]
_WHERE = ["a", "au", "aux", "en", "in"]  # where something is done; "du Maroc" says where it comes from
# What is done, or owed, under the law of the country where it is.
_UNDER_ITS_LAW = re.compile(
    r"\b(?:ouvr\w*|cre+r|cree|creation|mont(?:er|e)|lanc(?:er|e)|immatricul\w*|constitu\w*|fonder|install\w*|deven\w*"
    r"|implant\w*|recrut\w*|embauch\w*|licenci\w*|rachet\w*|reprendre|auto entrepreneur|micro entreprise|smic|bail"
    r"|aides?|salaire minimum|conges?|impots?|taux|tva|charges|cotisations|taxes?|fonds de commerce|chomage|retraite"
    r"|holding|set up|open(?:ing)?|start|register|registration|incorporat\w*|found|hire|fire|dismiss|(?:tax|vat) rate"
    r"|minimum wage|(?:vacation|holiday)s?|taxed|company tax)\b"
)
# What crosses the border, or brings the question back to France.
_CROSSES = re.compile(
    r"export|import|expedi|livr|envoi|envoy|detach|douan|customs|frontiere|colis|marchandise|client|acheteu|fourniss|vend"
    r"|\bvent|factur|marque|brevet|proteg|trademark|patent|\bsell|\bship|\bsend|customer|buyer|supplier|goods|parcel"
    r"|\bfranc|\bfrench|\bici\b|\bhere\b|succursale|filiale|je vis|j habite|i live|diplome|diploma|mission|chantier"
    r"|salon a\b|fair\b|je pars|partir|louee?s?\b|\bvenir|reven|rentr|arriv|retour|visa|permit\b|consulat|volontaria"
    r"|chez nous|brexit|commandes?\b"
)
_ABROAD = re.compile(
    r"etrang|internation|europe|\bue\b|\beu\b|\bexport|\bimport|\bpays\b|frontier|douan|customs|abroad|foreign|expatri"
    r"|detach|non resident|overseas|countr|hors de france"
)


def names_a_foreign_country(text: str) -> bool:
    """Return whether a text in French or English is about another country: "ouvrir une boîte au Maroc"."""
    return _named(*_BEFORE).search(_plain(text)) is not None


def asks_foreign_law(text: str) -> bool:
    """Return whether a text asks what holds in another country: "ouvrir une boîte au Maroc", "taux de TVA en Espagne".

    What is sold, sent or brought across the border, and what somebody who lives elsewhere does in France, is another
    matter.
    """
    plain = _plain(text)
    return bool(_named(*_WHERE).search(plain) and _UNDER_ITS_LAW.search(plain)) and not _CROSSES.search(plain)


def is_about_abroad(*texts: str) -> bool:
    """Return whether one of the texts is about countries, borders or foreigners at all."""
    return any(_ABROAD.search(_plain(text)) for text in texts)


@cache
def _named(*before: str) -> re.Pattern[str]:
    names = {*_AS_PEOPLE_SAY}
    for language in ("fr", "en"):
        locale = Locale(language)
        names |= {_plain(name) for code, name in locale.territories.items() if _is_foreign(code)}
        names |= {
            _plain(locale.time_zones.get(zone, {}).get("city") or zone.rsplit("/", 1)[-1])
            for zone, code in get_global("zone_territories").items()
            if _is_foreign(code)
        }
    longest_first = sorted(names - _ALSO_FRENCH, key=lambda name: (-len(name), name))
    return re.compile(rf"\b(?:{'|'.join(before)}) (?:l |la |le |les |the )?(?:{'|'.join(longest_first)})\b")


def _is_foreign(code: str) -> bool:
    return len(code) == 2 and code not in _NOT_FOREIGN


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))
