"""Whether an English sentence says what the verified French one beside it says: figures, units, names, conditions.

No checker reads English beside French, so words are compared, and a free translation may not pass.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_symbol
from babel.units import format_unit
from text_to_num import alpha2digit

from noa_rag.domain.agency import Agency
from noa_rag.domain.rephrasing import TRANSLATION, CheckedSentence, CheckFinding
from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.bodies import known_names, named_in
from noa_rag.rephrasing.gate.gate import malformed
from noa_rag.rephrasing.gate.plain_text import folded_words, plain, visible

_NOT_PLAIN = re.compile(r"https?:|www\.|@|[<>\[\]`|]|\bLIEN")
# What is said in both languages or in neither.
_SAID_IN_BOTH = {
    "negation": (
        r"\b(?:ne|non|pas|aucune?|jamais|sans|ni|interdit\w*|nulle?s?)\b|\bn['’]",
        r"\b(?:not|no|none|never|without|neither|nor|cannot|prohibited|forbidden|banned|void|only|unless)\b|n['’]t\b",
    ),
    "obligation": (
        r"\b(?:doi[st]|doivent|devez|devra|devrez|faut|faudra|obligatoires?|obligé\w*|tenue?s?|exig\w+)\b",
        r"\b(?:must|ha(?:s|ve) to|mandatory|compulsory|required?s?|requires|obliged|need(?:s|ed)?|obligatory)\b",
    ),
    "permission": (
        r"\b(?:peu[xt]|peuvent|pouvez|pourr\w+|possibles?)\b",
        r"\b(?:may|can|cannot|could|possible|able|might)\b",
    ),
    "condition": (
        r"\b(?:si|sauf|à condition|lorsqu\w*|quand|tant qu\w*|en cas)\b|\bs['’]ils?\b",
        r"\b(?:if|except|unless|provided|when|where|as long as|in case|in the event|on condition)\b",
    ),
    "all": (r"\b(?:tou(?:te?s?|s)|chaque|chacune?|quelle?s? que)\b", r"\b(?:all|every|each|any)\b"),
    "at least": (r"\bau moins\b|\bminim", r"\b(?:at least|no less|minim)"),
    "working days": (r"\bjours? ouvr(?:és?|ables?)\b", r"\b(?:working|business) days?\b"),
}
# Bodies by common words, whose names are not the same in both languages; beginnings of words, without accents.
_BODIES = tuple(
    (re.compile(rf"\b(?:{french})"), re.compile(rf"\b(?:{english})"))
    for french, english in (
        (r"douan", r"customs"),
        (r"(?:service|centre)s? des impots|administration fiscale|services? fisca|fisc\b|finances publiq|dgfip|sie\b",
         r"tax (?:office|authorit|administration|service|department|cent)|public finance|dgfip|sie\b"),
        (r"tribuna|prud hom|cour d|conseil d etat", r"court|tribunal|prud hom|council of state"),
        (r"tribuna\w* (?:de commerce|des activites)", r"commercial (?:court|tribunal)|economic activities"),
        (r"tribuna\w* administrati", r"administrative (?:court|tribunal)"),
        (r"prud hom", r"(?:labou?r|employment|industrial) (?:court|tribunal)|prud hom"),
        (r"greff", r"registry|registrar|clerk|greff"),
        (r"chambres? de commerce|cci\b", r"chambers? of commerce|cci\b"),
        (r"chambres? (?:de|des) metiers|cma\b", r"chambers? of (?:trades|crafts)(?: and (?:trades|crafts))?|cma\b"),
        (r"chambres? d agriculture", r"chambers? of agriculture"),
        (r"notaire", r"notar"),
        (r"avocat", r"lawyer|attorney|solicitor|barrister"),
        (r"experts? comptable", r"(?:chartered )?accountant"),
        (r"commissaires? aux comptes", r"(?:statutory )?auditor"),
        (r"commissaires? de justice|huissier", r"bailiff|(?:justice|court) commissioner|commissioner"),
        (r"banque de france", r"ban(?:k|que) (?:of|de) france"),
        (r"banqu|bancaire", r"bank|banque"),
        (r"assur(?:eur|anc|ees?\b|es?\b)", r"insur"),
        (r"securite sociale|cpam", r"social security|cpam"),
        (r"mairie|maires?\b|communes?\b|municipalite", r"(?:town|city) hall|mayor|municipal|communes?\b"),
        (r"prefe(?:t|ct)", r"prefect"),
        (r"police\b(?! d)|commissariat", r"police\b"),
        (r"minist", r"minist"),
        (r"inspect", r"inspect"),
        (r"medec", r"doctor|physician|medic"),
        (r"mediat", r"mediat|ombuds"),
        (r"(?:la|de) poste\b", r"la poste|post office|postal service"),
        (r"proprietaire|bailleur", r"landlord|lessor|owner"),
        (r"regions?\b|conseils? regiona", r"region"),
        (r"transport", r"transport"),
        (r"tva\b|valeur ajoutee", r"vat\b|value added"),
        (r"ue\b|union europ|europeen", r"eu\b|europe"),
        (r"rgpd", r"gdpr|rgpd|general data protection"),
    )
)  # fmt: skip
_ACRONYM = re.compile(r"[A-Z][\w&-]*[A-Z]\w*")
_NAME = re.compile(r"(?<=[\w,;(] )[A-Z][\w&-]+(?: (?:(?:of|for) (?:the )?)?[A-Z][\w&-]+)*|^[A-Z][\w&-]*[A-Z]\w*")


def differences(sentence: CheckedSentence, agencies: Sequence[Agency] = ()) -> Iterator[CheckFinding]:
    """Yield what the English sentence says and the French one does not, or the other way round."""
    french, english = sentence.text, sentence.english
    if not english or _NOT_PLAIN.search(english) or any(malformed(english)):
        yield CheckFinding(TRANSLATION, english, french)
        return
    undated = dates("en").sub(" ", english)  # "may" is a word, and a month
    for what, (in_french, in_english) in _SAID_IN_BOTH.items():
        if bool(re.search(in_french, french, re.IGNORECASE)) != bool(re.search(in_english, undated, re.IGNORECASE)):
            yield CheckFinding(TRANSLATION, what, french)
    for official, said in (
        (figures(french_digits(french), "fr"), figures(english_digits(english), "en")),
        (dated(french, "fr"), dated(english, "en")),
        (periods(french, "fr"), periods(english_digits(undated), "en")),
        (currencies(french, "fr") & currencies(english, "en"), currencies(english, "en")),
    ):
        if said != official:
            yield CheckFinding(TRANSLATION, ", ".join(said - official), ", ".join(official - said))
    yield from _other_names(french, undated, agencies)


def _other_names(french: str, english: str, agencies: Sequence[Agency]) -> Iterator[CheckFinding]:
    """Yield bodies that one of the two names alone, acronyms and names of which the French has no word."""
    in_french, in_english = (" ".join(folded_words(text)) for text in (french, english))
    for official, said in _BODIES:
        there, here = official.search(in_french), said.search(in_english)
        if bool(there) != bool(here):
            yield CheckFinding(TRANSLATION, here[0] if here else "", there[0] if there else "")
    known = known_names(tuple(agencies))
    for body in named_in(french, known) ^ named_in(english, known):
        kind, _, name = body.partition(" ")
        if kind == "body" and not any(official.search(name) for official, _ in _BODIES):
            yield CheckFinding(TRANSLATION, name, french)
    rest = in_english
    for _, said in _BODIES:
        rest = re.sub(rf"(?:{said.pattern})\w*", " ", rest)
    foreign = set(rest.split()) - set(in_french.split()) - _everyday_names()
    for name in _NAME.findall(visible(english)):
        words = set(folded_words(name)) - {"of", "for", "the"}
        if (words and words <= foreign) or foreign & set(folded_words(" ".join(_ACRONYM.findall(name)))):
            yield CheckFinding(TRANSLATION, name, french)


@cache
def _everyday_names() -> frozenset[str]:
    """Return the words of the English names of countries and languages, and codes of currencies."""
    locale = Locale("en")
    return frozenset(folded_words(" ".join((*locale.territories.values(), *locale.languages.values(), *FIRST_MEANT))))


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
    units, numbers, counted = _units(language), list(_NUMBER.finditer(text)), Counter[str]()
    unit, end = "", len(text)
    for place in reversed(range(len(numbers))):
        number = numbers[place]
        before = _BEFORE.search(text[numbers[place - 1].end() if place else 0 : number.start()])
        after = text[number.end() : end]
        words = _AFTER.match(after)
        first, second = words.groups(default="") if words else ("", "")
        understood = unit if _JOIN.fullmatch(after.rstrip("€$£")) else ""  # "10 à 20 €"
        named = (f"{first} {second}", first, before[1] if before else "", second)
        unit = next((units[name] for name in named if name in units), understood)
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
    current = sorted({code for name in held for code, _, end, is_tender in name if end is None and is_tender})
    names: dict[str, str] = {word.lower(): word for word in FIRST_MEANT}
    for code in (*FIRST_MEANT, *current):
        words = [get_currency_name(code, count, language).lower().split() for count in (1, 2)]
        for word in (get_currency_symbol(code, "en"), *(currency[0 if language == "fr" else -1] for currency in words)):
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
    return Counter(_calendar(language)[day or two] for day, two in dates(language).findall(text))


def periods(text: str, language: str) -> Counter[str]:
    """Return the lengths of time that a text names, with or without a figure."""
    words = " ".join(folded_words(text))
    ways = _PERIODS.items()
    return Counter(unit for unit, both in ways if re.search(rf"\b(?:{both[language == 'en']})", words))
