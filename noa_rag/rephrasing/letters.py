"""What is decidable of a sentence beside the passage that it cites: form, figures, links, bodies, turned copies.

Whether the passage bears its meaning out is for the judge (`noa_rag.rephrasing.judge`).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from noa_rag.domain.agency import Agency
from noa_rag.french.words import ENGLISH, STOP_WORDS, fold
from noa_rag.rephrasing.bodies import foreign_bodies
from noa_rag.rephrasing.edits import turned_copies
from noa_rag.rephrasing.facts import wrong_facts
from noa_rag.rephrasing.finding import Check, Finding
from noa_rag.rephrasing.plain_text import folded_words, without_links
from noa_rag.rephrasing.prompting import words_for_a_model

LONGEST_SENTENCE = 600  # characters; the longest sentence of the base has 420

_MARKUP = re.compile(r"<[a-z/!?]|&(?:#\w+|[a-z]+);|!\[|\{\{|\{%|javascript:|data:|```|\]\s*\[", re.IGNORECASE)
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
_DIGITS = frozenset({"Nd", "Nl", "No"})
_OUR_DIGITS = frozenset("0123456789²³¹½¼¾")


def letters(
    sentence: str,
    passage: str,
    *,
    question: str,
    agencies: Sequence[Agency] = (),
    owner: Agency | None = None,
    before: str = "",
) -> tuple[Finding, ...]:
    """Return what the sentence has that may not be shown as resting on the passage; nothing where all letters agree.

    `before` is the sentence before a passage that begins with a pronoun: it names whom the passage speaks of.
    """
    if unreadable := tuple(malformed(sentence, passage)):
        return unreadable  # what is not a sentence is not read further
    return (
        *wrong_facts(sentence, passage, question),
        *foreign_bodies(sentence, f"{before}\n{passage}", question, agencies=agencies, owner=owner),
        *turned_copies(sentence, passage),
    )


_PRONOUN = re.compile(r"\W*(?:elles?|ils?|celle-ci|celui-ci|cette|cet?|ces|cela|c'est)\b", re.IGNORECASE)
_STRETCH_END = re.compile(r"(?<=[.!?…])\s|\n")


def before_quote(quote: str, official_text: str) -> str:
    """Return the sentence before a quote that begins with a pronoun; "" where it begins otherwise."""
    start = official_text.find(quote)
    if start <= 0 or not _PRONOUN.match(quote):
        return ""
    parts = [part for part in _STRETCH_END.split(official_text[:start].rstrip()) if part.strip()]
    return parts[-1] if parts else ""


def malformed(sentence: str, quote: str = "") -> Iterator[Finding]:
    """Yield what no sentence of an answer may have, such as markup or hidden signs; the quote tells its language."""
    yield from instructing(sentence, quote)
    yield from foreign(sentence, quote)
    if not sentence.strip():
        yield Finding(Check.FORM, "")
    if len(sentence) > LONGEST_SENTENCE:
        yield Finding(Check.FORM, f"{len(sentence)}")
    if match := _MARKUP.search(sentence):
        yield Finding(Check.FORM, match[0])
    for char in sorted(
        {character for character in sentence if unicodedata.category(character) in _HIDDEN and character != "\n"}
    ):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")
    for char in sorted(
        {
            character
            for character in sentence
            if unicodedata.category(character) in _DIGITS and character not in _OUR_DIGITS
        }
    ):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")
    for char in sorted(
        {
            character
            for character in sentence
            if character.isalpha() and not unicodedata.name(character, "").startswith(_LATIN)
        }
    ):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")


_LATIN = ("LATIN ", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MODIFIER LETTER SMALL", "SUPERSCRIPT LATIN", "MICRO SIGN")


def instructing(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield words that instruct a model or speak as one, unless the quote has them: an entry may warn of a letter."""
    words = words_for_a_model(sentence)
    if words and words not in fold(quote):
        yield Finding(Check.FORM, words)


LEAST_WORDS = 5  # from which on the words of a sentence tell its language
KNOWN_SHARE = 0.12  # of the words of any French or English sentence are function words


def foreign(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield a sentence that is neither French nor English."""
    words = folded_words(without_links(sentence))
    known = sum(word in STOP_WORDS or word in ENGLISH for word in words)
    if len(words) >= LEAST_WORDS and known < KNOWN_SHARE * len(words):
        yield Finding(Check.FORM, " ".join(words[:LEAST_WORDS]))
