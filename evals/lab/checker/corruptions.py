"""Sentences changed by program: made wrong in one respect, or said otherwise and still true.

MiniCheck (Tang et al. 2024) and AlignScore (Zha et al. 2023) learn from errors that were made for the purpose; a
detector of invented errors learns more when a true sentence stands beside each (Kryscinski et al. 2020, FactCC).
"""

import random
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from noa_rag.rephrasing.gate.plain_text import plain

Rule = tuple[str, re.Pattern[str], str]


def _read() -> Iterator[Rule]:
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    for kind, pairs in told["both_ways"].items():
        for one, other in (*pairs, *((other, one) for one, other in pairs)):
            yield kind, re.compile(rf"\b{re.escape(one)}\b", re.IGNORECASE), other
    for kind, pairs in told["patterns"].items():
        for said, wrong in pairs:
            yield kind, re.compile(rf"\b{said}", re.IGNORECASE), wrong


RULES: tuple[Rule, ...] = tuple(_read())
_NUMBER = re.compile(r"(?<![\w,./-])\d+(?:[ \u202f]\d{3})*(?:,\d+)?(?![\w/.-]*\d)")
_SPELLED = ("un", "deux", "trois", "quatre", "cinq", "six", "huit", "dix", "douze", "quinze", "vingt", "trente", "cent")
_SPELLED_OUT = re.compile(rf"\b(?:{'|'.join(_SPELLED[1:])})\b")
_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b")
ADDED_SHARE = 0.15  # of the draws: an addition fits every sentence, and would drown the others
SHORTEST = 20  # characters that a wrong sentence keeps


def corrupted(sentence: str, drawn_by: random.Random, *, limit: int) -> Iterator[tuple[str, str]]:
    """Yield at most `limit` wrong sentences with what is wrong in each, of as many kinds as there are."""
    found: dict[str, list[str]] = {}
    for kind, pattern, wrong in RULES:
        if kind == "added" and drawn_by.random() > ADDED_SHARE:
            continue
        for place in pattern.finditer(sentence):
            said = _put(sentence, place, place.expand(wrong))
            if said != sentence and len(said) >= SHORTEST:
                found.setdefault(kind, []).append(said)
    for kind, said in _figures(sentence, drawn_by):
        found.setdefault(kind, []).append(said)
    kinds = sorted(found)
    drawn_by.shuffle(kinds)
    for kind in kinds[:limit]:
        yield kind, drawn_by.choice(found[kind])


def crossed(one: str, other: str) -> str:
    """Return the beginning of one true sentence with the end of another, "" where neither has two halves."""
    halves = [re.split(r"(?<=[\w)%€])( : | ; |, )", said, maxsplit=1) for said in (one, other)]
    if any(len(parts) < 3 or min(len(parts[0]), len(parts[2])) < 12 for parts in halves):
        return ""
    return f"{halves[0][0]}{halves[0][1]}{halves[1][2]}"


def _figures(sentence: str, drawn_by: random.Random) -> Iterator[tuple[str, str]]:
    if numbers := list(_NUMBER.finditer(sentence)):
        place = drawn_by.choice(numbers)
        yield "number", _put(sentence, place, _another(place[0], numbers, drawn_by))
    if words := list(_SPELLED_OUT.finditer(sentence)):
        place = drawn_by.choice(words)
        yield "number", _put(sentence, place, drawn_by.choice([one for one in _SPELLED[1:] if one != place[0]]))
    if months := list(_MONTH.finditer(sentence)):
        place = drawn_by.choice(months)
        yield "date", _put(sentence, place, drawn_by.choice([one for one in _MONTHS if one != place[0]]))


def _another(number: str, others: Sequence[re.Match[str]], drawn_by: random.Random) -> str:
    """Return another number: one that stands elsewhere in the sentence, or this with a digit changed."""
    beside = [one[0] for one in others if one[0] != number]
    if beside and drawn_by.random() < 0.4:
        return drawn_by.choice(beside)
    places = [at for at, char in enumerate(number) if char.isdigit()]
    at = drawn_by.choice(places[: max(1, len(places) - 1)])
    digit = drawn_by.choice([one for one in "123456789" if one != number[at]])
    return number[:at] + digit + number[at + 1 :]


def _put(sentence: str, place: re.Match[str], wrong: str) -> str:
    """Return the sentence with other words at a place, its capital kept."""
    if place[0][:1].isupper() and wrong[:1].islower():
        wrong = wrong[:1].upper() + wrong[1:]
    said = re.sub(r" {2,}", " ", sentence[: place.start()] + wrong + sentence[place.end() :]).strip()
    return said[:1].upper() + said[1:] if sentence[:1].isupper() else said


_SAME = tomllib.loads(Path(__file__).with_name("paraphrases.toml").read_text(encoding="utf-8"))["groups"]
_OPENINGS = (
    "En pratique, ",
    "Concrètement, ",
    "À savoir : ",
    "À noter : ",
    "En résumé, ",
    "Dans votre cas, ",
    "Attention : ",
)
_CONDITION_FIRST = re.compile(r"^(Si|Lorsque|Quand|En cas d[e']|Pour) ([^,;:]{8,100}), ([^;:]{15,})\.$")
_CONDITION_LAST = re.compile(r"^([^,;:]{20,}?),? (si|lorsque|quand|en cas d[e']|sauf si) ([^,;:]{8,100})\.$")
_BRACKET = re.compile(r" \([^()\d]{3,60}\)")
_TELLING = re.compile(r"\b(?:sauf|si|hors|uniquement|seulement|ou|pas|sans|moins|plus|avant|après)\b")
REPLACED = 3  # words at most


def paraphrased(sentence: str, drawn_by: random.Random) -> str:
    """Return a sentence that says the same in other words or another order; "" where nothing could be changed."""
    said = _turned(sentence, drawn_by)
    turns = [(one, group) for group in _SAME for one in group]
    drawn_by.shuffle(turns)
    done = 0
    for one, group in turns:
        place = re.search(rf"\b{re.escape(one)}\b", said, re.IGNORECASE)
        if not place or done == REPLACED:
            continue
        other = drawn_by.choice([word for word in group if word != one])
        if place[0][:1].isupper():
            other = other[:1].upper() + other[1:]
        said = said[: place.start()] + other + said[place.end() :]
        done += 1
    bracket = _BRACKET.search(said)
    if bracket and not _TELLING.search(plain(bracket[0])) and drawn_by.random() < 0.5:
        said = said[: bracket.start()] + said[bracket.end() :]
    if drawn_by.random() < 0.1 and said[:1].isupper() and not said[:2].isupper():
        said = drawn_by.choice(_OPENINGS) + said[:1].lower() + said[1:]
    return said if said != sentence else ""


def _turned(sentence: str, drawn_by: random.Random) -> str:
    """Return the sentence with its condition at the other end."""
    if drawn_by.random() < 0.6:
        if found := _CONDITION_FIRST.match(sentence):
            return f"{found[3][:1].upper()}{found[3][1:]}, {found[1].lower()} {found[2]}."
        if found := _CONDITION_LAST.match(sentence):
            return f"{found[2][:1].upper()}{found[2][1:]} {found[3]}, {found[1][:1].lower()}{found[1][1:]}."
    return sentence
