"""What an entry's content must be before it is kept: one set of rules for drafts, approvals and knowledge files."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from noa_rag.domain.calculation import CALCULATION_PARTS, Calculation
from noa_rag.domain.characters import INVISIBLE, LINE_END, code_point
from noa_rag.domain.entry import EntryContent, Source, Translation, fingerprint, variant_problem
from noa_rag.domain.errors import ContentProblem, InvalidContent
from noa_rag.domain.regions import is_known_region

# Characters, for the desk and for knowledge files alike: what the one takes can be exported and imported again.
QUESTION_LIMIT = 300
ANSWER_LIMIT = 95_000  # the longest official fiche, whole, has 94,893 characters
TITLE_LIMIT = 500
STEP_LIMIT = 500  # one or two sentences
STEPS_LIMIT = 30
LABEL_LIMIT = 60  # of a branch: one line on a phone
CALCULATION_LIMIT = 30  # of fields, figures, formulas, sentences and examples: the longest calculator has twelve
BRANCHES_FROM, BRANCHES_LIMIT = 2, 6  # more than six are read like a list, not chosen from
ADDRESS_LIMIT = 2_000
NOTE_LIMIT = 2_000
ID_LIMIT = 100  # of ids and other keys, as in the database
ALTERNATES_LIMIT = 60
SOURCES_LIMIT = 50
RELATED_LIMIT = 50
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)  # what lies outside was mistyped
TO_WRITE = "[À rédiger]"  # stands where an answer is still to be written
CUT = "[…]"  # stands where a quoted passage goes on in its source
_STILL_TO_COME = ("answer", "missing"), ("sources", "missing")
_CUT = re.compile(r"\[\s*(?:…|\.{3})\s*\]")  # as people type it, too
LANGUAGES = ("fr", "en")
LINK_SCHEMES = ("http", "https", "mailto", "tel")  # those that pages show as links
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_SCRIPT_ADDRESS = re.compile(r"\b(?:(?:java|vb)script:\S|data:[a-z]+/)", re.IGNORECASE)
_HTML = re.compile(r"</?[a-z][^>]*>|<!--", re.IGNORECASE)
# As pages read Markdown, but seeing the HTML and the addresses that they would not show.
_reader = MarkdownIt("commonmark", {"html": True}).enable("table").disable("image")
_reader.validateLink = lambda url: True  # type: ignore[method-assign]


def check_note(text: str) -> None:
    """Do nothing when a reason or note can be kept. Raises InvalidContent."""
    refuse(list(_plain("note", text, NOTE_LIMIT, required=False, is_line=False)))


def refuse(problems: Sequence[ContentProblem]) -> None:
    """Raise InvalidContent when there are problems."""
    if problems:
        raise InvalidContent(problems)


def content_problems(content: EntryContent) -> Iterator[ContentProblem]:
    """Yield everything that is wrong with a content; whether its agencies exist is asked of the database."""
    yield from _plain("question", content.question, QUESTION_LIMIT)
    yield from _markdown("answer", content.answer)
    yield from _steps(content)
    yield from _english(content)
    for section in content.sections:
        yield from _plain("sections", section.heading, TITLE_LIMIT)
        yield from _markdown("sections", section.text)
    yield from alternate_problems(content)
    yield from _branches(content)
    yield from _calculation(content.calculation)
    if not content.sources and not content.branches:  # a situation asks, and states nothing of the law
        yield ContentProblem("sources", "missing")
    yield from _links("sources", content.sources)
    yield from _links("legal_references", content.legal_references)
    yield from _links("online_services", content.online_services)
    for contact in content.contacts:
        yield from _plain("contacts", contact.name, TITLE_LIMIT)
        yield from _plain("contacts", contact.phone or "", TITLE_LIMIT, required=False)
        if contact.url is not None:
            yield from _address("contacts", contact.url)
    yield from _plain("theme", content.theme, TITLE_LIMIT)
    yield from _plain("origin", content.origin, TITLE_LIMIT, required=False)
    if content.language not in LANGUAGES:
        yield ContentProblem("language", "unknown_language", content.language[:80])
    window = content.window
    if len(content.related) > RELATED_LIMIT:
        yield ContentProblem("related", "too_many", str(len(content.related)))
    for field, day in (
        ("valid_from", window.valid_from),
        ("valid_until", window.valid_until),
        ("review_by", content.review_by),
    ):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            yield ContentProblem(field, "implausible_day", day.isoformat())
    if window.valid_from and window.valid_until and window.valid_until < window.valid_from:
        yield ContentProblem("valid_until", "before_start", window.valid_until.isoformat())
    for region in content.regions:
        if not is_known_region(region):
            yield ContentProblem("regions", "unknown_region", region[:80])
    if variant_problem(None, content):
        yield ContentProblem("variant_of", "variant_for_everybody")


def _steps(content: EntryContent) -> Iterator[ContentProblem]:
    if len(content.steps) > STEPS_LIMIT:
        yield ContentProblem("steps", "too_many", str(len(content.steps)))
    for step in content.steps:
        yield from _markdown("steps", step.text, STEP_LIMIT)


def _branches(content: EntryContent) -> Iterator[ContentProblem]:
    if content.branches and not BRANCHES_FROM <= len(content.branches) <= BRANCHES_LIMIT:
        yield ContentProblem("branches", "not_two_to_six", str(len(content.branches)))
    for branch in content.branches:
        yield from _plain("branches", branch.label, LABEL_LIMIT)
        yield from _plain("branches", branch.label_en, LABEL_LIMIT, required=False)


def _calculation(calculation: Calculation | None) -> Iterator[ContentProblem]:
    """Yield what is wrong with the texts of a calculation; `calculation_rules` has the rules on what it calculates."""
    for field in CALCULATION_PARTS:
        parts = getattr(calculation, field, ())
        if len(parts) > CALCULATION_LIMIT:
            yield ContentProblem(field, "too_many", str(len(parts)))
        for text in _texts_in(parts):
            yield from _plain(field, text, TITLE_LIMIT, required=False)


def _texts_in(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for inner in part:
            yield from _texts_in(inner)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _texts_in(getattr(part, field.name))


def _english(content: EntryContent) -> Iterator[ContentProblem]:
    yield from _plain("question_en", content.question_en, QUESTION_LIMIT, required=False)
    for translation in content.translations:
        yield from _translated(content, translation)


def _translated(content: EntryContent, translation: Translation) -> Iterator[ContentProblem]:
    yield from _plain("translated_question", translation.question, QUESTION_LIMIT)
    yield from _markdown("translated_answer", translation.answer)
    for step in translation.steps:
        yield from _markdown("translated_steps", step, STEP_LIMIT)
    is_current = translation.of == fingerprint(content)  # one of an older text is not shown, and may wait
    if is_current and len(translation.steps) != len(content.steps):
        yield ContentProblem("translated_steps", "not_each_step", str(len(content.steps)))
    if translation.translated_on is None:
        yield ContentProblem("translated_on", "missing")


def draft_problems(content: EntryContent) -> Iterator[ContentProblem]:
    """Yield the problems for which a content cannot be saved in a draft; a missing answer or source is not one."""
    return (problem for problem in content_problems(content) if (problem.field, problem.kind) not in _STILL_TO_COME)


def unwritten_problems(content: EntryContent) -> Iterator[ContentProblem]:
    """Yield the placeholders still to be replaced; a draft may have some, a published entry may not."""
    translated = [text for translation in content.translations for text in (translation.answer, *translation.steps)]
    for field, texts in (
        ("answer", [content.answer]),
        ("sections", [section.text for section in content.sections]),
        ("steps", [step.text for step in content.steps]),
        ("translated_answer", translated),
    ):
        if any(TO_WRITE in text for text in texts):
            yield ContentProblem(field, "to_write")
        if match := next(filter(None, map(_CUT.search, texts)), None):
            yield ContentProblem(field, "cut", match.group())


def publication_problems(content: EntryContent) -> Iterator[ContentProblem]:
    """Yield everything that keeps a content from being published."""
    yield from content_problems(content)
    yield from unwritten_problems(content)


def alternate_problems(content: EntryContent) -> Iterator[ContentProblem]:
    """Yield what is wrong with the alternate questions alone."""
    if len(content.alternate_questions) > ALTERNATES_LIMIT:
        yield ContentProblem("alternate_questions", "too_many", str(len(content.alternate_questions)))
    for alternate in content.alternate_questions:
        yield from _plain("alternate_questions", alternate.text, QUESTION_LIMIT)
        if alternate.language not in LANGUAGES:
            yield ContentProblem("alternate_questions", "unknown_language", alternate.language[:80])


def _links(field: str, links: Sequence[Source]) -> Iterator[ContentProblem]:
    if len(links) > SOURCES_LIMIT:
        yield ContentProblem(field, "too_many", str(len(links)))
    for link in links:
        yield from _plain(field, link.title, TITLE_LIMIT)
        yield from _address(field, link.url)


def _address(field: str, url: str) -> Iterator[ContentProblem]:
    if len(url) > ADDRESS_LIMIT or not WEB_ADDRESS.fullmatch(url):
        yield ContentProblem(field, "not_an_address", url[:80])
    elif match := INVISIBLE.search(url):
        yield _invisible(field, match.group())


def _plain(
    field: str, text: str, limit: int, *, required: bool = True, is_line: bool = True
) -> Iterator[ContentProblem]:
    """Yield what is wrong with a text that is shown as it is typed."""
    yield from _characters(field, text, limit, required=required)
    if is_line and (match := LINE_END.search(text)):
        yield _invisible(field, match.group())
    if match := _HTML.search(text):
        yield ContentProblem(field, "html", match.group()[:40])
    if match := _SCRIPT_ADDRESS.search(text):
        yield ContentProblem(field, "unsafe_link", match.group())


def _markdown(field: str, text: str, limit: int = ANSWER_LIMIT) -> Iterator[ContentProblem]:
    problems = list(_characters(field, text, limit, required=True))
    yield from problems
    if any(problem.kind in ("missing", "too_long") for problem in problems):
        return
    for token in _flat(_reader.parse(text)):
        if token.type in ("html_block", "html_inline"):
            yield ContentProblem(field, "html", token.content.strip()[:40])
        elif token.type == "link_open":
            yield from _destination(field, str(token.attrGet("href") or ""))


def _destination(field: str, url: str) -> Iterator[ContentProblem]:
    scheme, colon, _ = url.partition(":")
    if not colon or "/" in scheme or "#" in scheme:  # leads nowhere outside the page it was copied from
        yield ContentProblem(field, "not_an_address", url[:80])
    elif scheme.lower() not in LINK_SCHEMES:
        yield ContentProblem(field, "unsafe_link", url[:80])


def _characters(field: str, text: str, limit: int, *, required: bool) -> Iterator[ContentProblem]:
    if required and not text.strip():
        yield ContentProblem(field, "missing")
    elif len(text) > limit:
        yield ContentProblem(field, "too_long", str(len(text)))
    if match := INVISIBLE.search(text):
        yield _invisible(field, match.group())


def _invisible(field: str, char: str) -> ContentProblem:
    return ContentProblem(field, "invisible_character", code_point(char))


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or ())
