"""The facts of a stretch of text that may be checked to the letter: numbers with units, dates, links, references."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest

from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.finding import Check
from noa_rag.rephrasing.gate.plain_text import clauses, links, plain, visible, without_links
from noa_rag.rephrasing.gate.quantity import MARKS, PERS, TIME_UNITS, Bound, bound_of, bounds_in, unit_of


@dataclass(frozen=True, slots=True)
class StatedFact:
    """One checkable thing. `bound` says on which side of the value one stands; `clause` is where it was read."""

    kind: Check
    value: str
    shown: str
    unit: str = ""
    marks: frozenset[str] = frozenset()
    bound: Bound = Bound.NONE
    clause: str = ""
    raw: str = ""  # the number as written, before years become months
    understood: frozenset[str] = frozenset()  # the units a bare number may take: "deux mois, ou trois pour"
    is_implied: bool = False

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
_MONTH_ALONE = re.compile(rf"\b(?:{'|'.join(name for name in _MONTHS if name not in ('may', 'march'))})\b")
_WEEKDAY = re.compile(r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?\b")
# "CN22", "EUR.1", "CA3": a form or a procedure by its code. A level of studies ("bac+2") is read elsewhere.
_CODE_NAME = re.compile(
    r"(?<![\w.-])(?=[A-Z.-]*\d)[A-Z]{1,6}[.-]?\d{1,4}[A-Z]?(?![\w-]|\.\d)|(?<![\w.,-])\d[A-Z]{2}(?!\w)"
)
# What sort of rule says so: one fixed by decree is not one fixed by order.
_NORM = re.compile(
    r"\b(?:(décret|ordonnance|directive|circulaire)s?|(?:un|l'|par|d'|cet) ?(arrêté)s?(?! par| pour| le| la)"
    r"|(convention collective|accord de branche|accord d'entreprise|accord collectif)s?|(loi)s?)\b"
)
_NUMBER = re.compile(r"(?<![\w,.])(\d+(?:[,.]\d+)?)(er|ère|e|ème|ème?s|ers|ères|nd|st|rd|th)?(?![\d])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_BEFORE = re.compile(r"\b(?:en|depuis|avant|dès|après|années?|fin|début|d'ici|exercices?|in|since) $")
_TIME = re.compile(r"(?<![\w,.])(\d{1,2}) ?(?:h|:) ?(\d\d)(?!\d)")
_JOIN = re.compile(r"\s*(?:à|et|ou|-|,|to|or|and)\s+(?:de |à |le |l')?$|-$")
_RANGE_JOIN = re.compile(r"\s*(?:à|-|to)\s+$|-$")
_UNIT_KINDS = {"€": Check.AMOUNT, "%": Check.PERCENTAGE}


@lru_cache(maxsize=2_048)
def facts(text: str) -> tuple[StatedFact, ...]:
    """Return the facts of a text, in order of kind."""
    links_there = tuple(StatedFact(Check.LINK, link, link) for link in links(text))
    named = (match[0] for match in _CODE_NAME.finditer(visible(without_links(text))))
    codes = tuple(StatedFact(Check.LEGAL_REFERENCE, re.sub(r"[.-]", "", name).lower(), name, "code") for name in named)
    return (*links_there, *codes, *_facts_of(plain(without_links(text))))


@lru_cache(maxsize=2_048)
def facts_by_clause(text: str) -> tuple[tuple[StatedFact, ...], ...]:
    """Return the figures of each clause, with what "au-delà" and "sinon" stand for: the other side of a threshold."""
    read: list[tuple[StatedFact, ...]] = []
    bounded: list[StatedFact] = []
    for clause in clauses(_PHONE.sub(" ", plain(without_links(text)))):
        here = tuple(_of_clause(with_digits(clause)))
        implied = [_other_side(match, bounded) for match in _OTHER_SIDE.finditer(clause)]
        read.append((*here, *(fact for fact in implied if fact)))
        bounded += [fact for fact in here if fact.bound in _SIDES]
    return tuple(read)


def implied_facts(text: str) -> tuple[StatedFact, ...]:
    """Return the other sides of thresholds that a text speaks of: "au-delà" after "jusqu'à 50 €" is more than 50 €."""
    return tuple(fact for here in facts_by_clause(text) for fact in here if fact.is_implied)


_OTHER_SIDE = re.compile(
    r"\b(au-delà|au-dessus|plus haut)\b(?! d)|\b(en dessous|au-dessous|en deçà|plus bas)\b(?! d)"
    r"|\b(?:sinon|à défaut|dans le cas contraire|autrement)\b"
)
_UPPER, _LOWER = (Bound.AT_MOST, Bound.LESS, Bound.TO, Bound.WITHIN), (Bound.AT_LEAST, Bound.MORE, Bound.FROM)
_SIDES = (*_UPPER, *_LOWER)


def _other_side(found: re.Match[str], bounded: Sequence[StatedFact]) -> StatedFact | None:
    wanted = _UPPER if found[1] else _LOWER if found[2] else _SIDES
    last = next((fact for fact in reversed(bounded) if fact.bound in wanted), None)
    if last is None:
        return None
    return replace(last, bound=_COMPLEMENT[last.bound], is_implied=True)


_COMPLEMENT = {
    Bound.AT_MOST: Bound.MORE, Bound.TO: Bound.MORE, Bound.WITHIN: Bound.MORE, Bound.LESS: Bound.AT_LEAST,
    Bound.AT_LEAST: Bound.LESS, Bound.FROM: Bound.LESS, Bound.MORE: Bound.AT_MOST,
}  # fmt: skip


def _facts_of(text: str) -> Iterator[StatedFact]:
    stated: list[StatedFact] = []
    text = _take(_PHONE, text, stated, _phone)
    text = _take(_REFERENCE, text, stated, _reference)
    stated += [StatedFact(Check.LEGAL_REFERENCE, f"code {match[1]}", match[0]) for match in _CODE.finditer(text)]
    stated += [
        StatedFact(Check.LEGAL_REFERENCE, next(filter(None, match.groups())), match[0], "norm")
        for match in _NORM.finditer(text)
    ]
    yield from stated
    before: list[StatedFact] = []
    for clause in clauses(text):
        for fact in _of_clause(with_digits(clause)):
            yield _in_sequence(fact, before)
            before += [fact] if fact.kind in _WITH_UNIT or fact.unit else []


_WITH_UNIT = (Check.AMOUNT, Check.PERCENTAGE, Check.DURATION)


def _in_sequence(fact: StatedFact, before: Sequence[StatedFact]) -> StatedFact:
    """Return a figure with what it takes from those before it: its unit, or its side ("deux ans, soit 24 mois")."""
    if not before:
        return fact
    if fact.kind is Check.NUMBER and not fact.unit:
        return replace(fact, understood=frozenset("an" if stated.raw else stated.unit for stated in before))
    last = before[-1]
    is_same = (fact.kind, fact.value, fact.unit) == (last.kind, last.value, last.unit)
    if is_same and not fact.bound and fact.clause.startswith(("soit", "c'est-à-dire", "ou ")):
        return replace(fact, bound=last.bound)
    return fact


def understood_as(fact: StatedFact, unit: str) -> StatedFact:
    """Return a bare number as the measure it is when it takes a unit from the figure before it."""
    kind = _UNIT_KINDS.get(unit) or (Check.DURATION if unit in TIME_UNITS else Check.NUMBER)
    return _same_length(replace(fact, kind=kind, unit=unit))


def _take(
    pattern: re.Pattern[str], text: str, found: list[StatedFact], make: Callable[[re.Match[str]], StatedFact]
) -> str:
    """Add what the pattern finds and return the text without it."""
    found += [make(match) for match in pattern.finditer(text)]
    return pattern.sub(" ", text)


def _phone(found: re.Match[str]) -> StatedFact:
    digits = re.sub(r"\D", "", found[0].replace("(0)", "").replace("+33", "0"))
    return StatedFact(Check.PHONE, digits, found[0])


def _reference(found: re.Match[str]) -> StatedFact:
    reference = re.sub(r"^(?:articles?|cerfa)|n°|[\s.*]", "", found[0])
    return StatedFact(Check.LEGAL_REFERENCE, reference, found[0])


def _of_clause(clause: str) -> Iterator[StatedFact]:
    dated = list(_DATE.finditer(clause))
    for match in dated:
        yield _date(match, clause)
    blanked = _DATE.sub(lambda match: " " * len(match[0]), clause)
    for match in _MONTH_ALONE.finditer(blanked):
        yield StatedFact(Check.DATE, f"{_MONTHS[match[0]]:02}", match[0], "month", clause=clause)
    for match in _WEEKDAY.finditer(blanked):
        yield StatedFact(Check.DATE, match[1], match[0], "weekday", clause=clause)
    for match in _TIME.finditer(blanked):
        yield StatedFact(Check.NUMBER, f"{int(match[1])}:{match[2]}", match[0], "h", clause=clause)
    blanked = _TIME.sub(lambda match: " " * len(match[0]), blanked)
    yield from _numbers(clause, blanked)


def _date(found: re.Match[str], clause: str) -> StatedFact:
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
    return StatedFact(Check.DATE, value, found[0], bound=bound, clause=clause)


def _numbers(clause: str, blanked: str) -> Iterator[StatedFact]:
    matches = list(_NUMBER.finditer(blanked))
    made: list[StatedFact] = []
    for match, following in zip_longest(matches, matches[1:]):
        fact = _number(match, clause)
        if following and not fact.unit and fact.kind is Check.NUMBER and not match[2]:
            between = clause[match.end() : following.start()]
            if _JOIN.fullmatch(between):
                fact = _with_unit_of(fact, _number(following, clause))
        made.append(fact)
    yield from _as_ranges(made, matches, clause)


def _number(found: re.Match[str], clause: str) -> StatedFact:
    value, after = _canonical(found[1]), clause[found.end() :]
    if found[2]:
        return StatedFact(Check.NUMBER, value, found[0], "ordinal", clause=clause)
    unit, rest = unit_of(after)
    marks, rest = _marks(rest)
    bound = bound_of(clause[: found.start()], rest, unit)
    shown = clause[found.start() : len(clause) - len(rest)].strip()
    if _YEAR.fullmatch(value) and (not unit or _is_year(clause[: found.start()], unit)):
        return StatedFact(Check.YEAR, value, found[0], bound=bound, clause=clause)
    kind = _UNIT_KINDS.get(unit) or (Check.DURATION if unit in TIME_UNITS else Check.NUMBER)
    return _same_length(StatedFact(kind, value, shown or found[0], unit, marks, bound, clause))


def _is_year(before: str, unit: str) -> bool:
    """Tell whether a number of four digits before a word is a year: "les dividendes versés en 2026 supportent"."""
    return unit not in _UNIT_KINDS and unit not in TIME_UNITS and _YEAR_BEFORE.search(before) is not None


def _same_length(fact: StatedFact) -> StatedFact:
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
            if match := pattern.match(rest):
                marks.add(mark)
                rest = rest[match.end() :]
                break
        else:
            if not (match := PERS.match(rest)):
                return frozenset(marks), rest
            marks.add("per " + unit_of(" " + next(filter(None, match.groups())))[0])
            rest = rest[match.end() :]


def _with_unit_of(fact: StatedFact, following: StatedFact) -> StatedFact:
    value = fact.value
    if following.kind is Check.DURATION and following.unit == "mois" and " an" in f" {following.shown}":
        value = _canonical(str(float(value) * 12))
    return replace(fact, kind=following.kind, unit=following.unit, marks=following.marks, value=value)


def _as_ranges(made: list[StatedFact], found: list[re.Match[str]], clause: str) -> Iterator[StatedFact]:
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


def _shared_bound(place: int, made: list[StatedFact], found: list[re.Match[str]], clause: str) -> Bound:
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
