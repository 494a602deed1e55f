"""On which side of a figure a sentence stands, and which thresholds it sets beside it."""

import re
from collections.abc import Iterator

from noa_rag.rephrasing.gate.facts import Fact, facts, facts_by_clause
from noa_rag.rephrasing.gate.finding import Check, Finding
from noa_rag.rephrasing.gate.plain_text import plain
from noa_rag.rephrasing.gate.quantity import TIME_UNITS, Bound, are_compatible, bounds_in

MEASURED = (Check.AMOUNT, Check.PERCENTAGE, Check.DURATION, Check.NUMBER)
NOTHING = re.compile(r"\b(?:nul(?:le)?s?|rien|aucune?|sans|zéro|gratuit\w*|exonér\w+)\b")


def is_bounded_apart(fact: Fact, official: Fact, sentence: str) -> bool:
    """Tell whether the side is told in a clause of its own, of the only figure: "4 trimestres, c'est le maximum"."""
    others = [one for one in facts(sentence) if one.kind in MEASURED and one.value != fact.value]
    return not fact.bound and not others and bool(_told(official.bound) & bounds_in(plain(sentence)))


def is_on_same_side(fact: Fact, official: Fact, quote: str) -> bool:
    """Tell whether a figure stands on the side of it on which the passage does."""
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


def _is_between(fact: Fact, official: Fact) -> bool:
    """Tell whether "un à deux mois" is told for "un ou deux mois"."""
    pair = {fact.bound, official.bound}
    return pair <= {Bound.FROM, Bound.TO, Bound.NONE} and _NEXT_TO.search(official.clause) is not None


def _is_loosely_told(fact: Fact, official: Fact) -> bool:
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


def turned_ties(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield a figure told for the other side of a threshold: "30 € jusqu'à 50 €" told as "30 € au-delà de 50 €"."""
    official = _ties(quote)
    for (kind, value), threshold in _ties(sentence):
        there = [bound for key, bound in official if key == (kind, value) and bound.value == threshold.value]
        there = [one for one in there if one.kind is threshold.kind]
        if there and all(side(one.bound) != side(threshold.bound) for one in there):
            yield Finding(Check.PLACEMENT, threshold.shown, f"{there[0].shown} ({there[0].bound})")


def _ties(text: str) -> list[tuple[tuple[Check, str], Fact]]:
    """Return each figure with each threshold that its clause, or a clause of nothing but thresholds, sets it beside."""
    tied: list[tuple[tuple[Check, str], Fact]] = []
    waiting: list[Fact] = []
    for here in facts_by_clause(text):
        bounded = [one for one in here if side(one.bound) and one.kind in MEASURED]
        prices = [one for one in here if one.kind in _PRICES and not one.is_implied]
        values = [one for one in prices if one not in bounded] or prices
        if bounded == values and len(values) == 1 and not waiting:
            waiting = [] if NOTHING.search(values[0].clause) else bounded
            continue
        others = bounded if len(bounded) > (bounded == values) else [*bounded, *waiting]
        for value in values:
            tied += [((value.kind, value.value), one) for one in others if one is not value]
        waiting = [] if values else [*waiting, *bounded]
    return tied


_PRICES = (Check.AMOUNT, Check.PERCENTAGE)


def side(bound: Bound) -> str:
    """Return the side of a value that a bound is on; "" where it says none."""
    if bound in (Bound.AT_MOST, Bound.LESS, Bound.TO, Bound.WITHIN):
        return "below"
    return "above" if bound in (Bound.AT_LEAST, Bound.MORE, Bound.FROM) else ""
