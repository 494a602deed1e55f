"""A sentence of the passage repeated with a word changed that turns it: an obligation, a permission, a denial, a scope.

The checker judges what is worded freely. Where nearly all words are the passage's own, in its order, its score hardly
tells that one of them was changed.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import patterns
from noa_rag.rephrasing.gate.plain_text import folded_words, plain, sentences, without_links

COPIED_SHARE = 0.85  # of a sentence's words, that stand in a sentence of the passage in the same order
EDIT_WORDS = 3  # at most, on either side; more are words of one's own
_TURNS = patterns("turn")


def turned_copies(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield the words of a copied sentence that oblige, permit, deny or widen where those in their place do not."""
    said = folded_words(plain(without_links(sentence)))
    lines = [folded_words(other_sentence) for other_sentence in sentences(plain(without_links(quote)))]
    line, nearest = max(
        ((words, SequenceMatcher(None, words, said, autojunk=False)) for words in [(), *lines]), key=_copied
    )
    if _copied((line, nearest)) < COPIED_SHARE * sum(not _turns((word,)) for word in said):
        return
    for change, start, end, seen_start, seen_end in nearest.get_opcodes():
        official, seen = line[start:end], said[seen_start:seen_end]
        is_cut = change == "delete" and (start == 0 or end == len(line))  # its conditions are looked at elsewhere
        if change == "equal" or is_cut or max(len(official), len(seen)) > EDIT_WORDS:
            continue
        if _is_turned(_turns(official), _turns(seen)):
            yield GateFinding(Check.EDIT, " ".join(seen), " ".join(official))


def _is_turned(was: set[str], now: set[str]) -> bool:
    """Whether a denial, an exception or "only" came or went, "all" came, or a duty became a choice, or the reverse."""
    changed = was ^ now
    return bool(
        changed & {"denies", "narrows", "excepts"} or "widens" in now - was or changed >= {"obliges", "permits"}
    )


def _copied(found: tuple[tuple[str, ...], SequenceMatcher[str]]) -> int:
    return sum(block.size for block in found[1].get_matching_blocks())


def _turns(words: Sequence[str]) -> set[str]:
    return {kind for kind, pattern in _TURNS.items() if any(pattern.fullmatch(word) for word in words)}
