"""What the public reads of an entry: the approved text, or its vetted translation."""

import hashlib
from collections.abc import Iterable

from noa_rag.domain.entry import EntryContent, Section, Translation

_FINGERPRINT_LENGTH = 12  # hexadecimal digits: tells texts of one entry apart, and can be copied by hand


def official_text(content: EntryContent, section: Section | None = None) -> str:
    """Return the approved text: the answer, its steps as a numbered list, then a section under its heading."""
    text = with_steps(content.answer, (step.text for step in content.steps))
    return text if section is None else f"{text}\n\n### {section.heading}\n\n{section.text}"


def translated_text(translation: Translation) -> str:
    """Return the approved text of a translation: the answer, then its steps as a numbered list."""
    return with_steps(translation.answer, translation.steps)


def with_steps(answer: str, steps: Iterable[str]) -> str:
    """Return an answer in Markdown, followed by its steps as a numbered list where there are any."""
    listed = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    return f"{answer}\n\n{listed}" if listed else answer


def fingerprint(content: EntryContent) -> str:
    """Return the short SHA-256 of what a translation is made from: question, answer and steps."""
    made_from = "\0".join((content.question, content.answer, *(step.text for step in content.steps)))
    return hashlib.sha256(made_from.encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def translation_of(content: EntryContent, language: str) -> Translation | None:
    """Return the vetted translation in a language, None where there is none of the current text."""
    if language == content.language:
        return None
    found = (one for one in content.translations if one.language == language and one.of == fingerprint(content))
    return next(found, None)


def question_in(content: EntryContent, language: str) -> tuple[str, str]:
    """Return the entry's question in a language, and the language that it is really in."""
    translation = translation_of(content, language)
    if translation is not None:
        return translation.question, language
    if language == "en" and content.question_en:
        return content.question_en, language
    return content.question, content.language
