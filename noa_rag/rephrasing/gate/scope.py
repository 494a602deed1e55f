"""Scope: a sentence must apply to the people and the times of its passage."""

import re
from collections.abc import Iterator, Sequence

from noa_rag.rephrasing.gate.clauses_read import HEDGE, Clause, aligned, bare, barred, read_clauses, used
from noa_rag.rephrasing.gate.conditions import restrictions
from noa_rag.rephrasing.gate.facts import facts
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import meaning, patterns

_SCOPE, _SCOPE_KEPT = patterns("scope"), patterns("scope_kept")
_CHOICE = patterns("choice")
_MOMENT, _MOMENT_KEPT = patterns("moment"), patterns("moment_kept")


def turned_scope(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield words of scope ("tous", "uniquement") that were added, or lost where they narrow the passage."""
    said, official = barred(sentence), barred(quote)
    for name, pattern in _SCOPE.items():
        seen = None if pattern.search(official) else pattern.search(said)
        if seen and not _rests_elsewhere(name, seen, quote):
            yield GateFinding(Check.SCOPE, seen[0])
    for almost in _ALMOST.finditer(official):
        if re.search(rf"(?<!presque )(?<!quasi )(?<!quasiment )\b{almost[1]}\b", said):
            yield GateFinding(Check.SCOPE, almost[1], almost[0])
    for clause in used(read_clauses(quote), meaning(sentence)):
        for name in ("only", "some", "together", "small", "written"):
            kept = _UNDER_CONDITIONS if HEDGE.fullmatch(clause.text) else _SCOPE_KEPT[name]
            if (lost := _SCOPE[name].search(clause.text)) and not kept.search(said):
                yield GateFinding(Check.SCOPE, "", lost[0])
        if (even := _EVEN.search(clause.text)) and not _SCOPE_KEPT["even"].search(said):
            told = meaning(even[1])
            if told.words and told.share(meaning(sentence)) >= 0.5:
                yield GateFinding(Check.SCOPE, "", even[0])


_ALMOST = re.compile(r"\b(?:presque|quasi(?:ment)?) (?:tou\w+ )?(\w+)")
_NOT_EVEN = "".join(
    f"(?<!{word} )" for word in ("la", "le", "les", "un", "une", "de", "en", "vous", "lui", "eux", "elle")
)  # "la même"
_EVEN = re.compile(
    rf"\b(?:{_NOT_EVEN}meme(?! temps)|y compris)\b "
    r"(?:si |s |en |pour |avec |sans |quand |lorsqu\w* )?(.+)"
)


def turned_choice(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield "both" where the passage leaves a choice, and a choice where the passage has both."""
    said, official = barred(sentence), barred(quote)
    is_either = _CHOICE["either"].search(official) or _SCOPE["only"].search(official)
    if (seen := _CHOICE["both"].search(said)) and is_either and not _CHOICE["both"].search(official):
        yield GateFinding(Check.SCOPE, seen[0], is_either[0])
    joined = _joined(bare(quote))
    is_required = any(clause.modality & {"obliged", "order"} for clause in read_clauses(sentence))
    for pair, conjunction in _joined(bare(sentence)).items():
        other = joined.get(pair, conjunction)
        if {conjunction, other} == {"et", "ou"} and conjunction == "et" and is_required:
            yield GateFinding(Check.SCOPE, " et ".join(sorted(pair)), " ou ".join(sorted(pair)))
        if other == "et + figure" and conjunction.startswith("ou"):
            yield GateFinding(Check.SCOPE, f" {conjunction} ".join(sorted(pair)), f" {other} ".join(sorted(pair)))
    if (seen := _CHOICE["chosen"].search(said)) and not _IS_CHOICE.search(official):
        yield GateFinding(Check.SCOPE, seen[0])


def _joined(text: str) -> dict[frozenset[str], str]:
    """Return "et" or "ou" by pair of words that it joins, with " + figure" where a figure follows it.

    "et" wins where both are found.
    """
    found: dict[frozenset[str], str] = {}
    words = text.split()
    for at, word in enumerate(words):
        if word not in ("et", "ou"):
            continue
        sides = [" ".join(words[max(0, at - 4) : at]), " ".join(words[at + 1 : at + 4])]
        left, right = ([one.stem for one in meaning(side).words if not one.is_light] for side in sides)
        for pair in (frozenset((one, other)) for one in left for other in right[:1]):
            if len(pair) == 2 and not found.get(pair, "").startswith("et"):
                has_figure = any(one.isdigit() for one in words[at + 1 : at + 3])
                found[pair] = f"{word} + figure" if has_figure else word
    return found


_IS_CHOICE = re.compile(rf"{_CHOICE['either'].pattern}|\bchoi\w+|\bsuffi\w+|\bpeu(?:t|vent)\b|\bpouvez\b|\bl une?\b")


_UNDER_CONDITIONS = re.compile(r"\b(?:condition|reserve|certain|parfois|general|principe|souvent|si)\w*")
# A class of scope may rest on another of the passage, or on words that tell it otherwise.
_RESTS_ON = {
    "whatever": ("all", "anyway"),
    "all": ("always", "whatever", "anyway"),
    "always": ("whatever", "anyway"),
    "anyway": ("always", "even", "whatever"),
}
_ALSO_TOLD_BY = {"all": "everything", "always": "staying"}
_TOLD_OTHERWISE = ("least", "most", "even", "separately", "together", "one", "small", "written")


def _rests_elsewhere(name: str, seen: re.Match[str], quote: str) -> bool:
    official, words = barred(quote), seen[0]
    if words.startswith("chaque ") and f"par {words.removeprefix('chaque ')}" in official:
        return True
    kept = [_ALSO_TOLD_BY[name]] if name in _ALSO_TOLD_BY else [name] if name in _TOLD_OTHERWISE else []
    if any(_SCOPE_KEPT[one].search(official) for one in kept):
        return True
    if name == "all" and _BEFORE_ANY.search(seen.string[: seen.start()].split(" | ")[-1]):
        return True
    if name == "only":
        return _SINGLE.search(official) is not None or _is_threshold(seen, quote)
    if name == "even":
        return _is_obstacle(seen, official)
    return any(_SCOPE[other].search(official) for other in _RESTS_ON.get(name, ()))


def _is_threshold(seen: re.Match[str], quote: str) -> bool:
    """Tell whether "only" stresses a figure or a condition: "ne … qu'à partir de 50 salariés", "3 jours seulement"."""
    said = seen.string
    if _STRESSED.match(said[seen.start() :]) or re.search(r"\d+ (?:\w+ )?$", said[: seen.start()]):
        return True
    rest = said[seen.end() :].split(" | ")[0].strip()
    if figures := set(re.findall(r"\b\d+\b", rest)):
        bounded = {value for one in facts(quote) if one.bound for value in (one.value, one.raw)}
        return figures <= bounded
    opened = _CONDITION.match(rest)
    if opened and _SEQUENCE.search(barred(quote)) and opened[0] == "apres":
        return True
    told = meaning(rest)
    return bool(opened) and any(told.share(one.words) >= 0.5 for one in restrictions(quote))


_BEFORE_ANY = re.compile(r"\bavant toute?s?\b")
_SINGLE = re.compile(r"\b(?:seule?s?|uniques?)\b")
_STRESSED = re.compile(r"(?:seulement|uniquement) (?:\w+ )?\d")
_CONDITION = re.compile(r"(?:si|s|apres|en cas|lorsqu\w*|quand|a (?:la )?condition|sous reserve|une fois|avec|dess)\b")
_SEQUENCE = re.compile(r"\b(?:attend\w+|puis|ensuite|avant d)\b")


def _is_obstacle(seen: re.Match[str], official: str) -> bool:
    """Tell whether "même si" stresses what the passage calls a hindrance ("si le bail s'y oppose, c'est permis")."""
    rest = seen.string[seen.end() :].split(" | ")[0]
    told = meaning(rest)
    if not _HINDRANCE.search(rest):
        return False
    return any(
        told.count(meaning(one)) * 2 >= len(meaning(one).weighty) > 0
        for one in re.findall(r"(?:^|\| |\b)(?:si|s|quand|lorsqu\w*) ([^|]+)", official)
    )


_HINDRANCE = re.compile(r"\b(?:oppos\w+|interdi\w+|refus\w+|exclusi\w+|perd\w*|condamn\w+|dett\w+|retard|ne|n|sans)\b")


def turned_moments(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield words of time that the sentence added, turned round or lost."""
    official, passage = read_clauses(quote), bare(quote)
    for clause in read_clauses(sentence):
        for name in ("until", "since", "preceding", "following"):
            if (seen := _MOMENT[name].search(clause.text)) and not _MOMENT_KEPT[name].search(passage):
                yield GateFinding(Check.MOMENT, seen[0])
        yield from _turned_ends(clause.text, passage)
        yield from _turned_sides(clause, official, passage)
    for clause in used(official, meaning(sentence)):
        for name, pattern in _LOST.items():
            if (lost := pattern.search(clause.text)) and not _MOMENT_KEPT[name].search(bare(sentence)):
                yield GateFinding(Check.MOMENT, "", lost[0])


# Before a figure, "jusqu'à" is the side of a fact, which is looked at there.
_LOST = {
    "until": re.compile(r"\bjusqu\w*(?! (?:a |au |aux )?\d)"),
    "since": re.compile(
        r"\b(?:a partir|a compter|depuis)(?! (?:des |de (?:vos|ces|ses|leurs) |un compte|votre |vos ))"
        r"(?! d\w* (?:l |la |le )?\d)"
    ),
}
_SINCE_WHAT = re.compile(r"\b(?:a partir|a compter|depuis)(?: d[eu]s?| l[ea]s?| l)* (\w+)")
_UNTIL_WHAT = re.compile(r"\bjusqu\w*(?: a| au| aux)*(?: l[ea]s?| l)* (\w+)")


def _turned_ends(said: str, official: str) -> Iterator[GateFinding]:
    """Yield "à partir de" put for "jusqu'à" before the same word, and the other way round."""
    for here, there in ((_SINCE_WHAT, _UNTIL_WHAT), (_UNTIL_WHAT, _SINCE_WHAT)):
        wrong = set(there.findall(official)) - set(here.findall(official))
        yield from (GateFinding(Check.MOMENT, one[0]) for one in here.finditer(said) if one[1] in wrong)


_OTHER_SIDE = {"before": re.compile(rf"{_MOMENT['before'].pattern}|\bau plus tard\b"), "after": _MOMENT["after"]}


_DURING = re.compile(r"\b(?:dess (?:l[ae]?|que?|votre|cette)|pendant|durant|tant qu\w*|au cours|au moment)\b")


def _turned_sides(clause: Clause, official: Sequence[Clause], passage: str) -> Iterator[GateFinding]:
    """Yield "avant" where the passage has "après" there, or has only "après"."""
    close = " , ".join(one.text for one in aligned(clause, official, 0.35) or official)
    for name, other in (("before", "after"), ("after", "before")):
        seen = None if _MOMENT[other].search(clause.text) else _MOMENT[name].search(clause.text)
        there = close if _MOMENT_KEPT[name].search(passage) else passage
        if seen and not _MOMENT_KEPT[name].search(passage) and (meanwhile := _DURING.search(there)):
            yield GateFinding(Check.MOMENT, seen[0], meanwhile[0])
        if seen and not _MOMENT_KEPT[name].search(there) and (turned := _OTHER_SIDE[other].search(there)):
            yield GateFinding(Check.MOMENT, seen[0], turned[0])
