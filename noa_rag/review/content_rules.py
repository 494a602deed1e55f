"""What an entry's content must be before it is kept: the same rules for drafts, approvals and attached questions."""

import re
from collections.abc import Iterator

from noa_rag.domain.entry import EntryContent
from noa_rag.domain.errors import ContentProblem, InvalidContent
from noa_rag.domain.regions import is_known_region

QUESTION_LIMIT = 300  # as in knowledge files
ANSWER_LIMIT = 100_000  # the longest official fiche has 94,893 characters
ALTERNATES_LIMIT = 60
LANGUAGES = ("fr", "en")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_UNSAFE_LINK = re.compile(r"\b(?:javascript|vbscript|data):", re.IGNORECASE)
_HTML = re.compile(r"<\s*/?\s*[a-z][^>]*>|<!--", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ud800-\udfff\ufeff]")


def check_content(content: EntryContent) -> None:
    """Do nothing when the content can be an entry. Raises InvalidContent with every problem."""
    problems = list(content_problems(content))
    if problems:
        raise InvalidContent(problems)


def content_problems(content: EntryContent) -> Iterator[ContentProblem]:
    """Yield everything that is wrong with a content; the agencies and the theme are checked against the database."""
    yield from _text("question", content.question, QUESTION_LIMIT)
    yield from _text("answer", content.answer, ANSWER_LIMIT)
    for section in content.sections:
        yield from _text("sections", section.text, ANSWER_LIMIT)
    if len(content.alternate_questions) > ALTERNATES_LIMIT:
        yield ContentProblem("alternate_questions", "too_many", str(len(content.alternate_questions)))
    for alternate in content.alternate_questions:
        yield from _text("alternate_questions", alternate.text, QUESTION_LIMIT)
        if alternate.language not in LANGUAGES:
            yield ContentProblem("alternate_questions", "unknown_language", alternate.language)
    if not content.sources:
        yield ContentProblem("sources", "missing")
    for source in content.sources:
        yield from _text("sources", source.title, QUESTION_LIMIT)
        if not _WEB_ADDRESS.fullmatch(source.url):
            yield ContentProblem("sources", "not_an_address", source.url[:80])
    if not content.theme:
        yield ContentProblem("theme", "missing")
    if content.language not in LANGUAGES:
        yield ContentProblem("language", "unknown_language", content.language)
    window = content.window
    if window.valid_from and window.valid_until and window.valid_until < window.valid_from:
        yield ContentProblem("valid_until", "before_start", window.valid_until.isoformat())
    for region in content.regions:
        if not is_known_region(region):
            yield ContentProblem("regions", "unknown_region", region)


def _text(field: str, text: str, limit: int) -> Iterator[ContentProblem]:
    if not text.strip():
        yield ContentProblem(field, "missing")
    elif len(text) > limit:
        yield ContentProblem(field, "too_long", str(len(text)))
    if found := _INVISIBLE.search(text):
        yield ContentProblem(field, "invisible_character", f"U+{ord(found.group()):04X}")
    if found := _HTML.search(text):
        yield ContentProblem(field, "html", found.group()[:40])
    if found := _UNSAFE_LINK.search(text):
        yield ContentProblem(field, "unsafe_link", found.group())
