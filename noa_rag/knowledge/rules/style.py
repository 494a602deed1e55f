"""How an answer reads: its first sentence answers, and no sentence is too long to be understood at once."""

import re
from collections.abc import Iterator

from noa_rag.knowledge.rules.finding import Checked, Finding, found, texts
from noa_rag.knowledge.rules.sentences import sentences

FIRST_SENTENCE, LONG_SENTENCE = "first-sentence", "long-sentence"
LONGEST_SENTENCE = 35  # words
_DEPENDS = re.compile(r"(?:tout|cela|ça|la réponse) dépend|c'est selon", re.IGNORECASE)
_YES_OR_NO = re.compile(r"(?:oui|non)\b", re.IGNORECASE)
_OPEN_QUESTION = re.compile(
    r"(?:(?:à|de|pour|en|avec|par|dans|sur|depuis|jusqu['’]à) )?"
    r"(?:comment|combien|quand|où|qui\b|que\b|qu['’]|quoi|pourquoi|quels?\b|quelles?\b|lequel|laquelle|lesquel)",
    re.IGNORECASE,
)
_CLOSED_QUESTION = re.compile(r"\best-ce\b|\w-(?:t-)?(?:il|elle|ils|elles|on|je|nous|vous)\b", re.IGNORECASE)


def first_sentences(checked: Checked) -> Iterator[Finding]:
    """Yield answers that do not begin with the answer."""
    for file in checked.files.values():
        first = next(sentences(file.content.answer), None)
        if first is None:
            continue
        below = first.line + 1 if "\n" in file.content.answer else 0
        if first.is_item:
            yield found(FIRST_SENTENCE, file, "answer", "opens with a list: answer in a sentence first", below=below)
        elif _DEPENDS.match(first.text):
            said = f"opens with « {first.text[:40]}… »: say what holds in the usual case first"
            yield found(FIRST_SENTENCE, file, "answer", said, below=below)
        elif _YES_OR_NO.match(first.text) and _is_open(file.content.question):
            said = f"opens with « {first.text.split()[0].strip(',:')} » to a question that is not answered by yes or no"
            yield found(FIRST_SENTENCE, file, "answer", said, below=below)


def long_sentences(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        for field, text in texts(file.content):
            for one in sentences(text):
                if one.word_count > LONGEST_SENTENCE:
                    said = f"a sentence of {one.word_count} words, above {LONGEST_SENTENCE}: {one.text[:60]}…"
                    yield found(LONG_SENTENCE, file, field, said, below=one.line + 1 if "\n" in text else 0)


def _is_open(question: str) -> bool:
    """Whether a question asks for more than yes or no; "est-ce obligatoire, et qui paie ?" asks for that first."""
    for part in re.split(r"[:,;]\s+", question):
        if _OPEN_QUESTION.match(part):
            return True
        if _CLOSED_QUESTION.search(part):
            return False
    return False
