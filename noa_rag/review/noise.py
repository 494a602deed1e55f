"""Questions that no draft should be made of: abuse, small talk, orders to the machine, keyboard mashing."""

import re
import tomllib
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from noa_rag.french.courtesies import REACHING_WORDS, SMALL_TALK_WORDS
from noa_rag.french.personal_data import kinds_masked, without_masks
from noa_rag.french.words import STOP_WORDS, fold

_LISTS = tomllib.loads((Path(__file__).parent / "noise.toml").read_text(encoding="utf-8"))
_WORD = re.compile(r"[a-z]+")
_LETTER_SEVEN_TIMES = re.compile(r"([a-z])\1{6,}")


class Noise(StrEnum):
    """Why a question makes no draft."""

    EMPTY = "empty"
    """Nothing but numbers, signs, or what was masked and the words that bring it: "mon numéro est…"."""
    SMALL_TALK = "small_talk"
    ABUSE = "abuse"
    """Insults, threats, crude talk, plans to do harm, advertising."""
    ORDER = "order"
    """Tells the machine what to say, to forge, or to give away."""
    MASHING = "mashing"
    """No word that the base knows."""


def noise_in(text: str, *, knows: Callable[[str], bool]) -> Noise | None:
    """Return what makes a question noise, None for one that somebody may want answered.

    `knows` tells whether a folded word, or one that it may be a misspelling of, occurs in the base.
    """
    said = " ".join(fold(without_masks(text)).replace("’", "'").split())
    for noise, patterns in _PATTERNS:
        if any(pattern.search(said) for pattern in patterns):
            return noise
    words = [word for word in _WORD.findall(said) if len(word) > 1]
    return _noise_of_words(words, knows, is_masked=bool(kinds_masked(text)))


def _noise_of_words(words: Sequence[str], knows: Callable[[str], bool], *, is_masked: bool) -> Noise | None:
    if not words:
        return Noise.EMPTY
    meant = [word for word in words if word not in STOP_WORDS and word not in SMALL_TALK_WORDS]
    if not meant:
        return Noise.SMALL_TALK
    if is_masked and all(word in REACHING_WORDS for word in meant):
        return Noise.EMPTY
    return None if any(knows(word) for word in meant) else Noise.MASHING


def _compiled(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)


_PATTERNS = (
    (Noise.ORDER, _compiled(_LISTS["order"])),
    (Noise.ABUSE, _compiled(_LISTS["abuse"])),
    (Noise.SMALL_TALK, _compiled(_LISTS["small_talk"])),
    (Noise.MASHING, (_LETTER_SEVEN_TIMES,)),
)
