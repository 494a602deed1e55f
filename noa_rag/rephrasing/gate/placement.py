"""Placement: each figure must have the place, and the side of a limit, that it has in its passage."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from noa_rag.french.numbers import with_digits
from noa_rag.french.words import fold
from noa_rag.rephrasing.gate.facts import StatedFact, facts, facts_by_clause, understood_as
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import Meaning, meaning
from noa_rag.rephrasing.gate.plain_text import clauses, plain, sentences, stem, without_links
from noa_rag.rephrasing.gate.quantity import TIME_UNITS, Bound, are_compatible, bounds_in

_PLACED = (Check.AMOUNT, Check.PERCENTAGE, Check.DURATION, Check.NUMBER, Check.DATE, Check.YEAR, Check.PHONE)
_PIECES = re.compile(r" et | ou ")
_BRACKETS = re.compile(r"\(([^()]*\d[^()]*)\)")  # "120 € (commerçant)" stays together
_OF_WHAT = re.compile(r" ?(?:de |d'|en )(\w{3,})")

_NOTHING = re.compile(r"\b(?:rien|aucune?|gratuit\w*|exonér\w+|dispens\w+|ne \w+ pas|sans frais)\b")
MEASURED = (Check.AMOUNT, Check.PERCENTAGE, Check.DURATION, Check.NUMBER)
NOTHING = re.compile(r"\b(?:nul(?:le)?s?|rien|aucune?|sans|zéro|gratuit\w*|exonér\w+)\b")


@dataclass(frozen=True, slots=True)
class Placed:
    """A fact with the words and the other facts beside it."""

    fact: StatedFact
    around: Meaning
    beside: frozenset[tuple[Check, str]]
    in_clause: frozenset[tuple[Check, str]] = frozenset()
    piece: Meaning = field(default_factory=lambda: meaning(""))  # the words of its own piece alone


def misplaced_facts(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield the facts that the sentence ties to what the passage ties to another fact of the same kind."""
    official, said = placed_facts(quote), placed_facts(sentence)
    named = {(placed_fact.fact.kind, placed_fact.fact.value) for placed_fact in said}
    if _NOTHING.search(plain(sentence)):
        named |= {(kind, "0") for kind in _PLACED}
    for here in said:
        rivals = [placed_fact for placed_fact in official if _is_rival(placed_fact.fact, here.fact)]
        own = [rival for rival in rivals if rival.fact.value == here.fact.value]
        # What the sentence names as well may be what the words around belong to.
        others = [
            rival
            for rival in rivals
            if (rival.fact.kind, rival.fact.value) not in named and not _is_same_day(rival.fact, here.fact)
        ]
        if not own or not others:
            continue
        own_support = max(_support(here, placed_fact, others) for placed_fact in own)
        other, support = max(((rival, _support(here, rival, own)) for rival in others), key=lambda pair: pair[1])
        if support > own_support or _is_of_another(here.fact, own, others) or _is_beside_another(here, own, other):
            yield GateFinding(Check.PLACEMENT, here.fact.shown, other.fact.shown)


def _is_same_day(fact: StatedFact, other: StatedFact) -> bool:
    """Tell whether two dates are one day, told with and without its year."""
    return fact.kind is Check.DATE and fact.value[-6:] == other.value[-6:] and len(fact.value) > len("2026-07") - 2


def _is_rival(fact: StatedFact, other: StatedFact) -> bool:
    """Tell whether two facts may be taken for each other: bare numbers only where they count the same thing."""
    if fact.kind is Check.DURATION and (fact.unit in _SHORT_TIMES) != (other.unit in _SHORT_TIMES):
        return False
    return fact.kind is other.kind and (fact.kind is not Check.NUMBER or fact.unit == other.unit)


_SHORT_TIMES = ("heure", "minute", "seconde")


def _support(here: Placed, there: Placed, rivals: Sequence[Placed]) -> int:
    """Count the words and facts beside `here` that the passage has beside `there` and beside none of its rivals."""
    words = {
        word.stem
        for word in here.around.words
        if not word.is_light
        and word.stem in there.around.stems
        and not any(word.stem in other.around.stems for other in rivals)
    }
    shared = here.beside & there.in_clause
    # A word with a digit ("bac+2") is a name: it tells more than an ordinary word.
    weight = sum(2 if any(map(str.isdigit, word)) else 1 for word in words)
    return weight + sum(not any(fact in other.in_clause for other in rivals) for fact in shared)


def _is_beside_another(here: Placed, own: Sequence[Placed], other: Placed) -> bool:
    """Tell whether the figure's piece shares words with that of another figure in the passage, none with its own."""
    if here.fact.kind not in (Check.AMOUNT, Check.PERCENTAGE):
        return False
    said = {word for word in here.piece.words if not word.is_light}
    is_own = any(placed_fact.piece.has(word) for placed_fact in own for word in said)
    return not is_own and any(word.stem in other.piece.stems for word in said)


def _is_of_another(fact: StatedFact, own: Sequence[Placed], others: Sequence[Placed]) -> bool:
    """Tell whether a fact's complement ("de droits" in "9 000 € de droits") is that of another fact in the passage."""
    of_what = _complement(fact)
    is_own = any(_complement(placed_fact.fact) == of_what for placed_fact in own)
    return bool(of_what) and not is_own and any(_complement(other.fact) == of_what for other in others)


def _complement(fact: StatedFact) -> str:
    at = fact.clause.find(fact.shown)
    match = _OF_WHAT.match(fact.clause[at + len(fact.shown) :]) if at >= 0 else None
    return stem(fold(match[1])) if match else ""


@lru_cache(maxsize=2_048)
def placed_facts(text: str) -> tuple[Placed, ...]:
    """Return the figures of a text, each with what stands in its clause, its heading, and clauses without figures."""
    placed: list[Placed] = []
    heading = ""
    for sentence in sentences(plain(without_links(text))):
        # What stands in brackets is of its own: "600 à 800 € (au plus 26 € par jour), pendant 6 mois".
        for stretch in (_BRACKETS.sub(" ", sentence), *_BRACKETS.findall(sentence)):
            parts = [piece for part in clauses(stretch) for piece in _PIECES.split(with_digits(part))]
            here = [_measured(fact) for fact in facts(stretch) if fact.kind in _PLACED]
            placed += [_placed(fact, here, parts, heading) for fact in here]
        if not facts(sentence):
            heading = sentence
    return tuple(placed)


def _measured(fact: StatedFact) -> StatedFact:
    """Return a bare number with its one understood unit: of "deux mois, ou trois", the second is three months."""
    return understood_as(fact, *fact.understood) if len(fact.understood) == 1 else fact


def _placed(fact: StatedFact, here: Sequence[StatedFact], parts: Sequence[str], heading: str) -> Placed:
    place = next((at for at, part in enumerate(parts) if fact.shown in part), None)
    if place is None:
        return Placed(fact, meaning(" ".join(parts)), frozenset())
    rivals = [placed_fact.shown for placed_fact in here if placed_fact.kind is fact.kind and placed_fact is not fact]
    words = [parts[place]]
    for step in (-1, 1):
        at = place + step
        while 0 <= at < len(parts) and not any(shown in parts[at] for shown in rivals):
            words.append(parts[at])
            at += step
    text = " , ".join(words)
    others = [placed_fact for placed_fact in here if placed_fact.kind is not fact.kind]
    return Placed(
        fact,
        meaning(f"{heading} , {text}"),
        beside=frozenset((other.kind, other.value) for other in others if other.shown in text),
        in_clause=frozenset((other.kind, other.value) for other in others if other.shown in parts[place]),
        piece=meaning(parts[place]),
    )


def is_bounded_apart(fact: StatedFact, official: StatedFact, sentence: str) -> bool:
    """Tell whether the bound of the only figure is told in a clause of its own: "4 trimestres, c'est le maximum"."""
    others = [stated for stated in facts(sentence) if stated.kind in MEASURED and stated.value != fact.value]
    return not fact.bound and not others and bool(_told(official.bound) & bounds_in(plain(sentence)))


def is_on_same_side(fact: StatedFact, official: StatedFact, quote: str) -> bool:
    """Tell whether the sentence gives a figure the bound (at most, from …) that the passage gives it."""
    if are_compatible(fact.bound, official.bound, official.unit or fact.unit) or _is_between(fact, official):
        return True
    if _DENIED.search(fact.clause) and (turned := _OPPOSITE.get(fact.bound)):
        # "on ne peut pas payer au-delà de 1 000 €" is a limit of 1 000 €.
        return turned is official.bound or turned in official.loose_bounds
    if official.is_implied:
        return side(fact.bound) == side(official.bound)
    if official.bound is Bound.NONE:
        # "Tant que vous restez sous un seuil : 85 000 € pour la vente" bounds the items of the list.
        return bool({fact.bound, _NEIGHBOUR.get(fact.bound)} & (official.loose_bounds | bounds_in(plain(quote))))
    return fact.bound is Bound.NONE and _is_loosely_told(fact, official)


def _is_between(fact: StatedFact, official: StatedFact) -> bool:
    """Tell whether "un à deux mois" is told for "un ou deux mois"."""
    pair = {fact.bound, official.bound}
    return pair <= {Bound.FROM, Bound.TO, Bound.NONE} and _NEXT_TO.search(official.clause) is not None


def _is_loosely_told(fact: StatedFact, official: StatedFact) -> bool:
    if official.bound is Bound.AT_MOST and official.unit in TIME_UNITS and Bound.WITHIN in fact.loose_bounds:
        return True  # "vous avez 60 jours" for "60 jours au plus"
    return bool(_told(official.bound) & fact.loose_bounds)


_NEXT_TO = re.compile(r"\b(?:1 ou 2|2 ou 3|3 ou 4|4 ou 5|5 ou 6)\b")
_DENIED = re.compile(r"\b(?:ne|n')[^,;]*\b(?:pas|jamais|plus)\b")
_OPPOSITE = {Bound.MORE: Bound.AT_MOST, Bound.LESS: Bound.AT_LEAST}
_NEIGHBOUR = {
    Bound.AT_MOST: Bound.LESS,
    Bound.LESS: Bound.AT_MOST,
    Bound.MORE: Bound.AT_LEAST,
    Bound.AT_LEAST: Bound.MORE,
}


def _told(bound: Bound) -> set[Bound]:
    """Return the sides that tell a bound when they are named elsewhere in the clause."""
    ends = {Bound.FROM: Bound.AT_LEAST, Bound.TO: Bound.AT_MOST}
    return {ends.get(bound, bound)}


def turned_ties(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield a figure told for the other side of a threshold: "30 € jusqu'à 50 €" told as "30 € au-delà de 50 €"."""
    official = _ties(quote)
    for (kind, value), threshold in _ties(sentence):
        there = [bound for key, bound in official if key == (kind, value) and bound.value == threshold.value]
        there = [fact for fact in there if fact.kind is threshold.kind]
        if there and all(side(fact.bound) != side(threshold.bound) for fact in there):
            yield GateFinding(Check.PLACEMENT, threshold.shown, f"{there[0].shown} ({there[0].bound})")


def _ties(text: str) -> list[tuple[tuple[Check, str], StatedFact]]:
    """Return each figure with each threshold of its clause, or of a clause beside it that has thresholds only."""
    tied: list[tuple[tuple[Check, str], StatedFact]] = []
    waiting: list[StatedFact] = []
    for here in facts_by_clause(text):
        bounded = [fact for fact in here if side(fact.bound) and fact.kind in MEASURED]
        prices = [fact for fact in here if fact.kind in _PRICES and not fact.is_implied]
        values = [price for price in prices if price not in bounded] or prices
        if bounded == values and len(values) == 1 and not waiting:
            waiting = [] if NOTHING.search(values[0].clause) else bounded
            continue
        others = bounded if len(bounded) > (bounded == values) else [*bounded, *waiting]
        for value in values:
            tied += [((value.kind, value.value), other) for other in others if other is not value]
        waiting = [] if values else [*waiting, *bounded]
    return tied


_PRICES = (Check.AMOUNT, Check.PERCENTAGE)


def side(bound: Bound) -> str:
    """Return the side of a value that a bound is on; "" where it says none."""
    if bound in (Bound.AT_MOST, Bound.LESS, Bound.TO, Bound.WITHIN):
        return "below"
    return "above" if bound in (Bound.AT_LEAST, Bound.MORE, Bound.FROM) else ""
