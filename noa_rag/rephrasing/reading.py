"""What a model wrote, read into sentences with their quotes; in English too, and what the two must have in common.

The gate reads French: it holds the French sentence against the passage. The English one is shown beside it, and only
where its figures, negation, obligation, permission and conditions are those of the French one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from noa_rag.domain.rephrasing import CheckedSentence, CheckFinding
from noa_rag.rephrasing.passages import Passage, with_links

NOTHING = "AUCUN"  # what the prompt asks for when the passages do not answer
SENTENCE_LIMIT = 6  # a rephrasing that needs more is no shorter than the text

_MARKED = re.compile(r"(.+?)((?:\s*\[\d{1,2}\])+)[.\s]*", re.DOTALL)
_MARK = re.compile(r"\[\d{1,2}\][.\s]*+(?!\[)")  # where a sentence ends; linear in a text that cites nothing
_CITED = re.compile(r"\[(\d{1,2})\]")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")

TRANSLATION = "translation"  # the check, as QA counts it

_PAIR = re.compile(r"(.+?(?:\[\d{1,2}\][ .]*)+)\n\s*EN ?:[ \t]*(.*?)[ \t]*(?=\n|\Z)", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:[\s.,\u00a0\u202f]\d+)*")
_NOT_PLAIN = re.compile(r"https?:|www\.|@|[<>\[\]`|]|\bLIEN")
# What is said in both languages or in neither. Words, not meanings: a free translation may not pass.
_SAID_IN_BOTH = {
    "negation": (
        r"\b(?:ne|non|pas|aucune?|jamais|sans|ni|interdit\w*|nulle?s?)\b|\bn['’]",
        r"\b(?:not|no|none|never|without|neither|nor|cannot|prohibited|forbidden|banned|void|only|unless)\b|n['’]t\b",
    ),
    "obligation": (
        r"\b(?:doi[st]|doivent|devez|devra|devrez|faut|faudra|obligatoires?|obligé\w*|tenue?s?|exig\w+)\b",
        r"\b(?:must|ha(?:s|ve) to|mandatory|compulsory|required?s?|requires|obliged|need(?:s|ed)?|obligatory)\b",
    ),
    "permission": (
        r"\b(?:peu[xt]|peuvent|pouvez|pourr\w+|possibles?)\b",
        r"\b(?:may|can|cannot|could|possible|able|might)\b",
    ),
    "condition": (
        r"\b(?:si|sauf|à condition|lorsqu\w*|quand|tant qu\w*|en cas)\b|\bs['’]ils?\b",
        r"\b(?:if|except|unless|provided|when|where|as long as|in case|in the event|on condition)\b",
    ),
}


def whole_part(text: str) -> str:
    """Return what of a text is written to the end: up to the last citation that something else follows already."""
    ends = [found.end() for found in _MARK.finditer(text) if found.start() and found.end() < len(text)]
    return text[: max(ends, default=0)]


def read_sentences(text: str, passages: Sequence[Passage], links: Mapping[str, str]) -> tuple[CheckedSentence, ...]:
    """Return the sentences with their quotes; what follows the last citation cites nothing, and will be refused.

    Numbers in brackets count the passages as they were given, from 1; a sentence that cites none has the quote "".
    """
    if not text.strip() or text.strip().rstrip(".") == NOTHING:
        return ()
    found: list[CheckedSentence] = []
    end = 0
    for match in _MARKED.finditer(text):
        numbers = [int(number) for number in _CITED.findall(match[2])]
        cited = [passages[number - 1].quote for number in numbers if 1 <= number <= len(passages)]
        found.append(CheckedSentence(_cleaned(match[1], links), cited[0] if len(cited) == len(numbers) else ""))
        end = match.end()
    if rest := text[end:].strip():
        found.append(CheckedSentence(_cleaned(rest, links), ""))
    return tuple(found[: SENTENCE_LIMIT + 1])


def _cleaned(text: str, links: Mapping[str, str]) -> str:
    return with_links(_BULLET.sub("", text.strip()).strip(), links)


def read_pairs(text: str, passages: Sequence[Passage], links: Mapping[str, str]) -> tuple[CheckedSentence, ...]:
    """Return the French sentences with their quotes and their English, "" where a line of it is missing."""
    found: list[CheckedSentence] = []
    end = 0
    for match in _PAIR.finditer(text):
        french = read_sentences(match[1], passages, links)
        found += [*french[:-1], *(replace(one, english=match[2].strip()) for one in french[-1:])]
        end = match.end()
    return (*found, *read_sentences(text[end:], passages, links))


def whole_pairs(text: str) -> str:
    """Return what of a text is written to the end: up to the last English line that another line follows."""
    return text[: max((found.end() for found in _PAIR.finditer(text) if found.end() < len(text)), default=0)]


def differences(sentence: CheckedSentence) -> Iterator[CheckFinding]:
    """Yield what the English sentence says and the French one does not, or the other way round."""
    french, english = sentence.text, sentence.english
    if not english or _NOT_PLAIN.search(english):
        yield CheckFinding(TRANSLATION, english, french)
        return
    if _numbers(french) != _numbers(english):
        yield CheckFinding(TRANSLATION, ", ".join(_numbers(english)), ", ".join(_numbers(french)))
    for what, (in_french, in_english) in _SAID_IN_BOTH.items():
        if bool(re.search(in_french, french, re.IGNORECASE)) != bool(re.search(in_english, english, re.IGNORECASE)):
            yield CheckFinding(TRANSLATION, what, french)


def _numbers(text: str) -> list[str]:
    """Return the figures of a text without what groups or parts their digits: 1 000,50 and 1,000.50 are the same."""
    return sorted(re.sub(r"\D", "", number) for number in _NUMBER.findall(text))
