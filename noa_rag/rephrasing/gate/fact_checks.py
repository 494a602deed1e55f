"""Facts and references: those of a sentence must be its passage's, with their qualifiers and their side of a limit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from noa_rag.french.words import fold
from noa_rag.rephrasing.gate.facts import StatedFact, facts, implied_facts, understood_as
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import meaning
from noa_rag.rephrasing.gate.placement import MEASURED, NOTHING, is_bounded_apart, is_on_same_side, turned_ties
from noa_rag.rephrasing.gate.plain_text import folded_words, is_linked, plain, stem
from noa_rag.rephrasing.gate.quantity import MARKS, Bound, unit_of

# A sentence may take up what the visitor said of herself: "Avec 8 salariés, …". Only counts, only as a setting.
_SETTING = re.compile(r"^(?:avec|à|comme|puisqu\w*|si vous|pour|dans votre cas|étant)\b")
# "Deux conditions : …" counts the items of the passage.
_BOTH = re.compile(r"\b(?:les|ces|vos|nos|leurs|des|aux) 2\b")
_COUNTED = frozenset(
    stem(word)
    for word in (
        "cas", "condition", "etape", "possibilite", "solution", "formule", "option", "situation", "voie", "type",
        "sorte", "demarche", "chose", "critere", "document", "piece", "regle", "obligation", "conditions", "etapes",
        "possibilites", "solutions", "options", "situations", "voies", "types", "demarches", "choses", "criteres",
        "documents", "pieces",
    )
)  # fmt: skip
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+", re.MULTILINE)


def wrong_facts(sentence: str, quote: str, question: str) -> Iterator[GateFinding]:
    """Yield what the sentence states and the passage does not."""
    official = facts(quote)
    yield from _mixed_ranges(facts(sentence), official)
    yield from turned_ties(sentence, quote)
    yield from _other_periods(sentence, quote)
    for fact in facts(sentence):
        if _BOTH.search(fact.clause) and fact.value == "2" and fact.kind is Check.NUMBER:
            continue  # "les deux parties"
        if fact.kind is Check.LINK:
            if not is_linked(fact.value, tuple(stated.value for stated in official if stated.kind is Check.LINK)):
                yield GateFinding(
                    Check.LINK, fact.shown, ", ".join(stated.shown for stated in official if stated.kind is Check.LINK)
                )
            continue
        same = [stated for stated in (*official, *implied_facts(quote)) if _is_same(fact, stated)]
        if same:
            yield from _in_detail(fact, same, quote, sentence)
            yield from _counted_as_another(fact, same, quote)
        elif fact.value == "0" and NOTHING.search(plain(quote)):
            continue
        elif (
            not _is_each(fact, quote)
            and not is_in_text(fact, quote)
            and not _is_setting(fact, question)
            and not _counts_items(fact, quote)
        ):
            yield GateFinding(fact.kind, fact.shown, _closest(fact, official))


def _other_periods(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield periods that the passage names nowhere, told without a number: "du repos par mois" of "par jour"."""
    stems, counted = meaning(quote).stems, folded_words(" ".join(fact.shown for fact in facts(sentence)))
    for word in meaning(sentence).words:
        if any(word.stem in ways and not ways & stems for ways in _PERIODS) and word.text not in counted:
            yield GateFinding(Check.DURATION, word.text)


def _mixed_ranges(said: Sequence[StatedFact], official: Sequence[StatedFact]) -> Iterator[GateFinding]:
    """Yield ranges put together from the ends of two others: "de 11 à 49" of "de 11 à 24, de 25 à 49"."""
    there = {(low.value, high.value): (low, high) for low, high in _ranges(official)}
    ends = {value for pair in there for value in pair}
    for low, high in _ranges(said):
        if (low.value, high.value) not in there and {low.value, high.value} <= ends:
            yield GateFinding(Check.PLACEMENT, f"{low.shown} - {high.shown}")


def _ranges(found: Sequence[StatedFact]) -> Iterator[tuple[StatedFact, StatedFact]]:
    for low, high in pairwise(found):
        if low.bound is Bound.FROM and high.bound is Bound.TO and low.clause == high.clause:
            yield low, high


def _is_same(fact: StatedFact, official: StatedFact) -> bool:
    if fact.kind is Check.YEAR:
        return (official.kind is Check.YEAR and official.value == fact.value) or (
            official.kind is Check.DATE and official.value.startswith(fact.value)
        )
    if fact.kind is Check.DATE:
        return official.kind is Check.DATE and _is_same_day(fact, official)
    if fact.kind in MEASURED:
        return official.kind in MEASURED and _is_same_measure(fact, official)
    return official.kind is fact.kind and official.value == fact.value


def _is_same_measure(fact: StatedFact, official: StatedFact) -> bool:
    bare = replace(fact, understood=frozenset())
    if any(_is_same_measure(understood_as(bare, unit), official) for unit in fact.understood):
        return True
    if official.value != fact.value and (official.unit or official.value != fact.raw):
        return _is_ordinal_day(fact, official)
    return _is_same_unit(fact, official)


def _is_same_day(fact: StatedFact, official: StatedFact) -> bool:
    """Tell whether two dates agree; "juillet" and "juillet 2026" say less than "1er juillet 2026"."""
    said, meant = fact.value, official.value
    if fact.unit == "month" and not official.unit:
        return meant.split("-")[1] == said
    return said == meant or (len(said) == len("2026-07") and said[0] != "-" and meant.startswith(said))


def _counted_as_another(fact: StatedFact, same: Sequence[StatedFact], quote: str) -> Iterator[GateFinding]:
    """Yield a number that counts what the passage doesn't name: "5 associés" of "5 salariés"."""
    if fact.kind is not Check.NUMBER or not fact.unit or any(stated.unit in (fact.unit, "") for stated in same):
        return
    if not any(meaning(quote).has(word) for word in meaning(fact.unit).words):
        yield GateFinding(Check.NUMBER, f"{fact.shown} {fact.unit}", f"{same[0].shown} {same[0].unit}")


def _is_each(fact: StatedFact, quote: str) -> bool:
    """Tell whether "un trimestre" is one of those that the passage counts by ("par trimestre validé")."""
    if fact.kind is not Check.DURATION or "1" not in (fact.value, fact.raw):
        return False
    return _is_per_elsewhere(f"per {'an' if fact.raw else fact.unit}", quote)


def _is_ordinal_day(fact: StatedFact, official: StatedFact) -> bool:
    """Return whether a fact is a day without its month, as in "le 15 du mois"."""
    return fact.value == official.value and {fact.unit, official.unit} == {"ordinal", ""}


def _is_same_unit(fact: StatedFact, official: StatedFact) -> bool:
    if fact.unit == official.unit:
        return True
    if "ordinal" in (fact.unit, official.unit):
        return False
    if fact.kind is Check.NUMBER and official.kind is Check.NUMBER:
        return True  # what is counted is looked at beside
    # "25 jours, ou 32 pour une naissance multiple": the unit is understood.
    return not official.unit and fact.kind is not Check.AMOUNT


def _in_detail(fact: StatedFact, same: Sequence[StatedFact], quote: str, sentence: str) -> Iterator[GateFinding]:
    if fact.kind not in (*MEASURED, Check.DATE, Check.YEAR):
        return
    marked = [stated for stated in same if _are_marks_kept(fact, stated, quote)]
    if not marked:
        yield GateFinding(fact.kind, _with_marks(fact), _with_marks(same[0]))
    elif not any(is_on_same_side(fact, stated, quote) or is_bounded_apart(fact, stated, sentence) for stated in marked):
        yield GateFinding(Check.COMPARISON, f"{fact.shown} ({fact.bound})", f"{marked[0].shown} ({marked[0].bound})")


def _are_marks_kept(fact: StatedFact, official: StatedFact, quote: str) -> bool:
    """Tell whether the qualifiers agree: "15 jours ouvrés" is not "15 jours", "30 € par jour" not "30 € par mois"."""
    sides = {"avant", "après"}
    if fact.marks & sides and official.marks & sides and not fact.marks & official.marks & sides:
        return False
    said, meant = fact.marks - sides - {"civil"}, official.marks - sides - {"civil"}
    if not official.unit and fact.unit:
        return True
    said_words = meaning(fact.clause)
    meant_per = any(mark.startswith("per ") for mark in meant)
    for mark in said - meant:
        is_elsewhere = mark.startswith("per ") and not meant_per and _is_per_elsewhere(mark, quote)
        if not is_elsewhere and not _is_announced(mark, meant, quote):
            return False
    return all(_names(mark, fact, said_words.stems) for mark in meant - said)


def _is_announced(mark: str, meant: frozenset[str], quote: str) -> bool:
    """Tell whether the line that announces a list qualifies its items: "les plafonds, hors taxes, sont de :"."""
    pattern = next((pattern for pattern, name in MARKS if name == mark), None)
    if pattern is None or any({mark, other} in _AGAINST for other in meant):
        return False
    return any(line.rstrip().endswith(":") and pattern.search(line) for line in plain(quote).split("\n"))


_AGAINST = ({"ht", "ttc"}, {"brut", "net"}, {"ouvré", "ouvrable"}, {"ouvré", "calendaire"}, {"ouvrable", "calendaire"})


def _is_per_elsewhere(mark: str, quote: str) -> bool:
    """Tell whether the passage counts so at another place: "**Plafond, par salarié et par an** : 3 000 €"."""
    return any(f"per {unit_of(' ' + unit)[0]}" == mark for unit in _PER.findall(plain(quote)))


_PER = re.compile(r"(?:\bpar |\bchaque |/ ?|\b(?:tous|toutes) les )(\w+)")


def _names(mark: str, fact: StatedFact, stems: frozenset[str]) -> bool:
    """Tell whether a qualifier is said elsewhere in the clause: "chaque mois, vous payez 30 €"."""
    word = mark.removeprefix("per ")
    if mark.startswith("per "):
        return bool({stem(fold(word)), *_PERIOD_STEMS.get(word, ())} & stems)
    return word in re.findall(r"\w+", fact.clause) or stem(word) in stems


_PERIOD_STEMS = {
    unit: frozenset(stem(word) for word in words.split())
    for unit, words in {
        "an": "annee annuel annuelle annuellement an ans",
        "semestre": "semestriel semestre",
        "trimestre": "trimestriel trimestre",
        "mois": "mensuel mensuelle mensuellement mois",
        "semaine": "hebdomadaire semaine",
        "jour": "journalier journaliere jour quotidien",
        "heure": "horaire heure",
    }.items()
}
_PERIODS = tuple(_PERIOD_STEMS.values())


def _is_setting(fact: StatedFact, question: str) -> bool:
    if fact.kind is not Check.NUMBER and fact.kind is not Check.DURATION:
        return False
    if fact.unit == "ordinal":
        return any(setting.unit == "ordinal" and setting.value == fact.value for setting in facts(question))
    if not _SETTING.match(fact.clause):
        return False
    return any(setting.kind is fact.kind and setting.value == fact.value for setting in facts(question))


def _counts_items(fact: StatedFact, quote: str) -> bool:
    if fact.kind is not Check.NUMBER or fact.unit not in _COUNTED:
        return False
    return fact.value == str(len(_ITEM.findall(quote)))


def _closest(fact: StatedFact, official: Sequence[StatedFact]) -> str:
    return ", ".join(dict.fromkeys(stated.shown for stated in official if stated.kind is fact.kind))


def _with_marks(fact: StatedFact) -> str:
    return f"{fact.shown} ({', '.join(sorted(fact.marks))})" if fact.marks else fact.shown


def is_in_text(fact: StatedFact, quote: str) -> bool:
    """Tell whether the passage has a label (a reference, a number without a unit) letter by letter."""
    if fact.kind is Check.LEGAL_REFERENCE and fact.unit == "code":
        return re.search(rf"(?<!\w){fact.value}(?!\w)", re.sub(r"(?<=\w)[.-](?=\d)", "", plain(quote))) is not None
    if fact.unit == "norm":
        return re.search(_NORM_KEPT.get(fact.value, re.escape(fact.value)), plain(quote)) is not None
    if fact.kind is Check.LEGAL_REFERENCE and not fact.value.startswith("code "):
        wanted = re.sub(r"[\s.*°-]", "", fact.value)
        return (
            len(wanted) > 1
            and re.search(rf"(?<!\d){re.escape(wanted)}(?!\d)", re.sub(r"[\s.*°-]", "", plain(quote))) is not None
        )
    return False


_NORM_KEPT = {
    "loi": r"\bloi|\bléga|\bcodes?\b|\barticle|\blégis|\brègle",
    "accord collectif": r"accord|convention",
    "accord de branche": r"accord|convention|branche",
    "accord d'entreprise": r"accord",
    "convention collective": r"convention|conventionnel|branche",
}
