"""The facts of a stretch of text that may be checked to the letter: numbers with units, dates, links, references."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest

from noa_rag.answering.verification.finding import Check
from noa_rag.answering.verification.links import links, without_links
from noa_rag.answering.verification.number_words import with_digits
from noa_rag.answering.verification.plain_text import clauses, plain
from noa_rag.answering.verification.quantity import MARKS, PERS, TIME_UNITS, Bound, bound_of, bounds_in, unit_of


@dataclass(frozen=True, slots=True)
class Fact:
    """One checkable thing. `bound` says on which side of the value one stands; `clause` is where it was read."""

    kind: Check
    value: str
    shown: str
    unit: str = ""
    marks: frozenset[str] = frozenset()
    bound: Bound = Bound.NONE
    clause: str = ""
    raw: str = ""  # the number as written, before years become months

    @property
    def loose_bounds(self) -> frozenset[Bound]:
        """The sides named anywhere in the clause: "le plafond est de 3 000 €"."""
        return bounds_in(self.clause)


_MONTHS = {
    "janvier": 1, "février": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7, "août": 8, "septembre": 9,
    "octobre": 10, "novembre": 11, "décembre": 12, "january": 1, "february": 2, "march": 3, "april": 4, "may": 5,
    "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11, "december": 12, "fevrier": 2,
    "aout": 8, "decembre": 12,
}  # fmt: skip
_MONTH = "|".join(_MONTHS)
_PHONE = re.compile(r"(?<![\d,])(?:\+33 ?(?:\(0\))? ?|0 ?)[1-9](?:[ .-]?\d){8}(?!\d|,\d)")
_REFERENCE = re.compile(
    r"\b[lrd]\*?[. ]{0,2}\d+(?:[-.]\d+)+(?!\d)|\barticles? (?:\d+(?:[- ]?(?:[a-z]{1,2}|bis|ter|quater)\b)?(?:-\d+)*)"
    r"|(?:n° ?)[\w-]*\d[\w*/-]*|\bcerfa (?:n° ?)?\d+(?:\*\d+)?|\b20\d\d/\d+\b|\b\d{3,4}-[a-z]+(?:-[a-z]+)*\b"
    r"|\b\d{3,} [a-z](?= du (?:cgi|code))"
)
_CODE = re.compile(r"\bcode (?:général )?(?:de la |de l'|des |du |de )(\w+)")
_DATE = re.compile(
    rf"\b(\d{{1,2}})(?:er|ère|st|nd|rd|th)? ({_MONTH})\b(?: (?:de )?((?:19|20)\d\d)\b)?"
    r"|\b(\d{1,2})[/.](\d{1,2})[/.]((?:19|20)?\d\d)\b|\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b"
    rf"|\b({_MONTH}) ((?:19|20)\d\d)\b"
)
_NUMBER = re.compile(r"(?<![\w,.])(\d+(?:[,.]\d+)?)(er|ère|e|ème|ème?s|ers|ères|nd|st|rd|th)?(?![\d])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_BEFORE = re.compile(r"\b(?:en|depuis|avant|dès|après|années?|fin|début|d'ici|exercices?|in|since) $")
_TIME = re.compile(r"(?<![\w,.])(\d{1,2}) ?(?:h|:) ?(\d\d)(?!\d)")
_JOIN = re.compile(r"\s*(?:à|et|ou|-|,|to|or|and)\s+(?:de |à |le |l')?$|-$")
_RANGE_JOIN = re.compile(r"\s*(?:à|-|to)\s+$|-$")
_UNIT_KINDS = {"€": Check.AMOUNT, "%": Check.PERCENTAGE}


@lru_cache(maxsize=2_048)
def facts(text: str) -> tuple[Fact, ...]:
    """Return the facts of a text, in order of kind."""
    links_there = tuple(Fact(Check.LINK, link, link) for link in links(text))
    return (*links_there, *_facts_of(plain(without_links(text))))


def _facts_of(text: str) -> Iterator[Fact]:
    found: list[Fact] = []
    text = _take(_PHONE, text, found, _phone)
    text = _take(_REFERENCE, text, found, _reference)
    found += [Fact(Check.LEGAL_REFERENCE, f"code {one[1]}", one[0]) for one in _CODE.finditer(text)]
    yield from found
    for clause in clauses(text):
        yield from _of_clause(with_digits(clause))


def _take(pattern: re.Pattern[str], text: str, found: list[Fact], make: Callable[[re.Match[str]], Fact]) -> str:
    """Add what the pattern finds and return the text without it."""
    found += [make(one) for one in pattern.finditer(text)]
    return pattern.sub(" ", text)


def _phone(found: re.Match[str]) -> Fact:
    digits = re.sub(r"\D", "", found[0].replace("(0)", "").replace("+33", "0"))
    return Fact(Check.PHONE, digits, found[0])


def _reference(found: re.Match[str]) -> Fact:
    kept = re.sub(r"^(?:articles?|cerfa)|n°|[\s.*]", "", found[0])
    return Fact(Check.LEGAL_REFERENCE, kept, found[0])


def _of_clause(clause: str) -> Iterator[Fact]:
    dated = list(_DATE.finditer(clause))
    for one in dated:
        yield _date(one, clause)
    blanked = _DATE.sub(lambda one: " " * len(one[0]), clause)
    for one in _TIME.finditer(blanked):
        yield Fact(Check.NUMBER, f"{int(one[1])}:{one[2]}", one[0], "h", clause=clause)
    blanked = _TIME.sub(lambda one: " " * len(one[0]), blanked)
    yield from _numbers(clause, blanked)


def _date(found: re.Match[str], clause: str) -> Fact:
    day, month, year, d2, m2, y2, y3, m3, d3, m4, y4 = found.groups()
    if month:
        value = f"{year or ''}-{_MONTHS[month]:02}-{int(day):02}"
    elif m2:
        value = f"{y2 if len(y2) == 4 else '20' + y2}-{int(m2):02}-{int(d2):02}"
    elif y3:
        value = f"{y3}-{m3}-{d3}"
    else:
        value = f"{y4}-{_MONTHS[m4]:02}"
    bound = bound_of(clause[: found.start()], clause[found.end() :], "date")
    return Fact(Check.DATE, value, found[0], bound=bound, clause=clause)


def _numbers(clause: str, blanked: str) -> Iterator[Fact]:
    found = list(_NUMBER.finditer(blanked))
    made: list[Fact] = []
    for one, following in zip_longest(found, found[1:]):
        fact = _number(one, clause)
        if following and not fact.unit and fact.kind is Check.NUMBER and not one[2]:
            between = clause[one.end() : following.start()]
            if _JOIN.fullmatch(between):
                fact = _with_unit_of(fact, _number(following, clause))
        made.append(fact)
    yield from _as_ranges(made, found, clause)


def _number(found: re.Match[str], clause: str) -> Fact:
    value, after = _canonical(found[1]), clause[found.end() :]
    if found[2]:
        return Fact(Check.NUMBER, value, found[0], "ordinal", clause=clause)
    unit, rest = unit_of(after)
    marks, rest = _marks(rest)
    bound = bound_of(clause[: found.start()], rest, unit)
    shown = clause[found.start() : len(clause) - len(rest)].strip()
    if _YEAR.fullmatch(value) and (not unit or _is_year(clause[: found.start()], unit)):
        return Fact(Check.YEAR, value, found[0], bound=bound, clause=clause)
    kind = _UNIT_KINDS.get(unit) or (Check.DURATION if unit in TIME_UNITS else Check.NUMBER)
    return _same_length(Fact(kind, value, shown or found[0], unit, marks, bound, clause))


def _is_year(before: str, unit: str) -> bool:
    """Tell whether a number of four digits before a word is a year: "les dividendes versés en 2026 supportent"."""
    return unit not in _UNIT_KINDS and unit not in TIME_UNITS and _YEAR_BEFORE.search(before) is not None


def _same_length(fact: Fact) -> Fact:
    """Write whole years as months: "12 mois" is "un an". Months are not days: the calendar decides."""
    if fact.unit == "an" and fact.kind is Check.DURATION:
        return replace(fact, value=_canonical(str(float(fact.value) * 12)), unit="mois", raw=fact.value)
    if fact.unit == "semestre" and fact.kind is Check.DURATION:
        return replace(fact, value=_canonical(str(float(fact.value) * 6)), unit="mois")
    return fact


def _canonical(number: str) -> str:
    whole, _, decimals = number.replace(",", ".").partition(".")
    decimals = decimals.rstrip("0")
    return f"{int(whole)}.{decimals}" if decimals else str(int(whole))


def _marks(rest: str) -> tuple[frozenset[str], str]:
    """Return the qualifiers that follow a unit ("ouvrés", "brut", "par an"), and what comes after them."""
    marks: set[str] = set()
    while True:
        for pattern, mark in MARKS:
            if found := pattern.match(rest):
                marks.add(mark)
                rest = rest[found.end() :]
                break
        else:
            if not (found := PERS.match(rest)):
                return frozenset(marks), rest
            marks.add("per " + unit_of(" " + next(filter(None, found.groups())))[0])
            rest = rest[found.end() :]


def _with_unit_of(fact: Fact, following: Fact) -> Fact:
    value = fact.value
    if following.kind is Check.DURATION and following.unit == "mois" and " an" in f" {following.shown}":
        value = _canonical(str(float(value) * 12))
    return replace(fact, kind=following.kind, unit=following.unit, marks=following.marks, value=value)


def _as_ranges(made: list[Fact], found: list[re.Match[str]], clause: str) -> Iterator[Fact]:
    """Yield the facts, the two ends of a range bounded from either side."""
    for place, fact in enumerate(made):
        start = clause[: found[place].start()]
        bound = fact.bound
        if place + 1 < len(made) and _opens_range(start, clause[found[place].end() : found[place + 1].start()]):
            bound = Bound.FROM
        elif place and _opens_range(
            clause[: found[place - 1].start()], clause[found[place - 1].end() : found[place].start()]
        ):
            bound = Bound.TO
        yield replace(fact, bound=bound or _shared_bound(place, made, found, clause))


def _shared_bound(place: int, made: list[Fact], found: list[re.Match[str]], clause: str) -> Bound:
    """Return the side that a figure shares with its neighbour: "plus de 8 heures par jour et 35 heures par semaine"."""
    for other in (place - 1, place + 1):
        if 0 <= other < len(made) and made[other].kind is made[place].kind:
            first, second = sorted((place, other))
            between = clause[found[first].end() : found[second].start()].removeprefix(
                made[first].shown.removeprefix(found[first][0])
            )
            if re.fullmatch(r"\s*(?:et|ou)\s+", between):
                return made[other].bound
    return Bound.NONE


def _opens_range(before: str, between: str) -> bool:
    between = re.sub(r"^ ?(?:€|euros?|%|mois|ans?|jours?|semaines?|heures?|m²|h|m2)", "", between)
    if re.search(r"\bentre (?:les |le )?$", before):
        return re.fullmatch(r"\s*(?:et|and)\s+(?:les |le )?", between) is not None
    return _RANGE_JOIN.fullmatch(between) is not None
