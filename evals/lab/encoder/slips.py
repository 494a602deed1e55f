"""Questions as they are typed in a hurry: accents left out, letters dropped or doubled, words run together."""

import random
import re
import unicodedata
from collections.abc import Callable

TOUCHED_SHARE = 0.35  # of the questions; the others stay as they were written
_TEXTED = (
    (r"\bqu(?=[ei'])", "k"),
    (r"\bpour\b", "pr"),
    (r"\bc'est\b", "c"),
    (r"\bavec\b", "avc"),
    (r"\bbeaucoup\b", "bcp"),
    (r"\bquelqu'un\b", "qqn"),
    (r"\bcombien\b", "cb"),
    (r"\btemps\b", "tps"),
    (r"\bvous\b", "vs"),
    (r"\bnous\b", "ns"),
    (r"\bje suis\b", "chui"),
    (r"er\b", "é"),
    (r"\best-ce que\b", "esk"),
)
_SHORTEST_TOUCHED = 4  # letters of a word


def with_slips(text: str, drawn_by: random.Random) -> str:
    """Return the text, or for `TOUCHED_SHARE` of the draws the text with slips of one kind."""
    if drawn_by.random() >= TOUCHED_SHARE:
        return text
    return drawn_by.choice(_KINDS)(text, drawn_by) or text


def _without_accents(text: str, drawn_by: random.Random) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


def _letters_dropped(text: str, drawn_by: random.Random) -> str:
    return _in_some_words(text, drawn_by, lambda word, at: word[:at] + word[at + 1 :])


def _letters_doubled(text: str, drawn_by: random.Random) -> str:
    return _in_some_words(text, drawn_by, lambda word, at: word[:at] + word[at] + word[at:])


def _letters_swapped(text: str, drawn_by: random.Random) -> str:
    return _in_some_words(text, drawn_by, lambda word, at: word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :])


def _words_run_together(text: str, drawn_by: random.Random) -> str:
    words = text.split(" ")
    if len(words) < 3:
        return text
    at = drawn_by.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]])


def _texted(text: str, drawn_by: random.Random) -> str:
    for pattern, short in _TEXTED:
        text = re.sub(pattern, short, text)
    return _without_accents(text, drawn_by)


def _in_some_words(text: str, drawn_by: random.Random, change: Callable[[str, int], str]) -> str:
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= _SHORTEST_TOUCHED]
    for at in drawn_by.sample(long, min(len(long), 1 + len(long) // 8)):
        words[at] = change(words[at], drawn_by.randrange(1, len(words[at])))
    return " ".join(words)


_KINDS = (_without_accents, _letters_dropped, _letters_doubled, _letters_swapped, _words_run_together, _texted)
