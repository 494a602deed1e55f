"""French words: folded, cut into the stems that lexical retrieval counts, and made into keys."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import Stemmer
from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_FRENCH

if TYPE_CHECKING:
    from spellchecker import SpellChecker

_WORD = re.compile(r"[a-z0-9]+")
# Words every question of the service is full of; "quel", "comment" say nothing of the entry.
_QUESTION_WORDS = (
    "comment combien quand quoi quel quelle quels quelles pourquoi est-ce puis-je faut-il dois doit peut peux puis"
    " faut faire savoir avoir etre bonjour merci svp stp hello madame monsieur cela ca si plus tres bien aussi alors"
    " donc car or ni chez vers sous entre apres avant pendant depuis sans lors afin ainsi comme tout tous toute toutes"
)
_stemmer = Stemmer.Stemmer("french")
LONGEST_KNOWN = 40  # letters of a word whose stem is kept: no French word has more, and a visitor may type 1,000
LENGTH_LIMIT = 60  # Keys appear in addresses of pages; sixty characters tell the headings of one fiche apart.


def fold(text: str) -> str:
    """Return lower-case text without accents, so that a missing accent changes nothing."""
    if text.isascii():
        return text.lower()
    lower = unicodedata.normalize("NFKD", text).casefold().replace("œ", "oe").replace("æ", "ae")
    folded = unicodedata.normalize("NFKD", lower)
    for mark in filter(unicodedata.combining, set(folded)):
        folded = folded.replace(mark, "")
    return folded


def plain(text: str) -> str:
    """Return the folded text without punctuation, its words with one space between them."""
    return " ".join(_WORD.findall(fold(text)))


def words(text: str) -> list[str]:
    """Return the folded words of a text that carry meaning, in order."""
    return [word for word in _WORD.findall(fold(text)) if word not in STOP_WORDS and len(word) > 1]


def stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order."""
    return [stem(word) for word in words(text)]


def stem(word: str) -> str:
    """Return the Snowball stem of a folded word, with numbers kept as they are."""
    return _known_stem(word) if len(word) <= LONGEST_KNOWN else _stem(word)


def _stem(word: str) -> str:
    stemmed: str = _stemmer.stemWord(word)
    return stemmed


_known_stem = lru_cache(maxsize=100_000)(_stem)  # 25 MB: some 250 bytes a word, for visitors do not choose its length

STOP_WORDS = frozenset(
    _WORD.findall(fold(" ".join((*STOPWORDS_FRENCH, _QUESTION_WORDS, "l d j n s c m t qu jusqu lorsqu puisqu"))))
)


def is_english(text: str) -> bool:
    """Return whether more of a text's words are English function words than French ones."""
    found = _WORD.findall(fold(text))
    return sum(word in ENGLISH for word in found) > sum(word in STOP_WORDS for word in found)


ENGLISH = frozenset((*STOPWORDS_EN, "you", "your", "must", "can", "from", "has", "have", "when", "who", "which", "do"))
SHORTEST_MISSPELT = 6  # letters; a shorter one is a slip away from something whatever it is
_ELIDED = frozenset("ldjmtsnc")
ENGLISH_WRITTEN_FROM = 200  # times in the dictionary's texts: rarer ones are names and slips


@cache
def french_words() -> frozenset[str]:
    """Return 130,000 folded forms of French words, read when the first word is looked up (a second)."""
    from spellchecker import SpellChecker

    return frozenset(map(fold, SpellChecker(language="fr").word_frequency.words()))


@lru_cache(maxsize=10_000)
def is_misspelt(word: str) -> bool:
    """Return whether a word is one slip away from a French word, or one that lacks its apostrophe ("lentretien")."""
    folded = fold(word)
    if folded[:1] in _ELIDED and folded[1:] in french_words():
        return True
    return len(folded) >= SHORTEST_MISSPELT and any(
        near in french_words() for near in _speller().edit_distance_1(folded)
    )


@cache
def _speller() -> "SpellChecker":
    from spellchecker import SpellChecker

    speller = SpellChecker(language=None, distance=1)
    speller.word_frequency.load_words(["abcdefghijklmnopqrstuvwxyz"])  # the letters that it puts in
    return speller


@cache
def english_words() -> frozenset[str]:
    """Return 30,000 folded forms of usual English words, read when the first word is looked up (half a second)."""
    from spellchecker import SpellChecker

    counts = SpellChecker(language="en").word_frequency
    return frozenset(fold(word) for word, count in counts.items() if count >= ENGLISH_WRITTEN_FROM)


def slug(text: str) -> str:
    """The words in lower-case ASCII joined by hyphens; `partie` when nothing is left of them."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")
    return words[:LENGTH_LIMIT].rstrip("-") or "partie"


def distinct_slugs(texts: Iterable[str]) -> list[str]:
    """One slug for each text; a repeated one is numbered from 2."""
    slugs: list[str] = []
    numbers: dict[str, int] = {}
    for text in texts:
        base = candidate = slug(text)
        number = numbers.get(base, 0) + 1
        while number > 1 and (candidate := f"{base}-{number}") in numbers:
            number += 1
        numbers[base] = number
        numbers.setdefault(candidate, 1)
        slugs.append(candidate)
    return slugs
