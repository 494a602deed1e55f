"""What a question insists on that an entry lacks: status, contract, place, moment, numbers, kind of thing."""

import re
from functools import lru_cache

from noa_rag.french.words import fold
from noa_rag.retrieval.verifier.contrasts import GROUPS, named

_NUMBER = re.compile(r"\d+(?:[ .,]\d+)*")
_OF_TIME = r"d(?:e |['’])(?:temps|jours|mois|semaines|ans|annees|heures)\b"
_ASKED = {
    "figure": re.compile(
        rf"\b(?:combien(?! {_OF_TIME})|montants?|tarifs?|prix|coute|couts?|bareme|how much|fees?|cost|plafonds?)\b"
    ),
    "rate": re.compile(r"\b(?:taux|pourcentage|pour ?cent|rates?|percent\w*)\b|%"),
    "moment": re.compile(r"\b(?:quand|date|a partir de quand|when|jusqu[ ']?a quand|quel mois|deadline|date limite)\b"),
    "duration": re.compile(rf"\b(?:delais?|combien {_OF_TIME}|how long|duree|quel temps)\b"),
    "contact": re.compile(
        r"\b(?:qui (?:contacter|appeler)|telephone|numero (?:de tel|a appeler)|adresse|phone|a qui)\b"
    ),
}
_GIVEN = {
    "figure": re.compile(r"\d\s?(?:€|euros?\b)"),
    "rate": re.compile(r"\d\s?%|pour cent"),
    "moment": re.compile(
        r"\b\d{1,2}(?:er)? (?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)\b"
        # "dès" and "des" are the same without accents: what follows tells them apart.
        r"|\b(?:avant|au plus tard|le jour|des (?:l[ea]|que|lors|reception)|dans les (?:\d+|huit|quinze|trente))\b"
        r"|\bdes l['’]"
    ),
    "duration": re.compile(r"\d+ (?:jours?|mois|ans?|semaines?|heures?)\b"),
    "contact": re.compile(r"\b(?:0\d(?: ?\d\d){4}|3\d ?\d\d|telephone|contactez|appelez|adressez)\b"),
}


def insistence(question: str, entry_title: str, entry_text: str) -> dict[str, float]:
    """Return what the question names or asks for that the entry does not, each figure 0 to about 2.

    `lacks_<group>` counts the values of a group that only the question names; `contradicts` the groups in which the
    entry's own questions name another value instead; `lacks_<kind>` whether a kind of thing is asked for and not given.
    """
    asked, title, text = named(question), named(entry_title), named(entry_text)
    lacks = {group: len(asked.get(group, _NONE) - text.get(group, _NONE)) for group in GROUPS}
    contradicts = sum(
        bool(title.get(group, _NONE)) and not (asked.get(group, _NONE) & title.get(group, _NONE)) for group in asked
    )
    narrower = sum(not asked.get(group) for group in title)
    folded, given = fold(question), _given(entry_text)
    wants = {kind: bool(pattern.search(folded)) for kind, pattern in _ASKED.items()}
    return {
        **{f"lacks_{group}": float(min(count, 2)) for group, count in lacks.items()},
        "lacks_any": float(min(sum(lacks.values()), 3)),
        "contradicts": float(min(contradicts, 3)),
        "title_names_more": float(min(narrower, 3)),
        "lacks_number": _missing_numbers(folded, entry_text),
        **{f"lacks_{kind}": float(wants[kind] and kind not in given) for kind in _ASKED},
        **{f"wants_{kind}": float(wants[kind]) for kind in _ASKED},
    }


_NONE: frozenset[str] = frozenset()


def _missing_numbers(question: str, entry_text: str) -> float:
    numbers = {_digits(one) for one in _NUMBER.findall(question)}
    return float(min(len(numbers - _numbers(entry_text)), 2))


@lru_cache(maxsize=8_192)  # entries' texts, and questions: 2 KB each at most
def _numbers(text: str) -> frozenset[str]:
    return frozenset(_digits(one) for one in _NUMBER.findall(fold(text)))


@lru_cache(maxsize=8_192)  # the same texts
def _given(text: str) -> frozenset[str]:
    folded = fold(text)
    return frozenset(kind for kind, pattern in _GIVEN.items() if pattern.search(folded))


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)
