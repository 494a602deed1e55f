"""Visitors' phrasings made presentable: masks and politeness taken out, a capital and a question mark put in."""

import re
from collections.abc import Callable, Iterable, Sequence

from rapidfuzz import fuzz

from noa_rag.domain.entry import AlternateQuestion
from noa_rag.domain.failure import Asked, counted
from noa_rag.domain.question import Language
from noa_rag.french.personal_data import without_masks
from noa_rag.french.words import slug, words
from noa_rag.knowledge.content_rules import QUESTION_LIMIT
from noa_rag.review.checks import RESERVED_IDS

ALTERNATES_WANTED = 8
SHORTEST_PHRASING = 6  # characters
SAME_PHRASING = 90  # per cent of shared characters, in any order of words
_GREETING = re.compile(
    r"^(?:(?:bonjour|bonsoir|salut|coucou|hello|hi|madame|monsieur|mme|mr)\b[\s,.!:;-]*)+", re.IGNORECASE
)
_THANKS = re.compile(
    r"[\s,.!;-]*\b(?:merci(?: beaucoup| d'avance| bien)?|svp|stp|s'il vous pla[iî]t|cordialement"
    r"|please|thanks?(?: you)?)[\s.!]*(?=\?*\s*$)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[\s?!.,;:…-]+$")
_NOT_FOR_AN_ENTRY = re.compile(r"[<>\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


def presentable(text: str, language: Language, spelt: Callable[[str], str] = str) -> str:
    """Return a question as an entry may bear it, empty when nothing is left of it; words keep their order.

    `spelt` gives the sure spelling of a word; whatever it leaves alone stays as the visitor typed it.
    """
    said = _WORD.sub(lambda word: _spelt(word.group(), spelt), stripped(text))
    said = _END.sub("", said)
    if not said:
        return ""
    said = said[: QUESTION_LIMIT - 2].rstrip()
    mark = " ?" if language is Language.FRENCH else "?"
    return f"{said[0].upper()}{said[1:]}{mark}"


def stripped(text: str) -> str:
    """Return a phrasing without masks, greetings and thanks; the spaces are single ones."""
    plain = " ".join(_NOT_FOR_AN_ENTRY.sub(" ", without_masks(text)).split())
    return _THANKS.sub("", _GREETING.sub("", plain)).strip()


def real_phrasings(
    asked: Iterable[Asked], *, unlike: Sequence[str] = (), limit: int = ALTERNATES_WANTED
) -> tuple[AlternateQuestion, ...]:
    """Return distinct phrasings, the most frequent first, then those most unlike what was taken before."""
    listed = list(asked)
    languages = {stripped(one.text): one.language.value for one in listed}
    left = [text for text in counted([stripped(one.text) for one in listed]) if is_usable(text)]
    taken: list[str] = []
    while len(taken) < limit:
        left = [text for text in left if not _is_among(text, [*unlike, *taken])]
        if not left:
            break
        taken.append(max(left, key=lambda text: -max((fuzz.ratio(text, one) for one in taken), default=0.0)))
    return tuple(AlternateQuestion(text, languages[text]) for text in taken)


def is_usable(text: str) -> bool:
    """Whether a stripped phrasing may stand under an entry: not too short, not too long, and with a word in it."""
    return SHORTEST_PHRASING <= len(text) <= QUESTION_LIMIT and bool(words(text))


def free_slug(question: str, taken: Iterable[str]) -> str:
    """Return an id for an entry made of the question's words, which nobody bears yet."""
    known = {*taken, *RESERVED_IDS}
    base = slug(" ".join(words(question)) or question)
    number, candidate = 1, base
    while candidate in known:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def _spelt(word: str, spelt: Callable[[str], str]) -> str:
    better = spelt(word)
    return word if better.casefold() == word.casefold() else better


def _is_among(text: str, others: Sequence[str]) -> bool:
    return any(fuzz.token_sort_ratio(_folded(text), _folded(one)) >= SAME_PHRASING for one in others)


def _folded(text: str) -> str:
    return _END.sub("", text.casefold())
