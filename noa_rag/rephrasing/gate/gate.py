"""The gate: which sentences of a rephrasing are borne out by the passages they cite, and whether they stand alone."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from noa_rag.domain.agency import Agency
from noa_rag.french.words import fold
from noa_rag.rephrasing.gate.bodies import foreign_bodies
from noa_rag.rephrasing.gate.conditions import dropped_conditions, restrictions
from noa_rag.rephrasing.gate.edits import turned_copies
from noa_rag.rephrasing.gate.fact_checks import wrong_facts
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import FUNCTION_WORDS, bare, patterns
from noa_rag.rephrasing.gate.placement import misplaced_facts
from noa_rag.rephrasing.gate.plain_text import folded_words, paragraph_number, without_links
from noa_rag.rephrasing.prompting import words_for_a_model

LONGEST_SENTENCE = 600  # characters; the longest sentence of the base has 420
Entails = Callable[[str, str], float]
"""How likely a passage (first) bears a sentence out (second), from 0 to 1."""

_MARKUP = re.compile(r"<[a-z/!?]|&(?:#\w+|[a-z]+);|!\[|\{\{|\{%|javascript:|data:|```|\]\s*\[", re.IGNORECASE)
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
_DIGITS = frozenset({"Nd", "Nl", "No"})
_OUR_DIGITS = frozenset("0123456789²³¹½¼¾")


@dataclass(frozen=True, slots=True)
class Rephrased:
    """A sentence with the stretch of the official text that it rests on."""

    text: str
    quote: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A sentence that is not shown, and why."""

    sentence: Rephrased
    findings: tuple[GateFinding, ...]


@dataclass(frozen=True, slots=True)
class RephrasingVerdict:
    """What may be shown: `kept` in their order when `stands`, else the official text."""

    kept: tuple[Rephrased, ...]
    dropped: tuple[Refused, ...] = ()
    stands: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the checks know beside the texts. `entails` is asked last, and only of sentences that passed the rest."""

    agencies: Sequence[Agency] = ()
    owner: Agency | None = None
    entails: Entails | None = None
    least_entailment: float = 0.8


def check_sentence(
    sentence: str, quote: str, *, question: str, gate: Gate | None = None, beside: Sequence[str] = (), context: str = ""
) -> tuple[GateFinding, ...]:
    """Return why the sentence may not be shown as resting on the quote; nothing when it may.

    `beside` are sentences shown with it that rest on the same passage, in which a condition may be told; `context` is
    the whole official text, which tells whom a pronoun at the beginning of the quote stands for.
    """
    gate = gate or Gate()
    findings = list(_by_rules(Rephrased(sentence, quote), question, gate, beside, context))
    if not findings and gate.entails is not None:
        score = gate.entails(quote, sentence)
        if score < gate.least_entailment:
            findings.append(GateFinding(Check.MEANING, f"{score:.2f}", f"{gate.least_entailment:.2f}"))
    return tuple(findings)


def _by_rules(
    rephrased: Rephrased, question: str, gate: Gate, beside: Sequence[str], context: str
) -> Iterator[GateFinding]:
    sentence, quote = rephrased.text, rephrased.quote
    if unreadable := list(malformed(sentence, quote)):
        yield from unreadable  # what is not a sentence is not read further
        return
    before = before_quote(quote, context)
    yield from wrong_facts(sentence, quote, question)
    yield from misplaced_facts(sentence, quote)
    yield from foreign_bodies(sentence, f"{before}\n{quote}", question, agencies=gate.agencies, owner=gate.owner)
    yield from dropped_conditions(sentence, quote, question, beside)
    yield from turned_copies(sentence, quote)


def check_rephrasing(
    sentences: Sequence[Rephrased], official_text: str, *, question: str, gate: Gate | None = None
) -> RephrasingVerdict:
    """Return which sentences may be shown, and whether they may be shown without the others."""
    sentences_left, repeated = _without_repetition(sentences)
    dropped: list[Refused] = []
    while True:
        refused = [
            refusal
            for refusal in (
                _refused(sentence, sentences_left, official_text, question, gate) for sentence in sentences_left
            )
            if refusal
        ]
        if not refused:
            break
        dropped += refused
        gone = [id(refusal.sentence) for refusal in refused]
        sentences_left = [sentence for sentence in sentences_left if id(sentence) not in gone]
    reason = _why_not(sentences_left, dropped, official_text)
    return RephrasingVerdict(tuple(sentences_left), (*dropped, *repeated), not reason, reason)


def _without_repetition(sentences: Sequence[Rephrased]) -> tuple[list[Rephrased], list[Refused]]:
    """Return the sentences said for the first time, and those said again; a small model may loop."""
    different: list[Rephrased] = []
    repeated: list[Refused] = []
    for sentence in sentences:
        if any(folded_words(sentence.text) == folded_words(other.text) for other in different):
            repeated.append(Refused(sentence, (GateFinding(Check.FORM, sentence.text),)))
        else:
            different.append(sentence)
    return different, repeated


def _refused(
    sentence: Rephrased, shown: Sequence[Rephrased], official_text: str, question: str, gate: Gate | None
) -> Refused | None:
    if not sentence.quote.strip() or sentence.quote not in official_text:
        return Refused(sentence, (GateFinding(Check.QUOTE, sentence.quote),))
    beside = [
        rephrased.text
        for rephrased in shown
        if rephrased is not sentence and _overlap(rephrased.quote, sentence.quote, official_text)
    ]
    findings = check_sentence(
        sentence.text, sentence.quote, question=question, gate=gate, beside=beside, context=official_text
    )
    whole = whole_stretch(sentence.quote, official_text)
    lost = () if findings else tuple(dropped_conditions(sentence.text, whole, question, beside, only_strict=True))
    return Refused(sentence, (*findings, *lost)) if findings or lost else None


_PRONOUN = re.compile(r"\W*(?:elles?|ils?|celle-ci|celui-ci|cette|cet?|ces|cela|c'est)\b", re.IGNORECASE)


def before_quote(quote: str, official_text: str) -> str:
    """Return the sentence before a quote that begins with a pronoun or an item: it names what the quote speaks of."""
    start = official_text.find(quote)
    if start <= 0 or not _PRONOUN.match(quote):
        return ""
    parts = [part for part in _STRETCH_END.split(official_text[:start].rstrip()) if part.strip()]
    return parts[-1] if parts else ""


def _overlap(text: str, other: str, official_text: str) -> bool:
    """Tell whether two quotes lie in the same paragraph: then one sentence may tell the other's exception."""
    return text in official_text and paragraph_number(text, official_text) == paragraph_number(other, official_text)


_STRETCH_END = re.compile(r"(?<=[.!?…])\s|\n")


def whole_stretch(quote: str, official_text: str) -> str:
    """Return the quote with the rest of the sentences it begins and ends in: a quote must not stop before "sauf"."""
    start = official_text.index(quote)
    end = start + len(quote)
    starts = [match.end() for match in _STRETCH_END.finditer(official_text) if match.end() <= start]
    ends = [match.start() for match in _STRETCH_END.finditer(official_text) if match.start() >= end]
    return official_text[starts[-1] if starts else 0 : ends[0] if ends else len(official_text)]


def _why_not(kept: Sequence[Rephrased], dropped: Sequence[Refused], official_text: str) -> str:
    """Return why the sentences kept may not be shown without those dropped; "" when they may.

    Where a dropped sentence told a restriction or denial, no sentence kept may rest on the same paragraph.
    """
    if not kept:
        return "nothing is left"
    for refusal in dropped:
        quote = refusal.sentence.quote
        if quote not in official_text:
            return "a quote is not in the official text"
        if not _restricts(quote):
            continue
        paragraph = paragraph_number(quote, official_text)
        if any(paragraph_number(other.quote, official_text) == paragraph for other in kept):
            return "a restriction would be left out"
    return ""


def _restricts(quote: str) -> bool:
    return bool(restrictions(quote)) or _DENIES.search(bare(quote)) is not None


_DENIES = patterns("negation")["grammatical"]


def malformed(sentence: str, quote: str = "") -> Iterator[GateFinding]:
    """Yield what no sentence of an answer may have, such as markup or hidden signs; the quote tells its language."""
    yield from instructing(sentence, quote)
    yield from foreign(sentence, quote)
    if not sentence.strip():
        yield GateFinding(Check.FORM, "")
    if len(sentence) > LONGEST_SENTENCE:
        yield GateFinding(Check.FORM, f"{len(sentence)}")
    if match := _MARKUP.search(sentence):
        yield GateFinding(Check.FORM, match[0])
    for char in sorted(
        {character for character in sentence if unicodedata.category(character) in _HIDDEN and character != "\n"}
    ):
        yield GateFinding(Check.FORM, f"U+{ord(char):04X}")
    for char in sorted(
        {
            character
            for character in sentence
            if unicodedata.category(character) in _DIGITS and character not in _OUR_DIGITS
        }
    ):
        yield GateFinding(Check.FORM, f"U+{ord(char):04X}")
    for char in sorted(
        {
            character
            for character in sentence
            if character.isalpha() and not unicodedata.name(character, "").startswith(_LATIN)
        }
    ):
        yield GateFinding(Check.FORM, f"U+{ord(char):04X}")


_LATIN = ("LATIN ", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MODIFIER LETTER SMALL", "SUPERSCRIPT LATIN", "MICRO SIGN")


def instructing(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield words that instruct a model or speak as one, unless the quote has them: an entry may warn of a letter."""
    words = words_for_a_model(sentence)
    if words and words not in fold(quote):
        yield GateFinding(Check.FORM, words)


LEAST_WORDS = 5  # from which on the words of a sentence tell its language
FRENCH_SHARE = 0.25  # of the words of any French passage of the base are function words, and of what is told of it
FOREIGN_SHARE = 0.15


def foreign(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield a sentence that is hardly French where its passage is."""
    words = folded_words(without_links(sentence))
    if len(words) >= LEAST_WORDS and _share(words) < FOREIGN_SHARE and _share(folded_words(quote)) >= FRENCH_SHARE:
        yield GateFinding(Check.FORM, " ".join(words[:LEAST_WORDS]))


def _share(words: Sequence[str]) -> float:
    return sum(word in FUNCTION_WORDS for word in words) / max(len(words), 1)
