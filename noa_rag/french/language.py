"""In which of the pages' languages a question is written."""

from functools import cache

from lingua import Language as Detected
from lingua import LanguageDetector, LanguageDetectorBuilder

from noa_rag.domain.question import Language

ENGLISH_CONFIDENCE = 0.80
# One or two words ("kbis", "business plan") are taken for French, the language of the base.
WORDS_TO_TELL = 3
# French acronyms pull short English questions ("do I owe CFE?") towards French; these words settle it.
ENGLISH_WORDS = frozenset(
    [
        "the",
        "my",
        "your",
        "is",
        "are",
        "do",
        "does",
        "did",
        "how",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "must",
        "should",
        "can",
        "could",
        "would",
        "will",
        "have",
        "has",
        "need",
        "with",
        "from",
        "without",
        "if",
        "am",
        "i'm",
        "i'd",
        "it's",
        "of",
        "and",
        "to",
        "they",
        "we",
        "you",
        "for",
        "in",
        "by",
        "about",
    ]
)
_FRENCH_WORDS = frozenset(
    [
        "le",
        "la",
        "les",
        "un",
        "une",
        "des",
        "du",
        "de",
        "mon",
        "ma",
        "mes",
        "est",
        "sont",
        "je",
        "j'ai",
        "il",
        "elle",
        "on",
        "nous",
        "vous",
        "pour",
        "avec",
        "sans",
        "comment",
        "quand",
        "quel",
        "quelle",
        "quels",
        "quelles",
        "où",
        "qui",
        "que",
        "quoi",
        "pourquoi",
        "dois",
        "doit",
        "peut",
        "puis",
        "faut",
        "et",
        "ou",
        "à",
        "au",
        "aux",
        "en",
    ]
)


def detect_language(text: str) -> Language:
    """Return English when the words are clearly English, French otherwise."""
    return clear_language(text) or Language.FRENCH


def clear_language(text: str) -> Language | None:
    """Return the language that a text is clearly written in, None where its words do not tell."""
    words = text.casefold().replace("?", " ").replace(",", " ").split()
    english, french = sum(word in ENGLISH_WORDS for word in words), sum(word in _FRENCH_WORDS for word in words)
    if english != french:
        return Language.ENGLISH if english > french else Language.FRENCH
    if len(words) < WORDS_TO_TELL:
        return None
    confidence = _detector().compute_language_confidence(text, Detected.ENGLISH)
    if confidence >= ENGLISH_CONFIDENCE:
        return Language.ENGLISH
    return Language.FRENCH if confidence <= 1 - ENGLISH_CONFIDENCE else None


@cache
def _detector() -> LanguageDetector:
    return LanguageDetectorBuilder.from_languages(Detected.FRENCH, Detected.ENGLISH).with_low_accuracy_mode().build()
