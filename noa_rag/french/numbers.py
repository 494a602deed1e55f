"""French and English numbers written in words, brought to digits."""

import re
from functools import lru_cache

from text_to_num import alpha2digit

_UNITS_OF_ONE = (
    r"mois|ans?|années?|jours?|journée|semaines?|heures?|trimestres?|semestres?|minutes?|euros?|centimes?|millions?|"
    r"milliards?|tiers|quart|dixième|cinquième|pour cent|%|month|year|day|week|hour|"
    r"fois(?= (?:par|tous|toutes|chaque|l'|sur|seulement|au|tout)\b)"  # "une fois le dossier complet" counts nothing
)
# "un" counts where a unit or another number follows, or within a number ("vingt et un"); elsewhere it is the article.
_ARTICLE = re.compile(
    rf"(?<![\w-])(?<!vingt et )(?<!nte et )(?<!cent )(?<!cents )(?<!mille )u(n|ne)(?![\w-])"
    rf"(?! (?:(?:seule?|ou|à|et) )?(?:{_UNITS_OF_ONE}|deux|trois|plusieurs)\b)"
)
_BOUNDED_ONE = re.compile(r"\b(au moins|au plus|au minimum|au maximum|plus d'|moins d'|jusqu'à) ?une?\b")
_MASK = "µ"  # no letter of French, so that the library passes over it
_ELIDED_ONE = re.compile(r"(?<=\w)(')(?=une?\b)")  # "d'un mois": the library reads whole words
_BACK = re.compile(rf"{_MASK}(n|ne)\b")
_PER_CENT = re.compile(r"\bpour[ -]cents?\b|\bper ?cent\b")
_NOT_NUMBERS = (
    (re.compile(r"\b(?:un |une )?second(e?)(?= )(?!e \d)"), r"deuxième"),
    (re.compile(r"\b(?:en|dans un) premier(?: lieu| temps)"), "d'abord"),
    (re.compile(r"\b(?:en|dans un) deuxième(?: lieu| temps)"), "ensuite"),
    (re.compile(r"\b(?:première|deuxième|troisième) (?=(?:étape|chose|solution|possibilité|option)\b)"), ""),
)
_FRACTIONS = (
    (re.compile(r"\b(?:la |de )?moitié\b"), "50 %"),
    (re.compile(r"\bdeux[ -]tiers\b"), "66,67 %"),
    (re.compile(r"\b(?:un|le|du|au) tiers(?= d(?:e|u|es)\b| d')"), "33,33 %"),
    (re.compile(r"\btrois[ -]quarts\b"), "75 %"),
    (re.compile(r"\b(?:un|le|du|au) quart\b"), "25 %"),
    (re.compile(r"\b(?:un|le|du|au) cinquième(?= d(?:e|u|es)\b| d')"), "20 %"),
    (re.compile(r"\b(?:un|le|du|au) dixième(?= d(?:e|u|es)\b| d')"), "10 %"),
    (re.compile(r"\b(?:un|le) (?:pour|%) mille\b"), "0,1 %"),
    (re.compile(r"\bdivisé(e?s?) par deux\b"), "réduit\\1 de 50 %"),
    (re.compile(r"\bdemi-journée"), "demijournée"),
)  # fmt: skip
_SPECIAL = re.compile(r"cent|second|premi|moiti|tiers|quart|cinqui|dixi|mille|divis|demi")
_AND_A_HALF = re.compile(r"(\d+) (ans?|mois|heures?|années?) et demie?")
_MILLION_AND_A_HALF = re.compile(r"\b(\d+)(000000(?:000)?) et demi\b")
_WITHIN_ONE = re.compile(r"\bdans (?:le (mois)|l'(année)(?= qui suit| suiv))")
_SCALE = re.compile(
    r"(?<![\d,])(\d+(?:,\d+)?)(?: ?(millions?|milliards?|mille)| (1000000000|1000000|1000))\b(?: d(?:e |'))?(?!\d)"
)
_SCALES = {"mille": 1e3, "1000": 1e3, "million": 1e6, "1000000": 1e6, "milliard": 1e9, "1000000000": 1e9}
_SHORT_SCALE = re.compile(r"(\d+(?:,\d+)?) ?([mk]) ?(?=€|eur\b|euros?\b)")
_GROUPED = re.compile(r"(?<![\d,.])(\d{1,3})((?:[ .]\d{3})+)(?!\d)")
_ANY_NUMBER_WORD = re.compile(
    r"\b(?:z[ée]ro|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|"
    r"trente|\w+ante|cents?|mille|millions?|milliards?|\w+ième|premi\w+)\b"
)


@lru_cache(maxsize=4_096)
def with_digits(text: str) -> str:
    """Return a plain text with its numbers as bare digits: "1 500 €" and "mille cinq cents €" are "1500 €".

    Phone numbers must have been taken out before: their pairs would be read as one number.
    """
    if _SPECIAL.search(text):
        text = _PER_CENT.sub("%", text)
        for pattern, replacement in (*_NOT_NUMBERS, *_FRACTIONS):
            text = pattern.sub(replacement, text)
    text = _WITHIN_ONE.sub(lambda found: f"dans 1 {found[1] or found[2]}", text)
    text = _BOUNDED_ONE.sub(r"\1 1", _grouped(text))
    if _ANY_NUMBER_WORD.search(text):
        text = _ELIDED_ONE.sub(r"\1 ", _ARTICLE.sub(rf"{_MASK}\1", text))
        text = _BACK.sub(r"u\1", alpha2digit(text, "fr", 0.0)).replace("' µ", "'µ")
    text = _MILLION_AND_A_HALF.sub(lambda found: _times(f"{found[1]},5", 10 ** len(found[2])) + " ", _grouped(text))
    if not any(map(str.isdigit, text)):
        return text
    text = _SCALE.sub(_scaled, text)
    text = _SHORT_SCALE.sub(lambda found: _times(found[1], 1e6 if found[2] == "m" else 1e3) + " ", text)
    return _AND_A_HALF.sub(lambda found: f"{found[1]},5 {found[2]}", text)


_ENGLISH_FIGURES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"([€$£]) ?(\d[\d,.]*\d|\d)( [mb]illion\b)?", r"\2\3 \1"),
        (r"(?<=\d),(?=\d{3}(?!\d))", ""),
        (r"\bper ?cent\b", "%"),
        (r"\bhalf\b(?![ -](?:year|day|an hour))", "50 %"),
        (r"\b(?:a|one)[ -]third\b", "33.33 %"),
    )
)
_MILLION = re.compile(r"(\d+(?:\.\d+)?) (m|b)illion\b")
_SPACED_GROUPS = re.compile(r"(?<![\d.])\d{1,3}(?: \d{3})+(?!\d)")


def english_digits(text: str) -> str:
    """Return an English text in lower case with its numbers as bare digits, a comma before decimals."""
    for pattern, replacement in _ENGLISH_FIGURES:
        text = pattern.sub(replacement, text)
    text = alpha2digit(_MILLION.sub(_millions, text), "en", 0.0)
    text = _SPACED_GROUPS.sub(lambda found: found[0].replace(" ", ""), text)
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text)


def _millions(found: re.Match[str]) -> str:
    return _times(found[1], 1e6 if found[2] == "m" else 1e9)


def _grouped(text: str) -> str:
    return _GROUPED.sub(lambda found: found[1] + re.sub(r"[ .]", "", found[2]), text)


def _scaled(found: re.Match[str]) -> str:
    return _times(found[1], _SCALES[found[3] or found[2].removesuffix("s")]) + " "


def _times(number: str, scale: float) -> str:
    return f"{float(number.replace(',', '.')) * scale:.0f}"
