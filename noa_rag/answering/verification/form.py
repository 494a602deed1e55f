"""A sentence is plain text of one language: no markup, no scripts, no characters that nobody sees."""

import re
import unicodedata
from collections.abc import Iterator

from noa_rag.answering.verification.finding import Check, Finding

LONGEST_SENTENCE = 600  # characters; the longest sentence of the base has 420

_MARKUP = re.compile(r"<[a-z/!?]|&(?:#\w+|[a-z]+);|!\[|\{\{|\{%|javascript:|data:|```|\]\s*\[", re.IGNORECASE)
_HIDDEN = frozenset({"Cf", "Cc", "Co", "Cs", "Cn"})
_SOFT_HYPHEN = "\u00ad"


def malformed(sentence: str) -> Iterator[Finding]:
    """Yield what a sentence of an answer never has."""
    if not sentence.strip():
        yield Finding(Check.FORM, "")
    if len(sentence) > LONGEST_SENTENCE:
        yield Finding(Check.FORM, f"{len(sentence)}")
    if found := _MARKUP.search(sentence):
        yield Finding(Check.FORM, found[0])
    for char in sorted({one for one in sentence if unicodedata.category(one) in _HIDDEN and one != "\n"}):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")
    for char in sorted({one for one in sentence if one.isalpha() and not unicodedata.name(one, "").startswith(_LATIN)}):
        yield Finding(Check.FORM, f"U+{ord(char):04X}")


_LATIN = ("LATIN ", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MODIFIER LETTER SMALL", "SUPERSCRIPT LATIN", "MICRO SIGN")
