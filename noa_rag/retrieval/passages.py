"""The texts of an entry that are searched: its questions, and its answer cut into passages."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from noa_rag.domain.entry import EntryId, EntryVersion, official_text

PASSAGE_LIMIT = 900  # characters; about 250 tokens, half of what e5-small reads
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[*_`>#|]+")


class Kind(StrEnum):
    """What a searched text is to its entry."""

    QUESTION = "question"
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class SearchedText:
    """One text to search, known by entry, version and number; `context` names what it stands under."""

    entry_id: EntryId
    version: int
    number: int
    kind: Kind
    text: str
    context: str = ""
    section_key: str | None = None
    is_translated: bool = False
    """Whether it is the question in English, as the agency puts it."""

    @property
    def id(self) -> str:
        return f"{self.entry_id}:{self.version}:{self.number}"

    @property
    def embedded_text(self) -> str:
        """The text as embedded: a passage is read under its title, a question as `Understand` leaves what is typed."""
        if self.kind is Kind.QUESTION:
            return uncapitalised(self.text).rstrip(" ?!.…")
        return f"{self.context}\n{self.text}" if self.context else self.text

    @property
    def is_vetted_wording(self) -> bool:
        """Whether an agency vouches for the writing: alternate questions hold slips on purpose."""
        return self.kind is Kind.PASSAGE or self.number == 0 or self.is_translated

    @property
    def content_hash(self) -> str:
        """SHA-256 over kind and embedded text; vectors are kept under it."""
        return hashlib.sha256(f"{self.kind}\n{self.embedded_text}".encode()).hexdigest()


def searched_texts(version: EntryVersion) -> Iterator[SearchedText]:
    """Yield what is searched of an entry, numbered from 0: questions first, then passages."""
    content = version.content
    questions = [content.question, *(alternate.text for alternate in content.alternate_questions)]
    if content.question_en and content.question_en.casefold() not in {question.casefold() for question in questions}:
        questions.append(content.question_en)
    pieces: list[tuple[Kind, str, str, str | None]] = [(Kind.QUESTION, text, "", None) for text in questions]
    pieces += [(Kind.PASSAGE, text, content.question, None) for text in cut(plain_text(official_text(content)))]
    for section in content.sections:
        context = f"{content.question} — {section.heading}"
        pieces += [(Kind.PASSAGE, text, context, section.key) for text in cut(plain_text(section.text))]
    for number, (kind, text, context, section_key) in enumerate(pieces):
        is_translated = kind is Kind.QUESTION and text == content.question_en
        yield SearchedText(version.id, version.version, number, kind, text, context, section_key, is_translated)


def uncapitalised(text: str) -> str:
    """Return the text with its first word in lower case, unless it is written in capitals."""
    first = re.match(r"[^\W_]+", text)
    return text[0].lower() + text[1:] if first and first.group().istitle() else text


def plain_text(markdown: str) -> str:
    """Return the words of a Markdown text, without marks and link addresses, paragraphs kept apart."""
    return _MARKS.sub(" ", _LINK.sub(r"\1", markdown))


def cut(text: str, limit: int = PASSAGE_LIMIT) -> Iterator[str]:
    """Cut a text into passages of at most `limit` characters, at lines where possible, else at spaces."""
    gathered = ""
    for line in (" ".join(line.split()) for line in text.splitlines()):
        for piece in _pieces(line, limit):
            if gathered and len(gathered) + 1 + len(piece) > limit:
                yield gathered
                gathered = piece
            else:
                gathered = f"{gathered}\n{piece}" if gathered else piece
    if gathered:
        yield gathered


def _pieces(line: str, limit: int) -> Iterator[str]:
    while len(line) > limit:
        at = line.rfind(" ", 0, limit)
        at = at if at > limit // 2 else limit
        yield line[:at]
        line = line[at:].lstrip()
    if line:
        yield line
