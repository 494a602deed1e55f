"""Light paraphrases made by program: other words and another order, the same said. They teach what is not an error."""

import random
import re
import tomllib
from pathlib import Path

from noa_rag.rephrasing.gate.plain_text import plain

_SAME = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["groups"]
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
