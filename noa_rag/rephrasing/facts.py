"""What can be checked to the letter: figures with their units, dates, telephone numbers, links, references.

What a figure means (a limit, a condition, whom it holds for) is for the judge.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from noa_rag.french.numbers import english_digits, with_digits
from noa_rag.french.words import fold, is_english, stem
from noa_rag.rephrasing.finding import Check, Finding
from noa_rag.rephrasing.plain_text import folded_words, is_linked, links, plain, visible, without_links

LARGE = 4  # digits from which on a figure without its unit says enough ("10 millions au plus")
MEASURED = (Check.AMOUNT, Check.PERCENTAGE, Check.DURATION, Check.NUMBER)
_UNIT_KINDS = {"€": Check.AMOUNT, "%": Check.PERCENTAGE}


@dataclass(frozen=True, slots=True)
class StatedFact:
    """One checkable thing: "30 jours ouvrés" has the value 30, the unit "jour" and the mark "ouvré"."""

    kind: Check
    value: str
    shown: str
    unit: str = ""
    marks: frozenset[str] = frozenset()


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier january", "février fevrier february", "mars march", "avril april", "mai may", "juin june",
            "juillet july", "août aout august", "septembre september", "octobre october", "novembre november",
            "décembre decembre december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(_MONTHS)
_PHONE = re.compile(
    r"(?<![\d,])(?:\+33 ?(?:\(0\))? ?|0 ?)[1-9](?:[ .-]?\d){8}(?!\d|,\d)|(?<!\d)3\d ?\d\d(?= |$)(?! ?(?:€|eur))"
)
_REFERENCE = re.compile(
    r"\b[lrd]\*?[. ]{0,2}\d+(?:[-.]\d+)+(?!\d)|\barticles? (?:\d+(?:[- ]?(?:[a-z]{1,2}|bis|ter|quater)\b)?(?:-\d+)*)"
    r"|(?:n° ?)[\w-]*\d[\w*/-]*|\bcerfa (?:n° ?)?\d+(?:\*\d+)?|\b20\d\d/\d+\b|\b\d{3,4}-[a-z]+(?:-[a-z]+)*\b"
    r"|\b\d{3,} [a-z](?= du (?:cgi|code))"
)
_LAW = re.compile(r"\bcode (?:général )?(?:de la |de l'|des |du |de )(\w+)")
# "CN22", "EUR.1", "CA3": a form or a procedure by its code.
_CODE = re.compile(r"(?<![\w.-])(?=[A-Z.-]*\d)[A-Z]{1,6}[.-]?\d{1,4}[A-Z]?(?![\w-]|\.\d)|(?<![\w.,-])\d[A-Z]{2}(?!\w)")
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)? (?P<month>{_MONTH})\b(?: (?:de )?(?P<year>(?:19|20)\d\d)\b)?"
    r"|\b(?P<day2>\d{1,2})[/.](?P<month2>\d{1,2})[/.](?P<year2>(?:19|20)?\d\d)\b"
    r"|\b(?P<year3>(?:19|20)\d\d)-(?P<month3>\d\d)-(?P<day3>\d\d)\b"
    rf"|\b(?P<month4>{_MONTH}) (?P<year4>(?:19|20)\d\d)\b"
)
_MONTH_ALONE = re.compile(rf"\b(?:{'|'.join(name for name in _MONTHS if name not in ('may', 'march'))})\b")
_WEEKDAY = re.compile(r"\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?\b")
_TIME = re.compile(r"(?<![\w,.])(\d{1,2}) ?(?:h|:) ?(\d\d)(?!\d)")
_NUMBER = re.compile(r"(?<![\w,.])(\d+(?:[,.]\d+)?)(er|ère|e|ème|èmes|es|ers|ères|nd|st|rd|th)?(?![\d])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_BEFORE = re.compile(r"\b(?:en|depuis|avant|dès|après|années?|fin|début|d'ici|exercices?|in|since) $")
_TIME_WORDS = {
    word: unit
    for unit, words in {
        "jour": "jour jours j journée journées day days",
        "semaine": "semaine semaines week weeks hebdomadaire",
        "mois": "mois month months mensuel mensuels mensuelle mensuelles mensuellement",
        "trimestre": "trimestre trimestres trimestriel trimestrielle quarter quarters",
        "semestre": "semestre semestres semestriel",
        "an": "an ans année années year years annuel annuels annuelle annuelles annuellement yearly",
        "heure": "heure heures h hour hours horaire",
        "minute": "minute minutes min",
        "seconde": "seconde secondes",
        "exercice": "exercice exercices",
        "£": "livre livres",
        "°": "degré degrés",
    }.items()
    for word in words.split()
}
_NO_UNIT = frozenset(
    (  # noqa: SIM905 (one list of words)
        "et ou au aux à a en de du des pour par si est sont le la les dans sur avec sans plus moins mais puis "
        "ne qui que selon sauf y il elle on vous nous maximum minimum environ brut brute net nette ht ttc "
        "hors toutes tous chaque avant après compris of and or to for entre peut doit soit lorsque dès sous "
        "dont ni pas ouvrés ouvrables calendaires révolus qu d l s n c jusqu"
    ).split()
)  # fmt: skip
_UNIT = re.compile(
    r"\s*(?:(?P<money>€|euros?\b|eur\b)|(?P<share>%)|(?P<sign>£|\$|m²|m2\b|km\b|cm\b|kg\b|°c?)"
    r"|(?:(?:derni(?:er|ère)s?|premi(?:er|ère)s?|prochaine?s?|bons?|longs?|longues?|autres?|seule?s?|grande?s?|petite?s?|nouve(?:aux|lles)"
    r"|working|consécuti(?:fs|ves)) )?(?P<word>[^\W\d_]+2?))"
)
_WORKING_DAYS = re.compile(r"\b(?:business|working)[ -](days?)\b")
_MARKS = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), mark)
    for pattern, mark in (
        (r"ouvrée?s?", "ouvré"),
        (r"ouvrables?", "ouvrable"),
        (r"francs?", "franc"),
        (r"calendaires?|calendar", "calendaire"),
        (r"brute?s?|gross", "brut"),
        (r"nette?s?|nets?", "net"),
        (r"ht|hors taxes?|hors tva", "ht"),
        (r"ttc|toutes taxes comprises", "ttc"),
    )
)
_AGAINST = ({"ht", "ttc"}, {"brut", "net"}, {"ouvré", "ouvrable", "calendaire", "franc"})
_DAYS = {"ouvré", "ouvrable", "franc"}  # without which a number of days is another number of days
_PER = re.compile(
    r"(?:\bpar |\bchaque |/ ?|\b(?:tous|toutes) les |\b(?:a|an|per|every) )(?:\d+ )?([^\W\d_]+)"
    r"|\b((?:annu|mensu|trimestri|semestri)el|hebdomadaire)\w*"
)
_PERIODS = frozenset(("jour", "semaine", "mois", "trimestre", "semestre", "an", "heure"))
_LONG_PERIODS = _PERIODS - {"jour", "heure"}  # "le jour même", "à toute heure"
_AFTER_UNIT = 24  # characters in which a mark still belongs to the figure before it
_JOIN = re.compile(r" ?(?:à|et|ou|-|,|to|or|and) (?:de |à |le |l')?$|-$")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+", re.MULTILINE)
_SETTING = re.compile(r"(?:avec|à|comme|puisqu\w*|si vous|pour|dans votre cas|étant|with|as|if you|since you)\b[^,;.]*")


def wrong_facts(sentence: str, passage: str, question: str) -> Iterator[Finding]:
    """Yield what the sentence states to the letter and the passage does not."""
    official = facts(passage)
    lasting = {each.value for each in official if each.kind is Check.DURATION}  # "30 jours, et 30 de plus"
    official = tuple(
        each for each in official if each.unit or each.kind is not Check.NUMBER or each.value not in lasting
    )
    stems_there = frozenset(map(stem, folded_words(passage)))
    marks_there = {mark for pattern, mark in _MARKS if pattern.search(plain(passage))}
    is_abroad = is_english(sentence) and not is_english(passage)  # nouns are in other words
    if is_abroad:  # "working days" are "ouvrés" or "ouvrables"
        sentence = _WORKING_DAYS.sub(r"\1 ouvrables" if "ouvrable" in marks_there else r"\1 ouvrés", sentence)
    marks_said = {mark for pattern, mark in _MARKS if pattern.search(plain(sentence))}
    for fact in facts(sentence):
        if added := {mark for mark in fact.marks - marks_there if not mark.startswith("per ")}:
            yield Finding(fact.kind, f"{fact.shown} ({', '.join(sorted(added))})")
        if fact.kind is Check.LINK:
            if not is_linked(fact.value, there := tuple(each.value for each in official if each.kind is Check.LINK)):
                yield Finding(Check.LINK, fact.shown, ", ".join(there))
        elif not any(_is_same(fact, stated, marks_said) for stated in official) and not _may_stand(
            fact, sentence, passage, question
        ):
            closest = dict.fromkeys(stated.shown for stated in official if stated.kind is fact.kind)
            yield Finding(fact.kind, fact.shown, ", ".join(closest))
        elif not is_abroad and _counts_others(fact, official, stems_there):
            yield Finding(Check.NUMBER, f"{fact.value} {fact.unit}")
    yield from _other_periods(sentence, passage)


@lru_cache(maxsize=2_048)
def facts(text: str) -> tuple[StatedFact, ...]:
    """Return the facts of a text, by kind."""
    stated = [StatedFact(Check.LINK, link, link) for link in links(text)]
    bare = without_links(text)
    for match in _CODE.finditer(visible(bare)):
        stated.append(StatedFact(Check.LEGAL_REFERENCE, re.sub(r"[.-]", "", match[0]).lower(), match[0]))
    rest = plain(bare)
    for match in _PHONE.finditer(rest):
        digits = re.sub(r"\D", "", match[0].replace("(0)", "").replace("+33", "0"))
        stated.append(StatedFact(Check.PHONE, digits, match[0]))
    rest = _PHONE.sub(" ; ", rest)
    for match in _REFERENCE.finditer(rest):
        reference = re.sub(r"^(?:articles?|cerfa)|n°|[\s.*°-]", "", match[0])
        stated.append(StatedFact(Check.LEGAL_REFERENCE, reference, match[0]))
    for match in _LAW.finditer(rest):
        stated.append(StatedFact(Check.LEGAL_REFERENCE, match[1], match[0]))
    rest = _REFERENCE.sub(" ; ", rest)
    rest = english_digits(rest) if is_english(text) else with_digits(rest)
    stated += [_date(match) for match in _DATE.finditer(rest)]
    rest = _DATE.sub(" ; ", rest)
    stated += [StatedFact(Check.DATE, f"{_MONTHS[name]:02}", name, "month") for name in _MONTH_ALONE.findall(rest)]
    stated += [StatedFact(Check.DATE, day, day, "weekday") for day in _WEEKDAY.findall(rest)]
    stated += [
        StatedFact(Check.NUMBER, f"{int(hour)}:{minutes}", f"{hour} h {minutes}")
        for hour, minutes in _TIME.findall(rest)
    ]
    return (*stated, *_numbers(_TIME.sub(" ; ", rest)))


def _date(found: re.Match[str]) -> StatedFact:
    parts = found.groupdict()
    day = parts["day"] or parts["day2"] or parts["day3"]
    year = parts["year"] or parts["year2"] or parts["year3"] or parts["year4"] or ""
    name = parts["month"] or parts["month4"]
    month = _MONTHS[name] if name else int(parts["month2"] or parts["month3"])
    year = f"20{year}" if len(year) == 2 else year
    return StatedFact(Check.DATE, f"{year}-{month:02}-{int(day):02}" if day else f"{year}-{month:02}", found[0])


def _numbers(text: str) -> Iterator[StatedFact]:
    """Yield the figures from the last to the first: one without a unit may have that of the next ("10 à 20 €")."""
    matches = list(_NUMBER.finditer(text))
    following, made = None, []
    for number, match in reversed(list(enumerate(matches))):
        end = matches[number + 1].start() if number + 1 < len(matches) else len(text)
        fact = _number(match, text[: match.start()], text[match.end() : end])
        if following and not fact.unit and fact.kind is Check.NUMBER and _JOIN.search(text[match.end() : end]):
            fact = _same_length(replace(fact, kind=following.kind, unit=following.unit, marks=following.marks))
        made.append(fact)
        following = fact
    yield from reversed(made)


def _number(found: re.Match[str], before: str, after: str) -> StatedFact:
    value = _canonical(found[1])
    if found[2]:
        return StatedFact(Check.NUMBER, value, found[0], "ordinal")
    match = _UNIT.match(after)
    unit = ""
    if match and (match["money"] or match["share"] or match["sign"]):
        unit = "€" if match["money"] else match["share"] or match["sign"].replace("²", "2")
    elif match and match["word"] not in _NO_UNIT:
        unit = _TIME_WORDS.get(match["word"]) or stem(fold(match["word"]))
    if _YEAR.fullmatch(value) and (not unit or (unit not in _UNIT_KINDS and _YEAR_BEFORE.search(before))):
        return StatedFact(Check.YEAR, value, found[0])
    near = after[: match.end() + _AFTER_UNIT] if unit and match else after[:_AFTER_UNIT]
    marks = {mark for pattern, mark in _MARKS if pattern.search(near)}
    marks |= {f"per {period}" for match in _PER.finditer(near) if (period := _period(match)) in _PERIODS}
    kind = _UNIT_KINDS.get(unit) or (
        Check.DURATION if unit.isalpha() and unit in _TIME_WORDS.values() else Check.NUMBER
    )
    shown = f"{found[0]}{match[0] if match and unit else ''}"
    return _same_length(StatedFact(kind, value, shown, unit, frozenset(marks)))


def _period(found: re.Match[str]) -> str:
    return _TIME_WORDS.get(found[1] or found[2], "")


def _same_length(fact: StatedFact) -> StatedFact:
    """Write whole years as months: "12 mois" is "un an". Months are not days: the calendar decides."""
    months = {"an": 12, "semestre": 6}.get(fact.unit) if fact.kind is Check.DURATION else None
    return replace(fact, value=_canonical(str(float(fact.value) * months)), unit="mois") if months else fact


def _canonical(number: str) -> str:
    whole, _, decimals = number.replace(",", ".").partition(".")
    decimals = decimals.rstrip("0")
    return f"{int(whole)}.{decimals}" if decimals else str(int(whole))


def _is_same(fact: StatedFact, official: StatedFact, marks_said: Set[str] = frozenset()) -> bool:
    """Tell whether two facts agree. `marks_said` are the qualifiers that the whole sentence has."""
    if fact.kind is Check.YEAR:
        return official.kind in (Check.YEAR, Check.DATE) and official.value.startswith(fact.value)
    if fact.kind is Check.DATE:
        return official.kind is Check.DATE and _is_same_day(fact, official)
    if fact.kind not in MEASURED or official.kind not in MEASURED:
        return official.kind is fact.kind and official.value == fact.value
    if fact.kind is Check.NUMBER and not fact.unit and official.kind in (Check.DURATION, Check.NUMBER):
        return fact.value in (official.value, official.shown.split(" ")[0])  # "dix ans, ou quinze pour…"
    is_same = official.value == fact.value and _is_same_unit(fact, official)
    return is_same and _are_marks_kept(fact.marks | marks_said, official.marks)


def _is_same_unit(fact: StatedFact, official: StatedFact) -> bool:
    if "ordinal" in (fact.unit, official.unit):
        return {fact.unit, official.unit} <= {"ordinal", ""}
    if fact.unit == official.unit or (fact.kind, official.kind) == (Check.NUMBER, Check.NUMBER):
        return True
    if not official.unit:
        return fact.kind is not Check.AMOUNT
    return not fact.unit and len(fact.value) >= LARGE


def _is_same_day(fact: StatedFact, official: StatedFact) -> bool:
    """Tell whether two dates agree; "juillet" and "1er juillet" say less than "1er juillet 2026"."""
    if "weekday" in (fact.unit, official.unit):
        return (fact.value, fact.unit) == (official.value, official.unit)
    if fact.unit == "month":
        return fact.value == (official.value if official.unit else official.value.split("-")[1])
    return official.value.endswith(fact.value) or (fact.value[0] != "-" and official.value.startswith(fact.value))


def _are_marks_kept(said: frozenset[str], meant: frozenset[str]) -> bool:
    """Tell whether qualifiers agree: "30 € par jour" is not "30 € par mois", "15 jours ouvrés" not "ouvrables"."""
    said_per, meant_per = ({mark for mark in marks if mark.startswith("per ")} for marks in (said, meant))
    if said_per and meant_per and said_per != meant_per:
        return False
    if any({mark, other} <= group for group in _AGAINST for mark in said for other in meant - said):
        return False
    return meant & _DAYS <= said


def _may_stand(fact: StatedFact, sentence: str, passage: str, question: str) -> bool:
    """Tell whether a figure counts the passage's items, is "1", or takes up what the visitor said of herself.

    She may be told "Avec 8 salariés, …", not that the deadline is the one that she asked about.
    """
    if fact.kind is Check.LEGAL_REFERENCE:
        letters = re.sub(r"[\s.*°-]", "", plain(passage))
        return len(fact.value) > 1 and re.search(rf"(?<!\d){re.escape(fact.value)}(?!\d)", letters) is not None
    if fact.kind is Check.YEAR or (fact.kind is Check.NUMBER and _YEAR.fullmatch(fact.value)):
        return re.search(rf"\b{fact.value}\b", plain(passage)) is not None  # the name of a form
    if fact.kind is Check.DURATION and fact.shown.split()[0] == "1":
        return any(_period(match) == _TIME_WORDS.get(fact.shown.split()[-1]) for match in _PER.finditer(plain(passage)))
    if fact.kind not in (Check.NUMBER, Check.DURATION):
        return False
    if fact.kind is Check.NUMBER and fact.value in ("1", "2", str(len(_ITEM.findall(passage)))):
        return not any(fact.unit and fact.unit == stated.unit for stated in facts(passage))  # "les deux parties"
    setting = _SETTING.match(plain(sentence))
    is_setting = setting is not None and any(_is_same(fact, stated) for stated in facts(setting[0]))
    return is_setting and any(_is_same(fact, stated) for stated in facts(question))


def _counts_others(fact: StatedFact, official: tuple[StatedFact, ...], stems_there: frozenset[str]) -> bool:
    """Tell whether a number counts what the passage does not name: "5 associés" of "5 salariés"."""
    if fact.kind is not Check.NUMBER or fact.value in ("1", "2") or fact.unit in ("", "ordinal", "person"):
        return False
    same = [stated for stated in official if stated.value == fact.value and stated.kind is Check.NUMBER]
    if not same or any(stated.unit in (fact.unit, "", "ordinal") for stated in same):
        return False
    return not any(
        word.startswith(fact.unit[:5]) or fact.unit.startswith(word[:5]) for word in stems_there if len(word) > 3
    )


def _other_periods(sentence: str, passage: str) -> Iterator[Finding]:
    """Yield periods that the passage names nowhere, told without a figure: "dans la semaine" of "dans le mois"."""
    text = plain(without_links(sentence))
    text = re.sub(r"\ban\b", " ", english_digits(text)) if is_english(sentence) else with_digits(text)
    for fact in facts(sentence):
        text = text.replace(fact.shown, " ")
    there = _periods(with_digits(plain(without_links(passage))))
    if there:
        yield from (Finding(Check.DURATION, period) for period in sorted(_periods(text) - there))


def _periods(text: str) -> set[str]:
    return {_TIME_WORDS[word] for word in re.findall(r"[^\W\d_]+", text) if word in _TIME_WORDS} & _LONG_PERIODS
