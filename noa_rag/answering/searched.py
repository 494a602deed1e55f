"""What Noa understood of a question, in its own words: those that were searched, and those that no entry holds."""

import re

from noa_rag.answering.personal_data import without_masks
from noa_rag.domain.answer import Searched
from noa_rag.domain.question import Language, Question
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.words import stem, words

WORDS_LIMIT = 12  # a story has more; whoever reads them wants to see what was taken for the subject
_TYPED = re.compile(r"[^\W_]+")


def searched_words(question: Question, lexical: LexicalIndex) -> Searched:
    """Return the words of a question that carry meaning, as typed, each once; a misspelt one as it was put right.

    Words of an English question are found by their meaning: which of them no entry holds says nothing.
    """
    text = without_masks(question.normalised)
    query = lexical.understand(text)
    searched: dict[str, str] = {}
    for typed in _TYPED.findall(text):
        for word in words(typed):
            searched.setdefault(word, query.corrected.get(word, typed))
    shown = dict(list(searched.items())[:WORDS_LIMIT])
    if question.language is Language.ENGLISH:
        return Searched(tuple(shown.values()))
    return Searched(tuple(shown.values()), tuple(typed for one, typed in shown.items() if stem(one) in query.unknown))
