"""Conditions and exceptions of the passage that a sentence must repeat when it states what they restrict."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from noa_rag.domain.passages import passages_of
from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.gate.facts import StatedFact, facts
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import Meaning, meaning, patterns, spaced
from noa_rag.rephrasing.gate.plain_text import clauses, paragraph_number, plain, sentences, without_links

MAIN_SHARE = 0.4  # of the words that a condition restricts; a sentence with as many states them
STRICT_SHARE = 0.3  # the same for what "si" and "sauf" restrict
KEPT_SHARE = 0.34  # of a condition's words that must be told again; rephrased conditions keep their noun
NEAREST_SHARE = 0.5  # of the words of the clause before an exception; a sentence with as many states the rule
CLAUSE_SHARE = 0.5  # of another case's words; a sentence with as many is about that case
ITEM_WORDS = 2  # of a list of conditions, from which on one of its items is told
PLAIN_SHARE = 0.75  # of a condition's words, from which on no conditional word is needed
ASKED_SHARE = 0.9  # of a condition's words in the question: it is met or not, and need not be told again

_OPENS = patterns("condition")
_KEPT = patterns("condition_kept")
_LABEL = re.compile(r"[^:.!?\n]{2,90}(?= ?: )|[^:.!?\n]{2,90}$")
_ASIDE = re.compile(
    r" ?\((?!sauf|hors|hormis|excepté|à l'excl|à l'excep|si |s'|sous |à condition)[^()\d]{1,60}\)"
)  # "CSE (comité social et économique)" says one thing twice
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
    figures: tuple[StatedFact, ...] = ()
    nearest: Meaning = field(default_factory=lambda: meaning(""))  # of the clause right before an exception
    place: int = 0  # of its sentence or item
    clause: int = 0  # within that sentence

    @property
    def own(self) -> frozenset[str]:
        """The words of the restriction that are not too general to tell it."""
        return frozenset(word.stem for word in self.words.words if not word.is_light)


def dropped_conditions(
    sentence: str, quote: str, question: str, beside: Sequence[str] = (), *, only_strict: bool = False
) -> Iterator[GateFinding]:
    """Yield the restrictions of the passage that the sentence leaves out while it says what they restrict.

    `beside` are other sentences resting on the same passage: an exception may have a sentence of its own. `only_strict`
    looks at "si" and "sauf" alone, for the stretch around a quote.
    """
    meaning_of_question = meaning(question)
    lines = [meaning(line) for line in sentences(plain(without_links(quote)))]
    for restriction in restrictions(quote):
        if only_strict and not _STRICT.match(restriction.text):
            continue
        if not _says(restriction, sentence):
            continue
        others = frozenset(
            stem for place, line in enumerate(lines) if place != restriction.place for stem in line.stems
        )
        if not _has_own_word(
            restriction.nearest if restriction.kind == "exceptions" else restriction.main, others, meaning(sentence)
        ):
            continue
        if _is_carried(restriction, sentence) or any(_is_carried_beside(restriction, other) for other in beside):
            continue
        if (
            _IS_CASE.match(restriction.text)
            and restriction.own
            and restriction.words.share(meaning_of_question) >= ASKED_SHARE
        ):
            continue
        if _is_other_case(restriction, sentence, quote):
            continue
        yield GateFinding(Check.CONDITION, "", restriction.text)


_LABELS = re.compile(r"(?:pour|depuis|chez|cote|en|au|aux|a|avec|dans|moins|plus|apres|avant)\b")


def _is_other_case(restriction: Restriction, sentence: str, quote: str) -> bool:
    """Tell whether the sentence is on the case of another line: it names "SAS", and `one` is of the line "SARL : …"."""
    if restriction.kind != "label" and not _LABELS.match(restriction.text):
        return False
    cases = [
        other for other in restrictions(quote) if other.place != restriction.place or other.clause != restriction.clause
    ]
    return any(
        (other.kind == "label" or _LABELS.match(other.text))
        and (other.main.count(meaning(sentence)) or not other.main.words)
        and other.own - restriction.own
        and other.words.share(meaning(sentence)) >= CLAUSE_SHARE
        for other in cases
    )


def left_out(told: Sequence[tuple[str, str]], official_text: str) -> tuple[str, ...]:
    """Return the passages whose condition, exception or deadline the sentences leave out.

    `told` are sentences with their quotes. A passage counts when it is cited without its restriction, or when it has
    one, is not cited, and stands in a paragraph that is.
    """
    paragraphs = {paragraph_number(quote, official_text) for _, quote in told}
    quotes = []
    for passage in passages_of(official_text):
        own = [text for text, quote in told if quote == passage.quote]
        if own:
            is_hidden = any(any(dropped_conditions(text, passage.quote, "", own)) for text in own)
        else:
            is_hidden = paragraph_number(passage.quote, official_text) in paragraphs and _binds(passage.quote)
        if is_hidden:
            quotes.append(passage.quote)
    return tuple(quotes)


def _has_own_word(words: Meaning, others: frozenset[str], said: Meaning) -> bool:
    """Tell whether `said` has one of the words that are not in `others`; true where there is no such word."""
    own = [word for word in words.words if not word.is_light and word.stem not in others]
    return not own or any(said.has(word) for word in own)


def _binds(text: str) -> bool:
    """Tell whether a passage has a restriction, a duration or a date."""
    return bool(restrictions(text)) or any(fact.kind in {Check.DURATION, Check.DATE} for fact in facts(text))


_OTHERWISE = re.compile(r"\bà défaut\b|\bsinon\b|\bdans le cas contraire\b")
# Conditions on who asks or what happened: a question may have told them. When to act is not one.
_IS_CASE = re.compile(r"(?!dess|sans|avant|apres|au sens|dans les \d|jusqu|sauf|hors|hormis|excep|a l |mais)")


def _says(restriction: Restriction, sentence: str) -> bool:
    """Tell whether the sentence says what is restricted: its words, or its figures where it has no words."""
    said = meaning(_LACKING.sub(" ", plain(sentence)))
    if not restriction.main.words:
        return bool(
            {(fact.kind, fact.value) for fact in restriction.figures}
            & {(fact.kind, fact.value) for fact in facts(sentence)}
        )
    if (
        restriction.nearest.words
        and restriction.kind == "exceptions"
        and restriction.nearest.share(said) >= NEAREST_SHARE
    ):
        return True
    return restriction.main.count(said) >= min(2, len(restriction.main.weighty)) and restriction.main.share(said) >= (
        STRICT_SHARE if _STRICT.match(restriction.text) else MAIN_SHARE
    )


_LACKING = re.compile(r"\bà défaut d(?:e |'|u |es )[^,;.]*")


def _is_carried(restriction: Restriction, text: str) -> bool:
    """Tell whether a text tells the restriction: as the subject ("un retard entraîne"), or by conditional words."""
    said = meaning(text)
    if restriction.is_list and restriction.words.count(said) >= ITEM_WORDS:
        return True
    # Without a conditional word, the very words must be there: "un retard entraîne" tells "en cas de retard".
    is_plain = restriction.kind != "exceptions" and not restriction.is_list and bool(restriction.own)
    is_worded = not _IS_OPPOSED.match(restriction.text) or restriction.own <= said.stems
    if is_plain and is_worded and restriction.words.share(said) >= PLAIN_SHARE:
        return True
    if _OTHERWISE.search(plain(text)) and _IS_OPPOSED.match(restriction.text):
        return True
    bare = spaced(plain(without_links(text)))
    is_plain = bool(restriction.own) or _IS_OPPOSED.match(restriction.text) is not None
    if restriction.kind == "openers" and is_plain and not _KEPT["plainly"].search(bare):
        return (
            bool(restriction.own)
            and restriction.words.share(said) >= CLAUSE_SHARE
            and _KEPT["openers"].search(bare) is not None
        )
    has_marker = restriction.kind not in _KEPT or _KEPT[restriction.kind].search(bare) is not None
    return has_marker and _has_substance(restriction, text)


def _is_carried_beside(restriction: Restriction, text: str) -> bool:
    """Tell whether another sentence tells the restriction: most of its words, since it may speak of something else."""
    is_most = not restriction.own or restriction.is_list or restriction.words.share(meaning(text)) >= CLAUSE_SHARE
    return is_most and _is_carried(restriction, text)


_IS_OPPOSED = re.compile(r"(?:sans|si|s|quand|lorsqu\w*)\b")


def _has_substance(restriction: Restriction, text: str) -> bool:
    """Tell whether enough of a restriction's words are in a text; its figures where it has no words of its own."""
    said = meaning(text)
    if restriction.is_list:
        return restriction.words.count(said) > 0
    if restriction.own:
        return restriction.words.share(said) >= KEPT_SHARE
    figures = {(fact.kind, fact.value) for fact in facts(restriction.text)}
    return not figures or bool(figures & {(fact.kind, fact.value) for fact in facts(text)})


@lru_cache(maxsize=2_048)
def restrictions(text: str) -> tuple[Restriction, ...]:
    """Return the restrictions of a text: what conditional words open, and labels that say whom a line is for."""
    parts = sentences(_ASIDE.sub(" ", plain(without_links(text))))
    found_restrictions = [
        replace(restriction, place=place) for place in range(len(parts)) for restriction in _of_sentence(parts, place)
    ]
    return tuple(restriction for restriction in found_restrictions if restriction.main.words or restriction.figures)


def _of_sentence(parts: Sequence[str], place: int) -> Iterator[Restriction]:
    sentence = parts[place]
    read = [part for piece in clauses(sentence) if (part := spaced(with_digits(piece)))]
    announced = list(parts[place + 1 :]) if sentence.rstrip().endswith(":") else []
    for at, part in enumerate(read):
        for kind, pattern in _OPENS.items():
            for opened in _separate(pattern, part):
                if kind != "exceptions" and _ALTERNATIVE.search(f" {part[: opened.start()]}"):
                    continue  # one of several conditions that each suffice, or an example
                yield replace(_restriction(kind, read, at, (opened.start(), announced)), clause=at)
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
    while following and not __has_own_words(stretch):
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
    nearest = meaning(part[:start] if meaning(part[:start]).words else read[at - 1] if at else "")
    return Restriction(kind, stretch, meaning(stretch), meaning(main), figures=figures, nearest=nearest)


_SHORT = re.compile(r"(?:sans|au sens|a partir|moins de|plus de|pour|avant le|depuis le)\b")
_CUT = re.compile(r"(?<=\w) (?=(?:dans|chez|sur|peu(?:t|vent)|doi(?:t|vent)|est|sont|ne|qui|vous|il|elle)\b)")


def __has_own_words(text: str) -> bool:
    return any(not word.is_light for word in meaning(text).words)


_FOR_WHOM = patterns("label")["restricting"]


def _label(sentence: str, announced: Sequence[str]) -> Iterator[Restriction]:
    """Yield the label of a line when it says for whom or for what the line holds: "À un professionnel : …"."""
    match = _LABEL.match(sentence)
    rest = sentence[match.end() :] if match else ""
    if (
        not match
        or _STATES.search(match[0])
        or not (rest.strip(" :") or announced)
        or not _FOR_WHOM.search(spaced(match[0]))
    ):
        return
    main = meaning(" , ".join([rest, *announced]))
    yield Restriction("label", match[0].strip(), meaning(match[0]), main)


_STATES = re.compile(r"\b(?:ne|n'|pas|veut dire|signifie)\b")


def _separate(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return the openings; one right behind another belongs to it."""
    matches: list[re.Match[str]] = []
    for match in pattern.finditer(text):
        is_behind = matches and match.start() - matches[-1].end() <= 3
        if not is_behind or (_STRICT.match(match[0]) and not _STRICT.match(matches[-1][0])):
            matches.append(match)
    return matches
