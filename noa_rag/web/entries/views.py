"""Entries as pages show them: who vouches for one, its text with steps and links, whom to ask; and as schema.org."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from markupsafe import Markup

from noa_rag.answering.figures_in_time import ended_notice
from noa_rag.answering.wording import HOLDS_IN
from noa_rag.domain.agency import Agency, AgencyId, asked_elsewhere
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import (
    DEMONSTRATION,
    EntryContent,
    EntryId,
    EntryVersion,
    Section,
    Translation,
    branch_label,
    official_text,
    opening_in,
    question_in,
    translation_of,
)
from noa_rag.domain.facts import Fact, FactId, OutdatedFact
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language
from noa_rag.french.known_places import names_of_regions
from noa_rag.translation import N_, translator_of
from noa_rag.web.entries.calculators import CalculatorView, view_calculator
from noa_rag.web.entries.next_steps import (
    ContactView,
    Link,
    NextSteps,
    QuestionLink,
    entry_contact,
    links,
    next_steps,
    question_link,
    view_agency,
    web_url,
)
from noa_rag.web.in_words import day_in_words
from noa_rag.web.rendering import render_markdown


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a procedure, with a link to the entry that explains it, where one may be shown today.

    `key` changes with the official text: a step that a visitor ticked counts as done while it says the same.
    """

    body: Markup
    link: QuestionLink | None
    key: str


@dataclass(frozen=True, slots=True)
class TextView:
    """A text in `language`; `note` says whose translation it is, or that the official text is in French.

    `original` is the official text behind a translation.
    """

    body: Markup
    language: str
    steps: tuple[StepView, ...] = ()
    note: str = ""
    original: "TextView | None" = None


@dataclass(frozen=True, slots=True)
class SectionView:
    key: str
    heading: str
    body: Markup


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with the words that vouch for it; `text` is what is shown of it, beside its sections."""

    id: str
    question: str
    question_language: str
    language: str
    text: TextView
    sections: tuple[SectionView, ...]
    agency: Link
    validated: str
    validity: str
    outdated: str
    regions: str
    elsewhere: ContactView | None
    """Whom to ask where the entry does not hold, when it is not known where the visitor is; `regions` leads to it."""
    sources: tuple[Link, ...]
    legal_references: tuple[Link, ...]
    contacts: tuple[ContactView, ...]
    more_url: str | None
    is_demonstration: bool
    then: NextSteps
    branches: tuple[QuestionLink, ...] = ()
    """What a situation leads to, by the labels of its branches."""
    calculator: CalculatorView | None = None


KEY_LENGTH = 8  # hexadecimal digits: a list has a dozen steps
OFFICIAL_IN = {"en": N_("Texte officiel en anglais."), "fr": N_("Texte officiel en français.")}


@dataclass(frozen=True, slots=True)
class EntryViews:
    """Makes views of entries for pages in `language`, where an entry's question is a heading of `level`.

    `known` are the entries that may be shown today among those that may be linked, `facts` what each entry states.
    """

    language: Language
    agencies: Mapping[AgencyId, Agency]
    level: int
    host: HostSite | None = None
    known: Mapping[EntryId, EntryVersion] = field(default_factory=dict)
    facts: Mapping[EntryId, Sequence[Fact]] = field(default_factory=dict)
    region: str | None = None
    """The visitor's, for the office that she is to ask."""
    figures: Mapping[FactId, Fact] = field(default_factory=dict)
    """The facts that calculators use."""

    def entry(
        self,
        entry: EntryVersion,
        text: TextView | None = None,
        *,
        more_url: str | None = None,
        outdated: Sequence[OutdatedFact] = (),
        typed: Mapping[str, str] | None = None,
    ) -> EntryView:
        """Return the view of an entry that shows this text of it, by default all of it with its sections."""
        content = entry.content
        gettext = translator_of(self.language).gettext
        sections: tuple[SectionView, ...] = ()
        if text is None:
            text = self.text(content, translation_of(content, self.language.value))
            sections = tuple(
                SectionView(part.key, part.heading, self.rendered(part.text, below=2)) for part in content.sections
            )
        agency = self.agencies.get(content.agency_id)
        elsewhere = asked_elsewhere(agency, content.regions, self.region)
        until = content.window.valid_until
        is_demonstration = content.origin == DEMONSTRATION
        validated = N_("Validation d'essai : %(day)s") if is_demonstration else N_("Validé le %(day)s")
        question, question_language = question_in(content, text.language if text.original else self.language.value)
        return EntryView(
            id=entry.id,
            question=question,
            question_language=question_language,
            language=content.language,
            text=text,
            sections=sections,
            agency=Link(agency.name, web_url(agency.url)) if agency else Link(content.agency_id, None),
            validated=gettext(validated, day=day_in_words(entry.validated_on, self.language)),
            outdated=ended_notice(outdated, self.language, written=lambda day: day_in_words(day, self.language)),
            validity=gettext("Valable jusqu'au %(day)s inclus, heure de Paris", day=day_in_words(until, self.language))
            if until
            else "",
            regions=gettext(
                HOLDS_IN if elsewhere else N_("Valable en : %(regions)s"), regions=names_of_regions(content.regions)
            )
            if content.regions
            else "",
            elsewhere=view_agency(elsewhere, self.language) if elsewhere else None,
            sources=links(content.sources),
            legal_references=links(content.legal_references),
            contacts=tuple(entry_contact(contact) for contact in content.contacts),
            more_url=more_url,
            is_demonstration=is_demonstration,
            then=next_steps(
                entry,
                agency,
                self.language,
                known=self.known,
                facts=self.facts.get(entry.id, ()),
                host=self.host,
                region=self.region,
            ),
            branches=tuple(self._branches(content)),
            calculator=view_calculator(content.calculation, typed or {}, self.figures, self.language, today_in_paris())
            if content.calculation
            else None,
        )

    def text(self, content: EntryContent, translation: Translation | None, section: Section | None = None) -> TextView:
        """Return the text of an entry: a translation with the official text behind it, or the official text."""
        gettext = translator_of(self.language).gettext
        official = self._official(content, section)
        if translation is None:
            is_foreign = official.language != self.language.value
            return replace(official, note=gettext(OFFICIAL_IN[official.language]) if is_foreign else "")
        day = day_in_words(translation.translated_on, self.language) if translation.translated_on else ""
        if translation.approver:
            note = gettext(
                "Traduction approuvée le %(day)s par %(approver)s. Le texte officiel est en français.",
                day=day,
                approver=translation.approver,
            )
        else:
            note = gettext("Traduction d'essai du %(day)s. Le texte officiel est en français.", day=day)
        body, steps = self.rendered(translation.answer), self._steps(content, translation.steps)
        return TextView(body, translation.language, steps, note, official)

    def opening(self, content: EntryContent) -> TextView:
        """Return the first paragraph of an entry, with the list that it announces, in the page's language if it is."""
        text, language = opening_in(content, self.language.value)
        return TextView(self.rendered(text), language)

    def rendered(self, text: str, *, below: int = 1) -> Markup:
        """Return approved text as HTML, its headings so many levels below that of the entry's question."""
        label = translator_of(self.language).gettext("Tableau")
        return render_markdown(text, heading_level=self.level + below, table_label=label)

    def _official(self, content: EntryContent, section: Section | None) -> TextView:
        if section is not None:
            return TextView(self.rendered(official_text(content, section)), content.language)
        steps = self._steps(content, tuple(step.text for step in content.steps))
        return TextView(self.rendered(content.answer), content.language, steps)

    def _steps(self, content: EntryContent, texts: tuple[str, ...]) -> tuple[StepView, ...]:
        return tuple(
            StepView(self.rendered(text), self._link(step.entry), sha256(step.text.encode()).hexdigest()[:KEY_LENGTH])
            for text, step in zip(texts, content.steps, strict=False)
        )

    def _branches(self, content: EntryContent) -> Iterator[QuestionLink]:
        for branch in content.branches:
            link = self._link(branch.entry)
            if link is not None:
                label, language = branch_label(branch, self.language.value)
                yield replace(link, title=label, language=language)

    def _link(self, entry_id: EntryId | None) -> QuestionLink | None:
        entry = self.known.get(entry_id) if entry_id else None
        return question_link(entry, self.language, host=self.host) if entry else None


def section_of(entry: EntryVersion, key: str | None) -> Section | None:
    """Return the section of an entry that bears this key."""
    return next((section for section in entry.content.sections if section.key == key), None)


def steps_of(entry: EntryVersion) -> frozenset[EntryId]:
    """Return the entries that an entry's steps name."""
    return frozenset(step.entry for step in entry.content.steps if step.entry is not None)


def named_by(entry: EntryVersion) -> frozenset[EntryId]:
    """Return the entries that the page of an entry may link: those of its steps and branches, and related ones."""
    return steps_of(entry) | {branch.entry for branch in entry.content.branches} | frozenset(entry.content.related)


CONTEXT = "https://schema.org"


def structured_entry(entry: EntryView, *, address: str, language: str) -> dict[str, Any]:
    """Return a question with its vetted answer, and the public services online that the entry names."""
    question = {
        "@type": "Question",
        "name": entry.question,
        "acceptedAnswer": {"@type": "Answer", "text": _answer(entry), "inLanguage": entry.text.language},
    }
    page: dict[str, Any] = {
        "@type": "FAQPage",
        "inLanguage": language,
        "mainEntity": [question],
        "publisher": _agency(entry),
    }
    if address:
        page["url"] = address
    return {
        "@context": CONTEXT,
        "@graph": [page, *(_service(entry, service) for service in entry.then.services)],
    }


def _answer(entry: EntryView) -> str:
    steps = "".join(f"<li>{step.body}</li>" for step in entry.text.steps)
    sections = "".join(f"<h2>{section.heading}</h2>{section.body}" for section in entry.sections)
    return f"{entry.text.body}{f'<ol>{steps}</ol>' if steps else ''}{sections}"


def _agency(entry: EntryView) -> dict[str, str]:
    agency = {"@type": "GovernmentOrganization", "name": entry.agency.title}
    if entry.agency.url:
        agency["url"] = entry.agency.url
    if entry.then.contact and entry.then.contact.phone:
        agency["telephone"] = entry.then.contact.phone
    return agency


def _service(entry: EntryView, service: Link) -> dict[str, Any]:
    """Return an online service without its provider: often another body than the agency of the entry."""
    return {
        "@type": "GovernmentService",
        "name": service.title,
        "serviceType": entry.question,
        "areaServed": {"@type": "Country", "name": "France"},
        "availableChannel": {"@type": "ServiceChannel", "serviceUrl": service.url},
    }
