"""Conditions and exceptions of the passage that a sentence must carry when it says what they restrict."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from noa_rag.answering.verification.facts import Fact, facts
from noa_rag.answering.verification.finding import Check, Finding
from noa_rag.answering.verification.lexicon import patterns, spaced
from noa_rag.answering.verification.links import without_links
from noa_rag.answering.verification.meaning_words import Meaning, meaning
from noa_rag.answering.verification.number_words import with_digits
from noa_rag.answering.verification.plain_text import clauses, plain, sentences

MAIN_SHARE = 0.4  # of the words a condition restricts, from which on the sentence says them
KEPT_SHARE = 0.34  # of a condition's words that must be told again; rephrased conditions keep their noun
ITEM_WORDS = 2  # of a list of conditions, from which on one of its items is told
PLAIN_SHARE = 0.75  # of a condition's words, from which on no conditional word is needed
ASKED_SHARE = 0.67  # of a condition's words in the question: it is met or not, and need not be told again

_OPENS = patterns("condition")
_KEPT = patterns("condition_kept")
_LABEL = re.compile(r"[^:.!?\n]{2,90}(?= ?: )|[^:.!?\n]{2,90}$")
_ASIDE = re.compile(r" ?\([^()\d]{1,60}\)")  # "CSE (comité social et économique)" says one thing twice
_STRICT = re.compile(r"(?:si|s|sauf|hors|hormis|excepte\w*|a (?:la )?condition|sous reserve|a l exception|a moins)\b")
_BEHIND = re.compile(r"\b(?:non compris\w*|exclu\w*|except\w+)$")


@dataclass(frozen=True, slots=True)
class Restriction:
    """A condition or an exception with what it restricts; of one that announces a list, an item is enough."""

    kind: str
    text: str
    words: Meaning
    main: Meaning
    is_list: bool = False
    figures: tuple[Fact, ...] = ()

    @property
    def own(self) -> frozenset[str]:
        """The words of the restriction that are not too general to tell it."""
        return frozenset(word.stem for word in self.words.words if not word.is_light)


def dropped_conditions(
    sentence: str, quote: str, question: str, beside: Sequence[str] = (), *, only_strict: bool = False
) -> Iterator[Finding]:
    """Yield the restrictions of the passage that the sentence leaves out while it says what they restrict.

    `beside` are other sentences resting on the same passage: an exception may have a sentence of its own. `only_strict`
    looks at "si" and "sauf" alone, for the stretch around a quote.
    """
    asked = meaning(question)
    for one in restrictions(quote):
        if only_strict and not _STRICT.match(one.text):
            continue
        if not _says(one, sentence):
            continue
        if _is_carried(one, sentence) or any(_is_carried(one, other) for other in beside):
            continue
        if _IS_CASE.match(one.text) and one.own and one.words.share(asked) >= ASKED_SHARE:
            continue
        yield Finding(Check.CONDITION, "", one.text)


_OTHERWISE = re.compile(r"\bà défaut\b|\bsinon\b|\bdans le cas contraire\b")
# Conditions on who asks or what happened: a question may have told them. When to act is not one.
_IS_CASE = re.compile(r"(?!dess|sans|avant|apres|au sens|dans les \d|jusqu|sauf|hors|hormis|excep|a l |mais)")


def _says(one: Restriction, sentence: str) -> bool:
    """Tell whether the sentence says what is restricted: its words, or its figures where it has no words."""
    said = meaning(sentence)
    if not one.main.words:
        return bool(
            {(fact.kind, fact.value) for fact in one.figures} & {(fact.kind, fact.value) for fact in facts(sentence)}
        )
    return one.main.count(said) >= min(2, len(one.main.weighty)) and one.main.share(said) >= MAIN_SHARE


def _is_carried(one: Restriction, text: str) -> bool:
    """Tell whether a text tells the restriction: as the subject ("un retard entraîne"), or by conditional words."""
    said = meaning(text)
    if one.is_list and one.words.count(said) >= ITEM_WORDS:
        return True
    if one.kind != "exceptions" and not one.is_list and one.own and one.words.share(said) >= PLAIN_SHARE:
        return True
    if _OTHERWISE.search(plain(text)) and _IS_OPPOSED.match(one.text):
        return True
    has_marker = one.kind not in _KEPT or _KEPT[one.kind].search(spaced(plain(without_links(text)))) is not None
    return has_marker and _has_substance(one, text)


_IS_OPPOSED = re.compile(r"(?:sans|si|s)\b")


def _has_substance(one: Restriction, text: str) -> bool:
    """Tell whether enough of a restriction's words are in a text; its figures where it has no words of its own."""
    said = meaning(text)
    if one.is_list:
        return one.words.count(said) > 0
    if one.own:
        return one.words.share(said) >= KEPT_SHARE
    figures = {(fact.kind, fact.value) for fact in facts(one.text)}
    return not figures or bool(figures & {(fact.kind, fact.value) for fact in facts(text)})


@lru_cache(maxsize=2_048)
def restrictions(text: str) -> tuple[Restriction, ...]:
    """Return the restrictions of a text: what conditional words open, and labels that say whom a line is for."""
    parts = sentences(_ASIDE.sub(" ", plain(without_links(text))))
    found = [one for place in range(len(parts)) for one in _of_sentence(parts, place)]
    return tuple(one for one in found if one.main.words or one.figures)


def _of_sentence(parts: Sequence[str], place: int) -> Iterator[Restriction]:
    sentence = parts[place]
    read = [part for piece in clauses(sentence) if (part := spaced(with_digits(piece)))]
    announced = list(parts[place + 1 :]) if sentence.rstrip().endswith(":") else []
    for at, part in enumerate(read):
        for kind, pattern in _OPENS.items():
            for opened in _separate(pattern, part):
                if kind != "exceptions" and _ALTERNATIVE.search(f" {part[: opened.start()]}"):
                    continue  # one of several conditions that each suffice, or an example
                yield _restriction(kind, read, at, (opened.start(), announced))
    yield from _label(sentence, announced)
    if announced and sum(bool(_CASE.match(spaced(item))) for item in announced) * 2 >= len(announced):
        items = " , ".join(announced)
        yield Restriction("openers", items, meaning(items), meaning(sentence), is_list=True)


_ALTERNATIVE = re.compile(r" (?:ou|notamment|exemple|comme) ?$")
# "… n'est pas due :", then items that each begin with a case.
_CASE = re.compile(r"(?:si|s|pour|en cas|lorsqu\w*|quand|a condition|des|dess)\b")


def _restriction(kind: str, read: Sequence[str], at: int, opening: tuple[int, Sequence[str]]) -> Restriction:
    """Return the restriction opened in a clause; what it restricts comes before it, or after it when it comes first."""
    start, announced = opening
    part, following = read[at], list(read[at + 1 :])
    if _BEHIND.search(part) and kind == "exceptions":
        return Restriction(kind, part, meaning(part), meaning(" , ".join(read[:at])))
    stretch, before = part[start:], [*read[:at], part[:start]]
    while following and not _has_own_words(stretch):
        stretch += f" {following.pop(0)}"
    if announced:
        stretch = " , ".join([stretch, *following, *announced])
        return Restriction(kind, stretch, meaning(stretch), meaning(" , ".join(before)), is_list=True)
    if (cut := _CUT.search(stretch)) and _SHORT.match(stretch):
        before.append(stretch[cut.start() :])
        stretch = stretch[: cut.start()]
    if start == 0 and following:
        before = following
    elif meaning(part[:start]).words:
        before = before[len(read[:at]) :]
    elif facts(part[:start]):
        before, following = [], []
    main = " , ".join([*before, *following])
    figures = facts(part[:start])[-1:]
    return Restriction(kind, stretch, meaning(stretch), meaning(main), figures=figures)


_SHORT = re.compile(r"(?:sans|au sens|a partir|moins de|plus de|pour|avant le|depuis le)\b")
_CUT = re.compile(r"(?<=\w) (?=(?:dans|chez|sur|peu(?:t|vent)|doi(?:t|vent)|est|sont|ne|qui|vous|il|elle)\b)")


def _has_own_words(text: str) -> bool:
    return any(not word.is_light for word in meaning(text).words)


_FOR_WHOM = patterns("label")["restricting"]


def _label(sentence: str, announced: Sequence[str]) -> Iterator[Restriction]:
    """Yield the label of a line when it says for whom or for what the line holds: "À un professionnel : …"."""
    found = _LABEL.match(sentence)
    rest = sentence[found.end() :] if found else ""
    if not found or not (rest.strip(" :") or announced) or not _FOR_WHOM.search(spaced(found[0])):
        return
    main = meaning(" , ".join([rest, *announced]))
    yield Restriction("label", found[0].strip(), meaning(found[0]), main)


def _separate(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return the openings; one right behind another belongs to it."""
    kept: list[re.Match[str]] = []
    for found in pattern.finditer(text):
        if not kept or found.start() - kept[-1].end() > 3:
            kept.append(found)
    return kept
