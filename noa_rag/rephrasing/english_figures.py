"""Figures with their units, currencies, periods and dates, in French and English alike, so that they can be compared.

Names of units, currencies, months and days are those of the Unicode CLDR.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_symbol
from babel.units import format_unit
from text_to_num import alpha2digit

from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.plain_text import folded_words, plain

_PERIODS = {  # with or without a figure: "30 € par mois", "chaque année"
    "day": (r"(?<!\ba )jours?\b|journee|quotidien|journalier", r"days?\b|daily"),
    "week": (r"semaine|hebdomadaire", r"week"),
    "month": (r"mois\b|mensu", r"month"),
    "quarter": (r"trimestr", r"quarter"),
    "half-year": (r"semestr", r"half year|semest"),
    "year": (r"ans?\b|annees?\b|annue", r"(?<!half )years?\b|yearly|annual|annum"),
    "longer": (r"decenni|siecle|quinzaine", r"decade|centur|fortnight"),
    "hour": (r"heures?\b|horaire", r"hour"),
    "minute": (r"minutes?\b", r"minutes?\b"),
}
_MEASURES = ("day", "week", "month", "quarter", "year", "hour", "minute", "percent", "meter", "kilometer", "centimeter",
             "square-meter", "hectare", "kilogram", "tonne")  # fmt: skip
FIRST_MEANT = ("EUR", "USD", "GBP", "CHF")  # by "dollars" or "francs"; written as codes behind figures, too
_NOT_MONEY = frozenset(("real", "reals", "mark", "marks", "won", "som", "soms", "sol", "soles", "sum", "gold", "or"))
_ENGLISH_FIGURES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?<=\d),(?=\d{3}(?!\d))", ""),
        (r"\bhalf\b(?![ -](?:year|day))", "50 %"),
        (r"\btwo[ -]thirds\b", "66.67 %"),
        (r"\b(?:a|one)[ -]third(?= of\b)", "33.33 %"),
        (r"\bthree[ -]quarters\b", "75 %"),
        (r"\b(?:a|one)[ -]quarter(?= of\b)", "25 %"),
        (r"\btwice\b", "2 times"),
        (r"\bper cent\b", "percent"),
        (r"\b(?:financial|fiscal|accounting) year", "exercice"),
    )
)
_MILLIONS = re.compile(r"(\d+(?:\.\d+)?) (?:million|1000000)\b")
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?: \d{3})+(?!\d)")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)(?:(?:st|nd|rd|th|er|ère|ème|e)\b)?")
_BEFORE = re.compile(r"([^\w\s]|\b[a-z]{3}) ?$")
_AFTER = re.compile(r"[ -]?([^\W\d_]+2?|[^\w\s])(?: ([^\W\d_]+))?")  # "15 working days": one word between
_JOIN = re.compile(r" (?:à|et|ou|to|and|or) |-")


def french_digits(text: str) -> str:
    """Return a French text with its numbers as figures, a point before decimals."""
    return re.sub(r"(?<=\d),(?=\d)", ".", with_digits(plain(text)))


def english_digits(text: str) -> str:
    """Return an English text with its numbers as figures, a point before decimals."""
    text = plain(text)
    for pattern, replacement in _ENGLISH_FIGURES:
        text = pattern.sub(replacement, text)
    text = alpha2digit(re.sub(r"(?<=\d),(?=\d)", ".", text), "en", 0.0)
    text = _MILLIONS.sub(lambda found: f"{Decimal(found[1]) * 1_000_000:f}", text)
    text = re.sub(r"(\d) and a 50 %|(\d) and a half", r"\1\2.5", text)
    return _GROUPED.sub(lambda found: found[0].replace(" ", ""), text)


def figures(text: str, language: str) -> Counter[str]:
    """Return the figures with their units, but for one month or one class, which is said without a figure too."""
    units, found, counted = _units(language), list(_NUMBER.finditer(text)), Counter[str]()
    unit, end = "", len(text)
    for place in reversed(range(len(found))):
        number = found[place]
        before = _BEFORE.search(text[found[place - 1].end() if place else 0 : number.start()])
        after = text[number.end() : end]
        words = _AFTER.match(after)
        first, second = words.groups(default="") if words else ("", "")
        understood = unit if _JOIN.fullmatch(after.rstrip("€$£")) else ""  # "10 à 20 €"
        named = (f"{first} {second}", first, before[1] if before else "", second)
        unit = next((units[one] for one in named if one in units), understood)
        value = f"{Decimal(number[1]).normalize():f}"
        if value != "1" or unit not in ("", *_PERIODS):
            counted[f"{value} {unit}".rstrip()] += 1
        end = number.start()
    return counted


@cache
def _units(language: str) -> Mapping[str, str]:
    """Return what units are called, and currencies, in a language."""
    names = {"année": "year", "années": "year"}
    for locale in ("fr",) if language == "fr" else ("en", "en_GB"):
        for unit in _MEASURES:
            for length in ("long", "short"):
                for count in (1, 2):
                    shown = plain(format_unit(count, unit, length, locale=locale))
                    names.setdefault(shown.lstrip("12 "), unit)
    return {**_currency_names(language), **names}


@cache
def _currency_names(language: str) -> Mapping[str, str]:
    held = get_global("territory_currencies").values()
    current = sorted({code for one in held for code, _, end, is_tender in one if end is None and is_tender})
    names: dict[str, str] = {one.lower(): one for one in FIRST_MEANT}
    for code in (*FIRST_MEANT, *current):
        words = [get_currency_name(code, count, language).lower().split() for count in (1, 2)]
        for word in (get_currency_symbol(code, "en"), *(one[0 if language == "fr" else -1] for one in words)):
            names.setdefault(word, code)
    return {word: code for word, code in names.items() if word not in _NOT_MONEY}


def currencies(text: str, language: str) -> Counter[str]:
    """Return the currencies that a text names, by words, codes or signs."""
    names, codes = _currency_names(language), set(_currency_names(language).values())
    signs = {char for char in text if unicodedata.category(char) == "Sc"}
    named = [names[word] for word in re.findall(r"[^\W\d_]+", text.lower()) if word in names]
    written = codes & set(re.findall(r"\b[A-Z]{3}\b", text))
    return Counter({*named, *written, *(names.get(sign, sign) for sign in signs)})


@cache
def _calendar(language: str) -> Mapping[str, str]:
    locale = Locale(language)
    months = {name: f"month {number}" for number, name in locale.months["format"]["wide"].items()}
    return months | {name: f"day {number}" for number, name in locale.days["format"]["wide"].items()}


@cache
def dates(language: str) -> re.Pattern[str]:
    """Return a pattern of months and days of the week; English ones begin no sentence, where "May" asks for leave."""
    names = "|".join(_calendar(language))
    return re.compile(
        rf"(?<=[\w,;] )({names})s?\b|\b({names})s?\b(?= \d)" if language == "en" else rf"\b({names})s?\b()"
    )


def dated(text: str, language: str) -> Counter[str]:
    """Return the months and days of the week that a text names."""
    text = text.lower() if language == "fr" else text
    return Counter(_calendar(language)[one or two] for one, two in dates(language).findall(text))


def periods(text: str, language: str) -> Counter[str]:
    """Return the lengths of time that a text names, with or without a figure."""
    words = " ".join(folded_words(text))
    ways = _PERIODS.items()
    return Counter(unit for unit, both in ways if re.search(rf"\b(?:{both[language == 'en']})", words))
