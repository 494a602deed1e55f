"""What is read of a message: its clauses in plain letters, and the stretches that the model weighs."""

import re
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from noa_rag.french.phone_spelling import plain_spelling
from noa_rag.french.words import fold

BUCKETS = 1 << 15
LETTERS = range(2, 7)  # a stretch may span words: "peux plus" is another thing than "peux" and "plus"
WORDS = range(1, 4)
_PRIME = 1_000_003
_CLAUSE = re.compile(
    r"[.!?;:,()\n…]+|\s[-–—]+\s|\b(?:et|mais|car|parce que|puis|alors|and|but|because|so)\b", re.IGNORECASE
)
_NO_WORD = re.compile(r"[^a-z0-9]+")
# Where `plain_spelling` leaves what is no question word: "jcraque", "jen peu plu", "g envie".
_ON_A_PHONE = (
    (
        re.compile(r"\bj(?=(?:ve|vx|vai|dor|pleur|crak|craq|tien|peu|pe|arri|arret|ariv|pens|souff|coul|sombr)\w*)"),
        "je ",
    ),
    (re.compile(r"\bj(?=(?:en|y)\b)"), "j "),
    (re.compile(r"\bv[eé]\b|\bveu\b|\bvx\b"), "veux"),
    (re.compile(r"\bpeu?\b(?= plu)"), "peux"),
    (re.compile(r"\bplu\b"), "plus"),
    (re.compile(r"\bg\b"), "j ai"),
    (re.compile(r"\bsa\b$"), "ca"),
    (re.compile(r"\benvi\b"), "envie"),
    (re.compile(r"\bcrak(?=[ea])"), "craqu"),
    (re.compile(r"\ba bou\b"), "a bout"),
    (re.compile(r"\bcreuver\b"), "crever"),
    (re.compile(r"\bve(?:ux|ut)? (?=mourir|crever|en finir)"), "veux "),
)

Buckets = NDArray[np.int64]


def plain(text: str) -> str:
    """Return the text in plain letters: no case, accents or punctuation, phone spellings written out."""
    found = _NO_WORD.sub(" ", fold(plain_spelling(text.replace("’", "'")))).strip()
    for pattern, written_out in _ON_A_PHONE:
        found = pattern.sub(written_out, found)
    return found


def clauses(text: str) -> list[str]:
    """Return the clauses of a text, as they are typed."""
    return _CLAUSE.split(text)


def buckets(plain_text: str) -> Buckets:
    """Return the buckets of a plain text's stretches of letters and words, each once."""
    letters = np.frombuffer(f" {plain_text} ".encode("ascii", "ignore"), np.uint8).astype(np.int64)
    found = [np.fromiter(_word_hashes(plain_text.split()), np.int64)]
    hashes = np.zeros(len(letters), np.int64)
    for length in range(1, LETTERS.stop):
        if len(letters) < length:
            break
        hashes = (hashes[: len(letters) - length + 1] * _PRIME + letters[length - 1 :] + length) & 0x7FFFFFFF
        if length in LETTERS:
            found.append(hashes % BUCKETS)
    return np.unique(np.concatenate(found))


def _word_hashes(words: list[str]) -> Iterator[int]:
    for count in WORDS:
        for at in range(len(words) - count + 1):
            yield zlib.crc32(" ".join(words[at : at + count]).encode()) % BUCKETS
