"""Parts of an entry as the editor has them, one a line, and back."""

from collections.abc import Iterable

from noa_rag.domain.entry import AlternateQuestion, Branch, Contact, EntryId, JourneyStep, Source
from noa_rag.knowledge.content_rules import LANGUAGES
from noa_rag.knowledge.fields import SLUG


def steps_text(steps: Iterable[JourneyStep]) -> str:
    """Return the steps, one a line, each followed by the entry that explains it."""
    return "\n".join(f"{step.text} | {step.entry}" if step.entry else step.text for step in steps)


def step_of(line: str) -> JourneyStep:
    text, _, entry = line.rpartition("|")
    if text.strip() and SLUG.fullmatch(entry.strip()):
        return JourneyStep(text.strip(), EntryId(entry.strip()))
    return JourneyStep(line.strip())


def source_line(source: Source) -> str:
    return f"{source.title} | {source.url}"


def branch_line(branch: Branch) -> str:
    return f"{branch.label} | {branch.label_en} | {branch.entry}"


def contact_line(contact: Contact) -> str:
    return " | ".join([contact.name, contact.url or "", contact.phone or ""]).rstrip(" |")


def alternate_line(alternate: AlternateQuestion, language: str) -> str:
    """Return an alternate question as a line, followed by its language where that is not the entry's."""
    return alternate.text if alternate.language == language else f"{alternate.text} | {alternate.language}"


def alternate_of(line: str, language: str) -> AlternateQuestion:
    text, _, after = line.rpartition("|")
    if after.strip() in LANGUAGES and text.strip():
        return AlternateQuestion(text.strip(), after.strip())
    return AlternateQuestion(line.strip(), language)
