"""A sentence is plain text of one language: no markup, no scripts, no characters that nobody sees."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from noa_rag.rephrasing.gate.finding import Check, Finding
from noa_rag.rephrasing.gate.meaning_words import FUNCTION_WORDS, spaced
from noa_rag.rephrasing.gate.plain_text import folded_words, without_links

LONGEST_SENTENCE = 600  # characters; the longest sentence of the base has 420

_MARKUP = re.compile(r"<[a-z/!?]|&(?:#\w+|[a-z]+);|!\[|\{\{|\{%|javascript:|data:|```|\]\s*\[", re.IGNORECASE)
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
_DIGITS = frozenset({"Nd", "Nl", "No"})
_OUR_DIGITS = frozenset("0123456789²³¹½¼¾")


def malformed(sentence: str, quote: str = "") -> Iterator[Finding]:
    """Yield what a sentence of an answer never has; the quote tells its language."""
    yield from instructing(sentence, quote)
    yield from foreign(sentence, quote)
    if not sentence.strip():
        yield Finding(Check.FORM, "")
    if len(sentence) > LONGEST_SENTENCE:
        yield Finding(Check.FORM, f"{len(sentence)}")
    if found := _MARKUP.search(sentence):
        yield Finding(Check.FORM, found[0])
    for char in sorted({one for one in sentence if unicodedata.category(one) in _HIDDEN and one != "\n"}):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")
    for char in sorted({one for one in sentence if unicodedata.category(one) in _DIGITS and one not in _OUR_DIGITS}):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")
    for char in sorted({one for one in sentence if one.isalpha() and not unicodedata.name(one, "").startswith(_LATIN)}):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")


_LATIN = ("LATIN ", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MODIFIER LETTER SMALL", "SUPERSCRIPT LATIN", "MICRO SIGN")

# Said to a model or by one. An entry may tell visitors to ignore a letter: it then stands in the quote as well.
_INSTRUCTION = re.compile(
    r"\b(?:ignor(?:e|ez|er)|oubli(?:e|ez)|disregard|forget) (?:\w+ ){0,3}?"
    r"(?:instructions?|consignes?|regles?|precede\w*|previous|above|tout)\b"
    r"|\b(?:system prompt|prompt systeme|modele de langage|language model"
    r"|en tant qu (?:ia|intelligence|assistant|modele))\b"
    r"|\b(?:instructions?|consignes?) (?:precedentes?|ci dessus|du systeme)\b"
    r"|\b(?:as an ai|you are now|tu es (?:maintenant|desormais))\b"
)


def instructing(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield words that instruct a model or speak as one."""
    found = _INSTRUCTION.search(spaced(sentence))
    if found and found[0] not in spaced(quote):
        yield Finding(Check.FORM, found[0])


LEAST_WORDS = 5  # from which on the words of a sentence tell its language
FRENCH_SHARE = 0.25  # of the words of any French passage of the base are function words, and of what is told of it
FOREIGN_SHARE = 0.15


def foreign(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield a sentence that is hardly French where its passage is."""
    words = folded_words(without_links(sentence))
    if len(words) >= LEAST_WORDS and _share(words) < FOREIGN_SHARE and _share(folded_words(quote)) >= FRENCH_SHARE:
        yield Finding(Check.FORM, " ".join(words[:LEAST_WORDS]))


def _share(words: Sequence[str]) -> float:
    return sum(word in FUNCTION_WORDS for word in words) / max(len(words), 1)
