"""Entries: vetted questions with their answers, in immutable versions, and the text that the public reads of them.

A family is a general entry and its variants, each of which names it in `variant_of`. A variant is for those whose
region and audience it names; the general entry is for everybody else.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.calculation import Calculation
from noa_rag.domain.days import paris_day
from noa_rag.domain.regions import covers, region_of

EntryId = NewType("EntryId", str)
_FINGERPRINT_LENGTH = 12  # hexadecimal digits: tells texts of one entry apart, and can be copied by hand
DEMONSTRATION = "demonstration"  # the origin of the entries that come with Noa


class EntryStatus(StrEnum):
    """Whether the public may be given an entry."""

    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class Urgency(StrEnum):
    """How an entry is shown to somebody in distress."""

    FIRST = "first"
    """Shown whole, at once, before anything is searched."""
    BESIDE = "beside"
    """Offered beneath."""


class Audience(StrEnum):
    """The publics that an entry may be written for."""

    START_UP = "start-up"
    TPE = "tpe"
    PME = "pme"
    MICRO_ENTREPRENEUR = "micro-entrepreneur"
    ASSOCIATION_EMPLOYER = "association-employeur"
    FOREIGN_FOUNDER = "fondateur-etranger"


@dataclass(frozen=True, slots=True)
class Source:
    """A text that an entry rests on: its title and its official address."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to ask, as a fiche names them."""

    name: str
    url: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class AlternateQuestion:
    """Another way people ask for the same entry, in its own language (ISO 639-1)."""

    text: str
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a long entry: its key is stable within the entry, its text is Markdown."""

    key: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """One step of a procedure: a paragraph of Markdown, and the entry that explains it, where there is one."""

    text: str
    entry: EntryId | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """One way on from a situation: what the visitor taps, in French and in English, and the entry that it leads to."""

    label: str
    entry: EntryId
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """A translation of an entry; `of` is the fingerprint of the text that it was made from.

    `steps` has one text for each step of the entry. It is shown while that text is the current one. One without an
    `approver` is a trial that no agency approved.
    """

    language: str
    question: str
    answer: str
    steps: tuple[str, ...] = ()
    of: str = ""
    translated_on: date | None = None
    approver: str = ""


@dataclass(frozen=True, slots=True)
class ValidityWindow:
    """The days, both included, during which an entry is true; None leaves that side open."""

    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def ends_before(self) -> date | None:
        """The first day on which it no longer holds; None where it never ends."""
        return self.valid_until + timedelta(days=1) if self.valid_until and self.valid_until < date.max else None

    def covers(self, other: "ValidityWindow") -> bool:
        starts = (self.valid_from or date.min) <= (other.valid_from or date.min)
        return starts and (other.valid_until or date.max) <= (self.valid_until or date.max)

    def contains(self, day: date) -> bool:
        starts = self.valid_from is None or self.valid_from <= day
        return starts and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class EntryContent:
    """All that a referent approves at once, and that one version keeps unchanged.

    `answer` is Markdown. A long entry keeps its introduction there and the rest in `sections`;
    it is then answered by the introduction and the section that answers. A procedure has its `steps` after the answer.
    """

    agency_id: AgencyId
    question: str
    answer: str
    theme: str
    sources: tuple[Source, ...]
    alternate_questions: tuple[AlternateQuestion, ...] = ()
    sections: tuple[Section, ...] = ()
    contributors: tuple[AgencyId, ...] = ()
    audiences: tuple[Audience, ...] = ()
    regions: tuple[str, ...] = ()
    window: ValidityWindow = field(default_factory=ValidityWindow)
    validated_on: date | None = None
    review_by: date | None = None
    related: tuple[EntryId, ...] = ()
    language: str = "fr"
    legal_references: tuple[Source, ...] = ()
    online_services: tuple[Source, ...] = ()
    contacts: tuple[Contact, ...] = ()
    origin: str = ""
    """Where the text comes from, e.g. `demonstration` or `vosdroits`; empty for the agency's own."""
    variant_of: EntryId | None = None
    """The general entry that answers the same question, where this one does so for its regions or audiences."""
    steps: tuple[JourneyStep, ...] = ()
    question_en: str = ""
    """The question in English, for pages and searches; empty where nobody translated it."""
    translations: tuple[Translation, ...] = ()
    replaced_by: EntryId | None = None
    """Where visitors of a withdrawn entry are led, when another one took its place."""
    urgent: Urgency | None = None
    """Set on the entries that are written for people in distress."""
    branches: tuple[Branch, ...] = ()
    """Set on a situation, an entry whose answer asks where the visitor stands: what she may choose from."""
    calculation: Calculation | None = None
    """Set on a calculator: what is typed, the formulas, and the facts they use."""


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """One approved state of an entry; `version` counts from 1. Times are UTC."""

    id: EntryId
    version: int
    content: EntryContent
    status: EntryStatus
    author: str
    approver: str
    approved_at: datetime
    note: str = ""
    editors: tuple[str, ...] = ()
    """Everyone who wrote in the draft that it came from; none where nobody but the author did, or nobody knows."""

    @property
    def writers(self) -> frozenset[str]:
        return frozenset({self.author, *self.editors})

    @property
    def validated_on(self) -> date:
        """The day shown to visitors: the agency's own date if the content names one, else the approval's, in Paris."""
        return self.content.validated_on or paris_day(self.approved_at)

    @property
    def window(self) -> ValidityWindow:
        return self.content.window

    def starts_after(self, day: date) -> bool:
        return self.status is EntryStatus.APPROVED and (self.window.valid_from or day) > day

    def is_servable_on(self, day: date) -> bool:
        return self.status is EntryStatus.APPROVED and self.window.contains(day)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What is to become the next version of an entry; `expected_version` 0 means "does not exist yet"."""

    id: EntryId
    content: EntryContent
    expected_version: int
    author: str
    approver: str
    approved_at: datetime
    status: EntryStatus = EntryStatus.APPROVED
    note: str = ""
    editors: tuple[str, ...] = ()


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
    translations = (
        translation
        for translation in content.translations
        if translation.language == language and translation.of == fingerprint(content)
    )
    return next(translations, None)


def question_in(content: EntryContent, language: str) -> tuple[str, str]:
    """Return the entry's question in a language, and the language that it is really in."""
    translation = translation_of(content, language)
    if translation is not None:
        return translation.question, language
    if language == "en" and content.question_en:
        return content.question_en, language
    return content.question, content.language


def opening_in(content: EntryContent, language: str) -> tuple[str, str]:
    """Return an entry's first paragraph, with the list that it announces, and the language that it is really in."""
    translation = translation_of(content, language)
    text, in_language = (translation.answer, language) if translation else (content.answer, content.language)
    first, *rest = text.strip().split("\n\n")
    return "\n\n".join([first, *rest[: first.endswith(":")]]), in_language


def fits(content: EntryContent, region: str | None, audience: Audience | None) -> bool:
    """Whether an entry is written for a visitor; a variant fits only a known region or audience, where it names any."""
    if content.variant_of is None:
        return covers(content.regions, region)
    is_there = not content.regions or (region is not None and covers(content.regions, region))
    return is_there and (not content.audiences or audience in content.audiences)


def most_specific(
    versions: Iterable[EntryVersion], region: str | None, audience: Audience | None
) -> EntryVersion | None:
    """Return the entry of a family that is written most closely for a visitor, None when none is for her."""
    fitting = [version for version in versions if fits(version.content, region, audience)]
    return max(fitting, key=lambda entry: (*_closeness(entry.content, region), entry.id), default=None)


def lacks_region(versions: Iterable[EntryVersion], region: str | None) -> bool:
    """Whether a family has variants by region, and none that holds where the visitor is."""
    regional = [version.content for version in versions if version.content.variant_of and version.content.regions]
    return region is not None and bool(regional) and not any(covers(content.regions, region) for content in regional)


def lacks_audience(versions: Iterable[EntryVersion], audience: Audience | None) -> bool:
    """Whether a family has variants by audience, and none for the visitor's."""
    written_for = {
        served_audience
        for version in versions
        if version.content.variant_of
        for served_audience in version.content.audiences
    }
    return audience is not None and bool(written_for) and audience not in written_for


def branch_label(branch: Branch, language: str) -> tuple[str, str]:
    """Return the label of a branch in a language, and the language that it is really in."""
    return (branch.label_en, "en") if language == "en" and branch.label_en else (branch.label, "fr")


def branch_too_deep(content: EntryContent, branches_of: Callable[[EntryId], Sequence[Branch]]) -> EntryId | None:
    """Return the first branch that asks more than once again, None when each leads to an entry in two taps."""
    for branch in content.branches:
        if any(branches_of(further.entry) for further in branches_of(branch.entry)):
            return branch.entry
    return None


def variant_problem(entry_id: EntryId | None, content: EntryContent) -> str | None:
    """Return what is wrong with an entry as a variant, None when nothing is."""
    if content.variant_of is None:
        return None
    if content.variant_of == entry_id:
        return "variant_of_itself"
    return None if content.regions or content.audiences else "variant_for_everybody"


def _closeness(content: EntryContent, region: str | None) -> tuple[int, int, int]:
    """Return how closely a fitting entry is written: for the place first, then the public, then the smaller area."""
    if content.variant_of is None:
        return (0, 0, 0)
    is_departement = region is not None and region in content.regions and region_of(region) != region
    return (bool(content.regions) + is_departement, bool(content.audiences), -len(content.regions))
