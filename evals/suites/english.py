"""English sentences beside the French passages that they translate, as an agency vetted them, and some that are turned.

They tell whether a judge reads across languages. Made by program from the translations, always the same.
"""

import random
import re
from collections.abc import Iterator, Mapping

from evals.suites.turned import FEWEST_WORDS, MOST_WORDS, SEED, Turned
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.passages import passages_of, readable
from noa_rag.domain.question import Language

FAITHFUL, WRONG = "faithful", "English"
_SWAPS = {
    "must": "may", "may": "must", "can": "must", "cannot": "can", "is not": "is", "are not": "are", "do not": "do",
    "before": "after", "after": "before", "at least": "at most", "at most": "at least", "more than": "less than",
    "only": "not only", "always": "never", "never": "always", "with": "without", "without": "with",
}  # fmt: skip
_SWAP = re.compile(rf"\b(?:{'|'.join(sorted(_SWAPS, key=len, reverse=True))})\b")
_LINK = "LIEN"


def english_sentences(entries: Mapping[EntryId, EntryContent], count: int) -> list[Turned]:
    """Return as many faithful sentences and as many turned ones, of different passages, drawn by a fixed seed."""
    drawn = list(_all(entries))
    random.Random(SEED).shuffle(drawn)
    can_turn = [sentence for sentence in drawn if _SWAP.search(sentence.sentence)][:count]
    taken = {sentence.id for sentence in can_turn}
    return [*[each for each in drawn if each.id not in taken][:count], *map(_turned, can_turn)]


def _all(entries: Mapping[EntryId, EntryContent]) -> Iterator[Turned]:
    """Yield the sentences of the translations that have as many passages as the French text: the same, in order."""
    for entry_id, content in sorted(entries.items()):
        for translation in content.translations:
            french, english = passages_of(content.answer), passages_of(translation.answer)
            if translation.language != Language.ENGLISH.value or len(french) != len(english):
                continue
            for number, (passage, translated) in enumerate(zip(french, english, strict=True)):
                (sentence,) = readable((translated,)).texts
                is_whole = sentence.endswith(".") and _LINK not in sentence
                if is_whole and FEWEST_WORDS <= len(sentence.split()) <= MOST_WORDS:
                    yield Turned(f"{entry_id}/{number}/en", entry_id, FAITHFUL, sentence, passage.quote)


def _turned(sentence: Turned) -> Turned:
    made = _SWAP.sub(lambda match: _SWAPS[match[0]], sentence.sentence, count=1)
    return Turned(f"{sentence.id}/turned", sentence.entry, WRONG, made, sentence.quote)
