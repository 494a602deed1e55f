"""What Noa understood of a question, in its own words: those that were searched, and those that no entry holds."""

import re

from noa_rag.answering.conversation.words import names_a_subject
from noa_rag.domain.answer import Searched
from noa_rag.domain.question import Language, Question
from noa_rag.french.personal_data import without_masks
from noa_rag.french.words import stem, words
from noa_rag.retrieval.lexical import LexicalIndex

WORDS_LIMIT = 12  # a story has more; whoever reads them wants to see what was taken for the subject
SHORTEST_ENGLISH = 3  # letters; "is", "in" and "my" are no French stop words, and "IS" is a French tax
_TYPED = re.compile(r"[^\W\d_][^\W_]*")


def searched_words(question: Question, lexical: LexicalIndex) -> Searched:
    """Return the words of a question that name its subject, as typed, each once; a misspelt one as it was put right.

    Words of an English question are found by their meaning: how its words are put right, or which of them no entry
    holds, says nothing. Numbers are left out.
    """
    text = without_masks(question.normalised)
    is_english = question.language is Language.ENGLISH
    query = lexical.understand(text)
    corrected = {} if is_english else query.corrected
    searched: dict[str, str] = {}
    for typed in _TYPED.findall(text):
        for word in words(typed):
            if names_a_subject(word) and not (is_english and len(word) < SHORTEST_ENGLISH):
                searched.setdefault(word, corrected.get(word, typed))
    shown = dict(list(searched.items())[:WORDS_LIMIT])
    if is_english:
        return Searched(tuple(shown.values()))
    return Searched(tuple(shown.values()), tuple(typed for one, typed in shown.items() if stem(one) in query.unknown))
