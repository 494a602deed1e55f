"""Whom and when a sentence covers must be what its passage covers."""

import re
from collections.abc import Iterator, Sequence

from noa_rag.answering.verification.clauses_read import HEDGE, Clause, aligned, bare, read_clauses, used
from noa_rag.answering.verification.finding import Check, Finding
from noa_rag.answering.verification.lexicon import patterns
from noa_rag.answering.verification.meaning_words import meaning

_SCOPE, _SCOPE_KEPT = patterns("scope"), patterns("scope_kept")
_MOMENT, _MOMENT_KEPT = patterns("moment"), patterns("moment_kept")


def turned_scope(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield words of scope ("tous", "uniquement") that were added, or lost where they narrow the passage."""
    said, official = bare(sentence), bare(quote)
    for name, pattern in _SCOPE.items():
        seen = None if pattern.search(official) else pattern.search(said)
        if seen and not _rests_elsewhere(name, seen[0], official):
            yield Finding(Check.SCOPE, seen[0])
    for clause in used(read_clauses(quote), meaning(sentence)):
        for name in ("only", "some"):
            kept = _UNDER_CONDITIONS if HEDGE.fullmatch(clause.text) else _SCOPE_KEPT[name]
            if (lost := _SCOPE[name].search(clause.text)) and not kept.search(said):
                yield Finding(Check.SCOPE, "", lost[0])


_UNDER_CONDITIONS = re.compile(r"\b(?:condition|reserve|certain|parfois|general|principe|souvent|si)\w*")
# A class of scope may rest on another of the passage, or on words that tell it otherwise.
_RESTS_ON = {
    "all": ("always", "whatever", "anyway"),
    "always": ("whatever", "anyway"),
    "anyway": ("always", "even", "whatever"),
}
_ALSO_TOLD_BY = {"all": "everything", "always": "staying"}
_TOLD_OTHERWISE = ("least", "most", "even")


def _rests_elsewhere(name: str, seen: str, official: str) -> bool:
    if seen.startswith("chaque ") and f"par {seen.removeprefix('chaque ')}" in official:
        return True
    if name in _ALSO_TOLD_BY and _SCOPE_KEPT[_ALSO_TOLD_BY[name]].search(official):
        return True
    if name in _TOLD_OTHERWISE:
        return _SCOPE_KEPT[name].search(official) is not None
    return any(_SCOPE[other].search(official) for other in _RESTS_ON.get(name, ()))


def turned_moments(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield words of time that the passage does not have, has turned round, or has and the sentence lost."""
    official, passage = read_clauses(quote), bare(quote)
    for clause in read_clauses(sentence):
        for name in ("until", "since", "preceding", "following"):
            if (seen := _MOMENT[name].search(clause.text)) and not _MOMENT_KEPT[name].search(passage):
                yield Finding(Check.MOMENT, seen[0])
        yield from _turned_ends(clause.text, passage)
        yield from _turned_sides(clause, official, passage)
    for clause in used(official, meaning(sentence)):
        for name, pattern in _LOST.items():
            if (lost := pattern.search(clause.text)) and not _MOMENT_KEPT[name].search(bare(sentence)):
                yield Finding(Check.MOMENT, "", lost[0])


# Before a figure, "jusqu'à" is the side of a fact, which is looked at there.
_LOST = {
    "until": re.compile(r"\bjusqu\w*(?! (?:a |au |aux )?\d)"),
    "since": re.compile(r"\b(?:a partir|a compter|depuis)(?! d\w* (?:l |la |le )?\d)"),
}
_SINCE_WHAT = re.compile(r"\b(?:a partir|a compter|depuis)(?: d[eu]s?| l[ea]s?| l)* (\w+)")
_UNTIL_WHAT = re.compile(r"\bjusqu\w*(?: a| au| aux)*(?: l[ea]s?| l)* (\w+)")


def _turned_ends(said: str, official: str) -> Iterator[Finding]:
    """Yield "à partir de" put for "jusqu'à" before the same word, and the other way round."""
    for here, there in ((_SINCE_WHAT, _UNTIL_WHAT), (_UNTIL_WHAT, _SINCE_WHAT)):
        wrong = set(there.findall(official)) - set(here.findall(official))
        yield from (Finding(Check.MOMENT, one[0]) for one in here.finditer(said) if one[1] in wrong)


_OTHER_SIDE = {"before": re.compile(rf"{_MOMENT['before'].pattern}|\bau plus tard\b"), "after": _MOMENT["after"]}


def _turned_sides(clause: Clause, official: Sequence[Clause], passage: str) -> Iterator[Finding]:
    """Yield "avant" where the passage has "après" there, or has only "après"."""
    close = " , ".join(one.text for one in aligned(clause, official, 0.35) or official)
    for name, other in (("before", "after"), ("after", "before")):
        seen = _MOMENT[name].search(clause.text)
        there = close if _MOMENT_KEPT[name].search(passage) else passage
        if seen and not _MOMENT_KEPT[name].search(there) and (turned := _OTHER_SIDE[other].search(there)):
            yield Finding(Check.MOMENT, seen[0], turned[0])
