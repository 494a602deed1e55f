"""In which of the pages' languages a question is written."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from lingua import Language as Detected
from lingua import LanguageDetector, LanguageDetectorBuilder

from noa_rag.domain.question import Language
from noa_rag.french.words import english_words, fold, french_words

ENGLISH_CONFIDENCE = 0.80
# For so few words letters are no evidence. Of 92 English messages of the calibration suites with up to three words they
# found 31, and took 6 of 146 French ones for English; dictionaries found 78, and took 3.
FEW_WORDS = 3
_LETTERS = re.compile(r"[a-z]{2,}")
# French acronyms pull short English questions ("do I owe CFE?") towards French; these words settle it.
ENGLISH_WORDS = frozenset(
    """
    the my your is are do does did how what when where which who why must should can could would will have has need
    with from without if am i'm i'd it's of and to they we you for in by about
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
_FRENCH_WORDS = frozenset(
    """
    le la les un une des du de mon ma mes est sont je j'ai il elle on nous vous pour avec sans comment quand quel
    quelle quels quelles où qui que quoi pourquoi dois doit peut puis faut et ou à au aux en
    """.split()  # noqa: SIM905 - a list of words reads better as words
)


def no_words(word: str) -> bool:
    """Return False: without a base, no word is known to be in its French texts."""
    return False


def detect_language(text: str, is_borrowed: Callable[[str], bool] = no_words) -> Language:
    """Return English when the words are clearly English, French otherwise; see `clear_language`."""
    return clear_language(text, is_borrowed) or Language.FRENCH


def clear_language(text: str, is_borrowed: Callable[[str], bool] = no_words) -> Language | None:
    """Return the language that a text is clearly written in, None where its words do not tell.

    A text of few words is looked up in dictionaries: "sick pay" is English, "plan" may be either. `is_borrowed` says
    whether French texts of the base have a folded word too: "food truck" is what French people type.
    """
    words = text.casefold().replace("?", " ").replace(",", " ").split()
    english, french = sum(word in ENGLISH_WORDS for word in words), sum(word in _FRENCH_WORDS for word in words)
    if english != french:
        return Language.ENGLISH if english > french else Language.FRENCH
    if len(words) <= FEW_WORDS:
        return _by_dictionaries(_LETTERS.findall(fold(text)), is_borrowed)
    confidence = _detector().compute_language_confidence(text, Detected.ENGLISH)
    if confidence >= ENGLISH_CONFIDENCE:
        return Language.ENGLISH
    return Language.FRENCH if confidence <= 1 - ENGLISH_CONFIDENCE else None


def _by_dictionaries(words: Sequence[str], is_borrowed: Callable[[str], bool]) -> Language | None:
    english = any(word in english_words() and word not in french_words() and not is_borrowed(word) for word in words)
    french = any(word in french_words() and word not in english_words() for word in words)
    if english == french:
        return None
    return Language.ENGLISH if english else Language.FRENCH


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(Detected.FRENCH, Detected.ENGLISH).with_low_accuracy_mode().build()
