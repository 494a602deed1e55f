"""The difference between two texts, word by word, in two columns."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from noa_rag.domain.entry import EntryContent, translated_text
from review_ui.entries.content_form import alternate_line, contact_line, source_line, steps_text

WORD_LIMIT = 1_000  # words and gaps compared one by one where lines differ; 1,000 common words in disorder take 0.3 s
_WORDS = re.compile(r"\w+|\s+|[^\w\s]+")


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A stretch of a text; `has_changed` where the other side lacks it."""

    text: str
    has_changed: bool = False


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One part of a content that differs; `field` is the key of its name."""

    field: str
    before: tuple[TextPiece, ...]
    after: tuple[TextPiece, ...]


def content_difference(before: EntryContent, after: EntryContent) -> list[FieldDifference]:
    """Return the parts in which two contents differ, in the order of the editor."""
    return [
        FieldDifference(field, *text_difference(old, new))
        for field, text_of in _PARTS.items()
        if (old := text_of(before)) != (new := text_of(after))
    ]


def text_difference(before: str, after: str) -> tuple[tuple[TextPiece, ...], tuple[TextPiece, ...]]:
    """Return both texts in pieces: line by line first, then word by word in the lines that changed."""
    left: list[TextPiece] = []
    right: list[TextPiece] = []
    for old, new, is_same in _stretches(before.splitlines(keepends=True), after.splitlines(keepends=True)):
        if is_same:
            left.append(TextPiece(old))
            right.append(TextPiece(new))
            continue
        old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
        if max(len(old_words), len(new_words)) > WORD_LIMIT:
            left.append(TextPiece(old, has_changed=True))
            right.append(TextPiece(new, has_changed=True))
            continue
        for one, other, words_are_same in _stretches(old_words, new_words):
            left.append(TextPiece(one, has_changed=not words_are_same))
            right.append(TextPiece(other, has_changed=not words_are_same))
    return _joined(left), _joined(right)


def _stretches(before: list[str], after: list[str]) -> Iterator[tuple[str, str, bool]]:
    matcher = SequenceMatcher(None, before, after, autojunk=len(before) > WORD_LIMIT)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        yield "".join(before[start:end]), "".join(after[new_start:new_end]), kind == "equal"


def _joined(pieces: list[TextPiece]) -> tuple[TextPiece, ...]:
    joined: list[TextPiece] = []
    for piece in pieces:
        if joined and joined[-1].has_changed == piece.has_changed:
            joined[-1] = TextPiece(joined[-1].text + piece.text, piece.has_changed)
        elif piece.text:
            joined.append(piece)
    return tuple(joined)


_PARTS: dict[str, Callable[[EntryContent], str]] = {
    "question": lambda content: content.question,
    "question_en": lambda content: content.question_en,
    "answer": lambda content: content.answer,
    "steps": lambda content: steps_text(content.steps),
    "sections": lambda content: "\n\n".join(f"{one.heading}\n{one.text}" for one in content.sections),
    "translations": lambda content: "\n\n".join(
        "\n\n".join((one.question, translated_text(one), f"{one.translated_on} — {one.approver}"))
        for one in content.translations
    ),
    "alternate_questions": lambda content: "\n".join(
        alternate_line(one, content.language) for one in content.alternate_questions
    ),
    "agency_id": lambda content: content.agency_id,
    "contributors": lambda content: ", ".join(content.contributors),
    "theme": lambda content: content.theme,
    "sources": lambda content: "\n".join(map(source_line, content.sources)),
    "legal_references": lambda content: "\n".join(map(source_line, content.legal_references)),
    "online_services": lambda content: "\n".join(map(source_line, content.online_services)),
    "contacts": lambda content: "\n".join(map(contact_line, content.contacts)),
    "audiences": lambda content: ", ".join(content.audiences),
    "regions": lambda content: ", ".join(content.regions),
    "variant_of": lambda content: content.variant_of or "",
    "valid_from": lambda content: content.window.valid_from.isoformat() if content.window.valid_from else "",
    "valid_until": lambda content: content.window.valid_until.isoformat() if content.window.valid_until else "",
    "review_by": lambda content: content.review_by.isoformat() if content.review_by else "",
    "language": lambda content: content.language,
    "related": lambda content: "\n".join(content.related),
}
