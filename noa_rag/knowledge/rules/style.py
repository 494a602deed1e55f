"""How an answer reads: its first sentence answers, none is too long, its sources lead to the text that they name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from noa_rag.knowledge.rules.finding import Checked, Finding, found, texts

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
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`|]+|^\s*#+\s*|^\s*>\s*")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_ABBREVIATIONS = r"(?<!\bart\.)(?<!\bM\.)(?<!\bex\.)(?<!\bcf\.)(?<!\bL\.)(?<!\bR\.)(?<!\bD\.)(?<!\bp\.)"
_END = re.compile(rf"(?<=[.!?…]){_ABBREVIATIONS}[»\")\]]*\s+(?=[«\"(\[]*[A-ZÀ-ÖØ-Þ0-9])")
_WORD = re.compile(r"\w+(?:[.,’'-]\w+)*")
HOME_PAGE = "home-page-source"
_HOME = re.compile(r"/?(?:fr|en|accueil|index(?:\.\w+)?|home|portail)?/?", re.IGNORECASE)
_WHOLE_CODE = re.compile(r"/(?:codes/(?:texte_lc|id)|affichCode\.do)/?(?:LEGITEXT\d+)?(?:/\d{4}-\d\d-\d\d)?/?")


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


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without marks; `line` counts from 0 within its text; `is_item` when it opens a list item."""

    text: str
    line: int
    is_item: bool = False

    @property
    def word_count(self) -> int:
        return len(_WORD.findall(self.text))


def sentences(markdown: str) -> Iterator[Sentence]:
    """Yield the sentences of a text; list items, headings and table rows are sentences of their own."""
    for number, line in enumerate(markdown.splitlines()):
        is_item = bool(_ITEM.match(line))
        plain = _MARKS.sub("", _LINK.sub(r"\1", _ITEM.sub("", line))).strip()
        for place, text in enumerate(_END.split(plain)):
            if text.strip():
                yield Sentence(text.strip(), number, is_item and place == 0)


def home_page_sources(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        for number, source in enumerate(file.content.sources):
            if kind := unspecific(source.url):
                message = f"the source {source.url} is {kind}: name the page or the article that says it"
                yield found(HOME_PAGE, file, f"sources[{number}]", message)


def unspecific(url: str) -> str:
    """Return what a source is when it leads to no text in particular, nothing when it does."""
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        return ""
    if _HOME.fullmatch(parts.path):
        return "a home page"
    is_law = parts.netloc.endswith("legifrance.gouv.fr")
    return "a whole code" if is_law and _WHOLE_CODE.fullmatch(parts.path) else ""
