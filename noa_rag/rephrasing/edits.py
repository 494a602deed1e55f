"""A sentence of the passage repeated with a word changed that turns it: an obligation, a permission, a denial, a scope.

What is worded freely is for the judge. Where nearly all words are the passage's own, in its order, one changed word is
easily passed over.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from noa_rag.rephrasing.finding import Check, Finding
from noa_rag.rephrasing.plain_text import folded_words, plain, sentences, without_links

COPIED_SHARE = 0.85  # of a sentence's words, that stand in a sentence of the passage in the same order
EDIT_WORDS = 3  # at most, on either side; more are words of one's own
_TURNS = {
    kind: re.compile(rf"(?:{words})")
    for kind, words in {
        "obliges": r"doi(?:s|t|vent)|dev(?:ez|ons|ra\w*|ri\w+|ront)|faut|faudra\w*"
        r"|obligatoire\w*|oblig\w+|impos\w+|exig\w+",
        "permits": r"peu(?:x|t|vent)|pou(?:vez|vons|rr\w+)|facultati\w+"
        r"|autoris\w+|permet\w*|permis\w*|possible\w*|libre\w*",
        "denies": r"ne|n|pas|jamais|aucune?s?|ni|sans|interdi\w+",
        "narrows": r"seule?s?|seulement|uniquement|exclusivement",
        "excepts": r"sauf|hormis|excepte\w*",
        "widens": r"tous|toute?s?|chaque|toujours|systematiquement",
    }.items()
}


def turned_copies(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield the words of a copied sentence that oblige, permit, deny or widen where those in their place do not.

    The whole is held against the whole passage, and each of several sentences against the one that it copies.
    """
    said, official = plain(without_links(sentence)), plain(without_links(quote))
    lines = [folded_words(part) for part in (official, *sentences(official))]
    for part in dict.fromkeys((said, *sentences(said))):
        yield from _turned(folded_words(part), lines)


def _turned(said: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[Finding]:
    matched = ((words, SequenceMatcher(None, words, said, autojunk=False)) for words in sorted(lines, key=len))
    line, nearest = max(matched, key=_copied)  # of two that have as much of it, the shorter one
    if _copied((line, nearest)) < COPIED_SHARE * sum(not _turns((word,)) for word in said):
        return
    for change, start, end, seen_start, seen_end in nearest.get_opcodes():
        was, seen = line[start:end], said[seen_start:seen_end]
        is_cut = change == "delete" and (start == 0 or end == len(line))  # what it leaves out is for the judge
        if change == "equal" or is_cut or max(len(was), len(seen)) > EDIT_WORDS:
            continue
        if _is_turned(_turns(was), _turns(seen)):
            yield Finding(Check.EDIT, " ".join(seen), " ".join(was))


def _is_turned(was: set[str], now: set[str]) -> bool:
    """Whether a denial, an exception or "only" came or went, "all" came, or a duty became a choice, or the reverse."""
    changed = was ^ now
    return bool(
        changed & {"denies", "narrows", "excepts"} or "widens" in now - was or changed >= {"obliges", "permits"}
    )


def _copied(found: tuple[Sequence[str], SequenceMatcher[str]]) -> int:
    return sum(block.size for block in found[1].get_matching_blocks())


def _turns(words: Sequence[str]) -> set[str]:
    return {kind for kind, pattern in _TURNS.items() if any(pattern.fullmatch(word) for word in words)}
