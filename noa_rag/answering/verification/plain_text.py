"""Text as the checks read it: no Markdown, one kind of space and apostrophe, cut into clauses and stems."""

import re
import unicodedata
from functools import lru_cache

import Stemmer

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LEVEL = re.compile(r"\bbac ?\+ ?(\d)", re.IGNORECASE)  # a name, not a number to be compared
_EMPHASIS = re.compile(r"\*\*|__|`|(?m:^#+ +)")
_APOSTROPHES = re.compile(r"[’ʼ‘´]")
_DASHES = re.compile(r"[‐‑‒–—−]")
_INLINE_SPACE = re.compile(r"[^\S\n]+")
# A comma or a stop inside a number parts nothing; a colon opens what it announces.
_CLAUSE_END = re.compile(
    r"[;!?\n()«»]+|:(?!//)|[.…](?=\s|$)|,(?!\d)| - |\b(?=(?:mais|puis|donc|car|sinon|tandis que|alors que|sauf)\b)"
)
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)|\n+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Return the text without Markdown, in lower case with its accents ("dès" is not "des")."""
    return visible(text).lower()


@lru_cache(maxsize=4_096)
def visible(text: str) -> str:
    """Return the text without Markdown, capitals kept."""
    text = unicodedata.normalize("NFKC", text)
    text = _DASHES.sub("-", _APOSTROPHES.sub("'", text))
    text = _LEVEL.sub(r"bacplus\1", text)
    text = _EMPHASIS.sub("", _LINK.sub(r"\1", text))
    return _INLINE_SPACE.sub(" ", text).strip()


@lru_cache(maxsize=4_096)
def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a plain text: parts that say one thing each, as far as punctuation tells."""
    return tuple(part for piece in _CLAUSE_END.split(text) if (part := piece.strip(" ,-*")))


@lru_cache(maxsize=4_096)
def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences and list items of a plain text."""
    return tuple(part for piece in _SENTENCE_END.split(text) if (part := piece.strip(" -*;")))


def fold(text: str) -> str:
    """Return lower-case text without accents."""
    lower = text.lower().replace("œ", "oe").replace("æ", "ae")
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", lower))


@lru_cache(maxsize=4_096)
def folded_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded, in order."""
    return tuple(_WORD.findall(fold(text)))


_FEMININE = re.compile(r"ees?$")
_ENT_NOUNS = (
    "tement",
    "vement",
    "lement",
    "sement",
    "cement",
    "gement",
    "rement",
    "nement",
    "iement",
    "uement",
    "quement",
    "ument",
    "client",
    "argent",
    "accident",
    "agent",
    "resident",
    "evident",
    "urgent",
    "patient",
    "adherent",
    "recent",
    "excedent",
    "coherent",
    "equivalent",
    "precedent",
    "permanent",
    "different",
    "competent",
    "souvent",
    "talent",
    "absent",
    "present",
    "parent",
    "pertinent",
    "frequent",
    "referent",
    "incident",
    "ingredient",
    "inconvenient",
    "recipient",
    "continent",
    "suivent",
    "ement",
)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a folded word. A stemmer is made each time: one cannot be shared between threads.

    Snowball leaves the plural of verbs as it is ("suffisent"), which would part it from "suffit"; and once accents are
    gone, it takes "exonérée" for another word than "exonéré".
    """
    word = _FEMININE.sub("e", word)
    if word.endswith("ent") and len(word) > 5 and not word.endswith(_ENT_NOUNS):
        word = word.removesuffix("nt")
    stemmed: str = Stemmer.Stemmer("french", 0).stemWord(word)
    return stemmed
