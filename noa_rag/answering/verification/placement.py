"""A figure of the passage put where another of its kind belongs: amounts, delays and years swapped within a passage."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from noa_rag.answering.verification.facts import Fact, facts
from noa_rag.answering.verification.finding import Check, Finding
from noa_rag.answering.verification.links import without_links
from noa_rag.answering.verification.meaning_words import Meaning, meaning
from noa_rag.answering.verification.number_words import with_digits
from noa_rag.answering.verification.plain_text import clauses, fold, plain, sentences, stem

_PLACED = (Check.AMOUNT, Check.PERCENTAGE, Check.DURATION, Check.NUMBER, Check.DATE, Check.YEAR, Check.PHONE)
_PIECES = re.compile(r" et | ou ")
_OF_WHAT = re.compile(r" ?(?:de |d'|en )(\w{3,})")


@dataclass(frozen=True, slots=True)
class Placed:
    """A fact with the words and the other facts beside it."""

    fact: Fact
    around: Meaning
    beside: frozenset[tuple[Check, str]]
    in_clause: frozenset[tuple[Check, str]] = frozenset()


def misplaced_facts(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield the facts that the sentence ties to what the passage ties to another fact of the same kind."""
    official, said = placed_facts(quote), placed_facts(sentence)
    named = {(one.fact.kind, one.fact.value) for one in said}
    for here in said:
        rivals = [one for one in official if _is_rival(one.fact, here.fact)]
        own = [one for one in rivals if one.fact.value == here.fact.value]
        # What the sentence names as well may be what the words around belong to.
        others = [
            one
            for one in rivals
            if (one.fact.kind, one.fact.value) not in named and not _is_same_day(one.fact, here.fact)
        ]
        if not own or not others:
            continue
        own_support = max(_support(here, one, others) for one in own)
        other, support = max(((one, _support(here, one, own)) for one in others), key=lambda pair: pair[1])
        if support > own_support or _is_of_another(here.fact, own, others):
            yield Finding(Check.PLACEMENT, here.fact.shown, other.fact.shown)


def _is_same_day(one: Fact, other: Fact) -> bool:
    """Tell whether two dates are one day, told with and without its year."""
    return one.kind is Check.DATE and one.value[-6:] == other.value[-6:] and len(one.value) > len("2026-07") - 2


def _is_rival(one: Fact, other: Fact) -> bool:
    """Tell whether two facts may be taken for each other: bare numbers only where they count the same thing."""
    return one.kind is other.kind and (one.kind is not Check.NUMBER or one.unit == other.unit)


def _support(here: Placed, there: Placed, rivals: Sequence[Placed]) -> int:
    """Count what stands beside a fact, and in the passage beside this one and beside none of its rivals."""
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


def _is_of_another(fact: Fact, own: Sequence[Placed], others: Sequence[Placed]) -> bool:
    """Tell whether what the fact is said to be of ("9 000 € de droits") is what another one is of."""
    of_what = _complement(fact)
    is_own = any(_complement(one.fact) == of_what for one in own)
    return bool(of_what) and not is_own and any(_complement(one.fact) == of_what for one in others)


def _complement(fact: Fact) -> str:
    at = fact.clause.find(fact.shown)
    found = _OF_WHAT.match(fact.clause[at + len(fact.shown) :]) if at >= 0 else None
    return stem(fold(found[1])) if found else ""


@lru_cache(maxsize=2_048)
def placed_facts(text: str) -> tuple[Placed, ...]:
    """Return the figures of a text, each with what stands in its clause, its heading, and clauses without figures."""
    placed: list[Placed] = []
    heading = ""
    for sentence in sentences(plain(without_links(text))):
        parts = [piece for part in clauses(sentence) for piece in _PIECES.split(with_digits(part))]
        here = [fact for fact in facts(sentence) if fact.kind in _PLACED]
        if not here:
            heading = sentence
        placed += [_placed(fact, here, parts, heading) for fact in here]
    return tuple(placed)


def _placed(fact: Fact, here: Sequence[Fact], parts: Sequence[str], heading: str) -> Placed:
    place = next((at for at, part in enumerate(parts) if fact.shown in part), None)
    if place is None:
        return Placed(fact, meaning(" ".join(parts)), frozenset())
    rivals = [one.shown for one in here if one.kind is fact.kind and one is not fact]
    words = [parts[place]]
    for step in (-1, 1):
        at = place + step
        while 0 <= at < len(parts) and not any(shown in parts[at] for shown in rivals):
            words.append(parts[at])
            at += step
    text = " , ".join(words)
    others = [one for one in here if one.kind is not fact.kind]
    return Placed(
        fact,
        meaning(f"{heading} , {text}"),
        beside=frozenset((one.kind, one.value) for one in others if one.shown in text),
        in_clause=frozenset((one.kind, one.value) for one in others if one.shown in parts[place]),
    )
