"""What stands around a number: its unit, its qualifiers, and its bound, such as "at most"."""

import re
from enum import StrEnum
from functools import lru_cache

from noa_rag.french.words import fold
from noa_rag.rephrasing.gate.plain_text import stem


class Bound(StrEnum):
    """How a text bounds a value (at most, from …); the ends of a range may be told as limits."""

    NONE = ""
    AT_LEAST = "at least"
    MORE = "more than"
    AT_MOST = "at most"
    WITHIN = "within"
    LESS = "less than"
    ABOUT = "about"
    FROM = "from"
    TO = "to"


_TIME_WORDS = {
    "jour": "jour", "jours": "jour", "j": "jour", "journée": "jour", "journées": "jour", "semaine": "semaine",
    "semaines": "semaine", "mois": "mois", "an": "an", "ans": "an", "année": "an", "années": "an", "heure": "heure",
    "heures": "heure", "h": "heure", "minute": "minute", "minutes": "minute", "min": "minute", "trimestre": "trimestre",
    "trimestres": "trimestre", "semestre": "semestre", "semestres": "semestre", "seconde": "seconde",
    "secondes": "seconde", "exercice": "exercice", "exercices": "exercice", "day": "jour", "days": "jour",
    "week": "semaine", "weeks": "semaine", "month": "mois", "months": "mois", "year": "an", "years": "an",
    "hour": "heure", "hours": "heure", "mensuel": "mois", "mensuels": "mois", "mensuelle": "mois", "annuel": "an",
    "annuels": "an", "annuelle": "an", "annuelles": "an", "mensuelles": "mois",
}  # fmt: skip
TIME_UNITS = frozenset(_TIME_WORDS.values())
_ADJECTIVE = (
    r"(?:(?:derni(?:er|ère)s?|premi(?:er|ère)s?|prochaine?s?|bon(?:ne)?s?|longs?|longues?|autres?|seule?s?|grande?s?|"
    r"petite?s?|nouve(?:aux|lles)|working|consécuti(?:fs|ves)|\dère?s|1ers|toute?s?) )"
)
_UNIT = re.compile(
    rf"\s*(?:(€|euros?\b|eur\b|%)|(points?\b)|(£|\$|m²|m2\b|km\b|cm\b|kg\b|°c?)|{_ADJECTIVE}?"
    r"((?!et\b|ou\b|au\b|à\b|a\b|en\b|de\b|du\b|des\b|pour\b|par\b|si\b|est\b|sont\b|le\b|la\b|les\b|dans\b|sur\b|avec\b"
    r"|sans\b|plus\b|moins\b|mais\b|puis\b|ne\b|qui\b|que\b|selon\b|sauf\b|y\b|il\b|vous\b|maximum\b|minimum\b|environ\b"
    r"|d'|l'|s'|n'|c'|qu'|jusqu|brut|net\b|ht\b|ttc\b|hors\b"
    r"|toutes\b|chaque\b|avant\b|après\b|compris\b|ouvr|of\b|and\b|or\b"
    r"|dont\b|to\b|for\b|au-|chacun|entre\b|peut\b|doit\b|ou\b|soit\b|lorsque\b|dès\b|sous\b|précédent|suivant|derni|premi|prochain)[^\W\d_][\w-]*))"
)
_NO_UNITS = (
    r"(?!(?:une?|les?|la|des?|du|l|ces?|cette|cet|votre|vos|leurs?|son|sa|ses|exemple|vous|lui|eux|elles?|nous|moi|écrit"
    r"|courrier|courriel|lettre)\b)"
)
_PER_UNITS = (
    r"(an|année|mois|jours?|heure|semaine|trimestre|salariée?|titre|personne|facture|apprentie?|"
    rf"{_NO_UNITS}\w+)"
)
PERS = re.compile(
    rf"\s*(?:,? ?(?:et )?par {_PER_UNITS}|/ ?(an|mois|jour|h|heure|semaine)\b|chaque (\w+)|(?:tous|toutes) les (\w+)|"
    r"(annuels?|annuelles?|mensuels?|mensuelles?)\b|(?:a|per) (month|year|day)\b|de l'(heure)\b|l'(heure|année)\b)"
)
MARKS = tuple(
    (re.compile(rf"\s*(?:(?:en|du|de|le) )?(?:{pattern})\b"), mark)
    for pattern, mark in (
        (r"jours? ouvrés?|ouvrée?s?|business|working", "ouvré"),
        (r"ouvrables?", "ouvrable"),
        (r"calendaires?|calendar", "calendaire"),
        (r"francs?", "franc"),
        (r"civile?s?", "civil"),
        (r"révolu(?:e?s)?", "révolu"),
        (r"brute?s?|gross", "brut"),
        (r"nette?s?|nets?", "net"),
        (r"ht|hors taxes?|hors tva", "ht"),
        (r"ttc|toutes taxes comprises", "ttc"),
        (r"avant|précédant|qui précède(?:nt)?", "avant"),
        (r"après|suivant|qui sui(?:t|vent)|à compter|à partir", "après"),
    )
)

_FILLER = (
    r"(?:\s|'|:|,|\b(?:le|la|les|un|une|de|d|des|du|à|au|aux|l|ces|vos|votre|the|a|of|est|sont|soit|pas|jamais)\b)*$"
)
_BEFORE = tuple(
    (re.compile(rf"(?:\b|(?<=\s))(?:{pattern}){_FILLER}"), bound)
    for pattern, bound in (
        (r"pas plus|jusqu'?|jusqu'au|au plus tard|au plus|au maximum|maximum|maximale?s?|dans la limite|limitée?s? à"
         r"|plafonnée?s?|plafond|(?:pouvant|peut|peuvent) atteindre|up to|at most", Bound.AT_MOST),
        (r"dans|délai|d'ici|within", Bound.WITHIN),
        (r"pas moins|au plus tôt|au moins|au minimum|minimum|à partir|à compter|dès|depuis|at least|since"
         r"|from", Bound.AT_LEAST),
        (r"plus(?= d)|supérieure?s?(?: ou égale?s?)?|au-dessus|au-delà|dépass(?!ement)\w+|excèd\w+|excéder|après"
         r"|passée?s?|more than|over|after|au bout", Bound.MORE),
        (r"moins(?= d)|inférieure?s?|en dessous|au-dessous|en deçà|avant|sous|less than|under|before", Bound.LESS),
        (r"environ|autour|à peu près|ordre|près|approximativement|alentours|quelques?|about|around", Bound.ABOUT),
    )
)  # fmt: skip
_AFTER = tuple(
    (re.compile(rf"[\s,(]*(?:d(?:e |')\w+ )?(?:{pattern})\b"), bound)
    for pattern, bound in (
        (r"au plus(?! tôt)|au maximum|maximum|maximale?s?|max|ou moins|tout au plus|at most", Bound.AT_MOST),
        (
            r"au plus tôt|au moins|au minimum|minimum|minimale?s?|min|(?:et|ou) (?:plus|davantage|au-delà)"
            r"|suffi(?:t|sent|ra|ront)|at least",
            Bound.AT_LEAST,
        ),
        (r"environ|à peu près|approximativement|or so", Bound.ABOUT),
    )
)
_ANYWHERE = (
    (re.compile(r"\bdélai|\bdispos|\bavez\b|\bavons\b|\bont\b|\ba \d|\bdans\b|\bsous\b"), Bound.WITHIN),
    (re.compile(r"\bau plus\b|\bjusqu|maxim|plafon|limit|\bpas plus\b|au maximum|sans (?:dépasser|excéder)|"
                r"\b(?:ne|n')\W?[\w' ]{0,30}(?:dépass|excéd|excèd|supérieur)|d'ici"), Bound.AT_MOST),
    (re.compile(r"\bau moins\b|minim|à partir d|\bdès\b|à compter d|depuis|\bpas moins\b|\bet plus\b|seuil|"
                r"\b(?:ne|n')\W?[\w' ]{0,30}inférieur|\bou plus\b"), Bound.AT_LEAST),
    (re.compile(r"\bplus d|supérieur|au-dessus|au-delà|dépass|excèd|\baprès\b"), Bound.MORE),
    (re.compile(r"\bmoins d|inférieur|en dessous|au-dessous|\bsous\b|en deçà|\bavant\b"), Bound.LESS),
    (re.compile(r"environ|autour d|à peu près|ordre de|près de|approximativ|en général|en moyenne|souvent"),
     Bound.ABOUT),
)  # fmt: skip
_NEGATED = re.compile(r"\b(?:ne|sans|jamais)\b|\bn'|\bpas\b")
_OPPOSITE = {Bound.MORE: Bound.AT_MOST, Bound.LESS: Bound.AT_LEAST}
_INCLUDED = re.compile(r" inclus\b")
_OR_EQUAL = re.compile(r"ou égale?s?")


def unit_of(after: str) -> tuple[str, str]:
    """Return the unit that a text begins with, and what comes after it; "" when a function word comes first."""
    match = _UNIT.match(after)
    if not match:
        return "", after
    money, points, measure, word = match.groups()
    rest = after[match.end() :]
    if money:
        return ("%" if money == "%" else "€"), rest
    if points:
        return "point", rest
    if measure:
        return measure.replace("²", "2"), rest
    return _TIME_WORDS.get(word) or stem(fold(word)), rest


@lru_cache(maxsize=4_096)
def bound_of(before: str, after: str, unit: str) -> Bound:
    """Return the bound that the words before and after a number express."""
    bound = _adjacent(before, after)
    if unit in TIME_UNITS and re.search(r"\b(?:sous|avant)\s*(?:les |le )?$", before):
        return Bound.WITHIN  # "sous 30 jours" is a deadline, "sous 25 000 €" is below a threshold
    return bound


def _adjacent(before: str, after: str) -> Bound:
    for pattern, bound in _AFTER:
        if pattern.match(after):
            return bound
    for pattern, bound in _BEFORE:
        if match := pattern.search(before):
            if _OR_EQUAL.search(match[0]):
                return Bound.AT_LEAST if bound is Bound.MORE else Bound.AT_MOST
            if bound in _OPPOSITE and _NEGATED.search(" ".join(before[: match.start()].split()[-4:])):
                return _OPPOSITE[bound]
            return Bound.AT_MOST if bound is Bound.LESS and _INCLUDED.match(after) else bound
    return Bound.NONE


@lru_cache(maxsize=4_096)
def bounds_in(clause: str) -> frozenset[Bound]:
    """Return the bounds that a clause names anywhere."""
    return frozenset(bound for pattern, bound in _ANYWHERE if pattern.search(clause))


def are_compatible(said: Bound, official: Bound, unit: str) -> bool:
    """Tell whether two bounds may stand for each other: 30 days is the same delay as within 30 days."""
    if said is official:
        return True
    pair = {said, official}
    if unit in TIME_UNITS and Bound.WITHIN in pair and pair <= {Bound.NONE, Bound.AT_MOST, Bound.TO, Bound.WITHIN}:
        return True
    if unit in ("an", "mois") and pair == {Bound.WITHIN, Bound.LESS}:
        return True  # "avant 18 ans" for "moins de 18 ans"
    if official is Bound.FROM:
        return said in (Bound.AT_LEAST, Bound.MORE)
    return official is Bound.TO and said in (Bound.AT_MOST, Bound.LESS)
