"""Entries as pages show them: the words that vouch for one, its text with steps and links, and whom to ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from markupsafe import Markup

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.entry import (
    DEMONSTRATION,
    Contact,
    EntryContent,
    EntryId,
    EntryVersion,
    Section,
    Source,
    Translation,
    official_text,
    question_in,
    translation_of,
)
from noa_rag.domain.facts import OutdatedFact
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS
from noa_rag.translation import N_, Translator, translator_of
from noa_rag.web.in_words import day_in_words
from noa_rag.web.markdown import render_markdown
from noa_rag.web.paths import page_path


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """An entry by its question, in the language that this is in, with the address of its page."""

    title: str
    url: str
    language: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a procedure, with a link to the entry that explains it, where one may be shown today."""

    body: Markup
    link: QuestionLink | None


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


OFFICIAL_IN = {"en": N_("Texte officiel en anglais."), "fr": N_("Texte officiel en français.")}


@dataclass(frozen=True, slots=True)
class TextViews:
    """Makes texts for pages in `language`, with headings from `level` on; `known` are entries that may be shown."""

    language: Language
    level: int
    known: Mapping[EntryId, EntryVersion]
    host: HostSite | None = None

    def text(self, content: EntryContent, translation: Translation | None, section: Section | None = None) -> TextView:
        """Return the text of an entry: a translation with the official text behind it, or the official text."""
        translator = translator_of(self.language)
        official = self._official(content, section)
        if translation is None:
            is_foreign = official.language != self.language.value
            return TextView(
                official.body,
                official.language,
                official.steps,
                translator.gettext(OFFICIAL_IN[official.language]) if is_foreign else "",
            )
        day = day_in_words(translation.translated_on, self.language) if translation.translated_on else ""
        if translation.approver:
            note = translator.gettext(
                "Traduction approuvée le %(day)s par %(approver)s. Le texte officiel est en français.",
                day=day,
                approver=translation.approver,
            )
        else:
            note = translator.gettext("Traduction d'essai du %(day)s. Le texte officiel est en français.", day=day)
        body, steps = self.rendered(translation.answer), self._steps(content, translation.steps)
        return TextView(body, translation.language, steps, note, official)

    def rendered(self, text: str) -> Markup:
        return render_markdown(
            text, heading_level=self.level, table_label=translator_of(self.language).gettext("Tableau")
        )

    def _official(self, content: EntryContent, section: Section | None) -> TextView:
        if section is not None:
            return TextView(self.rendered(official_text(content, section)), content.language)
        steps = self._steps(content, tuple(step.text for step in content.steps))
        return TextView(self.rendered(content.answer), content.language, steps)

    def _steps(self, content: EntryContent, texts: tuple[str, ...]) -> tuple[StepView, ...]:
        return tuple(
            StepView(self.rendered(text), self._link(step.entry))
            for text, step in zip(texts, content.steps, strict=False)
        )

    def _link(self, entry_id: EntryId | None) -> QuestionLink | None:
        entry = self.known.get(entry_id) if entry_id else None
        return question_link(entry, self.language, host=self.host) if entry else None


def question_link(entry: EntryVersion, language: Language, *, host: HostSite | None = None) -> QuestionLink:
    """Return the link to an entry's page on the pages of a language."""
    title, in_language = question_in(entry.content, language.value)
    return QuestionLink(title, page_path("entry", language, entry.id, host=host), in_language)


@dataclass(frozen=True, slots=True)
class SectionView:
    key: str
    heading: str
    body: Markup


@dataclass(frozen=True, slots=True)
class Link:
    """A title with its address, None when the address is not one to follow, and the title's language."""

    title: str
    url: str | None
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class ContactView:
    """Somebody to ask: a name, and what there is of an address, a number, hours, and what she is there for.

    `elsewhere` is whom to ask in other regions, `callback` the page on which to ask to be called back.
    """

    name: str
    url: str | None
    phone: str | None
    phone_url: str
    hours: str | None
    remit: str = ""
    site_name: str = ""
    elsewhere: "ContactView | None" = None
    callback: Link | None = None


def view_agency(agency: Agency) -> ContactView:
    """Return an agency's card."""
    other = agency.elsewhere
    card = _card(agency.name, agency.url, agency.phone, agency.hours)
    elsewhere = _card(other.name, other.url, other.phone, other.hours) if other else None
    url = web_url(agency.callback_url)
    callback = Link(urlsplit(url).netloc, url) if url else None
    return replace(card, remit=agency.remit, elsewhere=elsewhere, callback=callback)


def entry_contact(contact: Contact) -> ContactView:
    """Return somebody whom an entry names."""
    return _card(contact.name, contact.url, contact.phone, None)


def web_url(url: str | None) -> str | None:
    """Return an address that may be followed, None for any other."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _card(name: str, address: str | None, phone: str | None, hours: str | None) -> ContactView:
    url = web_url(address)
    return ContactView(name, url, phone, _phone_url(phone), hours, site_name=urlsplit(url).netloc if url else "")


def _phone_url(phone: str | None) -> str:
    return "tel:" + "".join(sign for sign in phone or "" if sign.isdigit() or sign == "+")


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
    sources: tuple[Link, ...]
    legal_references: tuple[Link, ...]
    online_services: tuple[Link, ...]
    contacts: tuple[ContactView, ...]
    more_url: str | None
    is_demonstration: bool


def steps_of(entry: EntryVersion) -> frozenset[EntryId]:
    """Return the entries that an entry's steps name."""
    return frozenset(step.entry for step in entry.content.steps if step.entry is not None)


def view_entry(
    entry: EntryVersion,
    *,
    agencies: Mapping[AgencyId, Agency],
    language: Language,
    heading_level: int,
    host: HostSite | None = None,
    known: Mapping[EntryId, EntryVersion] | None = None,
    outdated: Sequence[OutdatedFact] = (),
) -> EntryView:
    """Return a whole entry, its question being a heading of the level given; `known` are those its steps may link."""
    label = translator_of(language).gettext("Tableau")
    content = entry.content
    sections = tuple(
        SectionView(
            section.key,
            section.heading,
            render_markdown(section.text, heading_level=heading_level + 2, table_label=label),
        )
        for section in content.sections
    )
    return view_with_text(
        entry,
        agencies=agencies,
        language=language,
        text=TextViews(language, heading_level + 1, known or {}, host).text(
            content, translation_of(content, language.value)
        ),
        sections=sections,
        outdated=outdated,
    )


def view_with_text(
    entry: EntryVersion,
    *,
    agencies: Mapping[AgencyId, Agency],
    language: Language,
    text: TextView,
    sections: tuple[SectionView, ...] = (),
    more_url: str | None = None,
    outdated: Sequence[OutdatedFact] = (),
) -> EntryView:
    content = entry.content
    translator = translator_of(language)
    agency = agencies.get(content.agency_id)
    until = content.window.valid_until
    ended_on = min((one.ended_on for one in outdated), default=None)
    is_demonstration = content.origin == DEMONSTRATION
    validated = N_("Validation d'essai : %(day)s") if is_demonstration else N_("Validé le %(day)s")
    question, question_language = question_in(content, text.language if text.original else language.value)
    return EntryView(
        id=entry.id,
        question=question,
        question_language=question_language,
        language=content.language,
        text=text,
        sections=sections,
        agency=Link(agency.name, web_url(agency.url)) if agency else Link(content.agency_id, None),
        validated=translator.gettext(validated, day=day_in_words(entry.validated_on, language)),
        outdated=translator.gettext(
            "Montants et chiffres valables jusqu'au %(day)s, en cours de mise à jour.",
            day=day_in_words(ended_on, language),
        )
        if ended_on
        else "",
        validity=translator.gettext(
            "Valable jusqu'au %(day)s inclus, heure de Paris", day=day_in_words(until, language)
        )
        if until
        else "",
        regions=translator.gettext("Valable en : %(regions)s", regions=_region_names(content.regions, translator))
        if content.regions
        else "",
        sources=_links(content.sources),
        legal_references=_links(content.legal_references),
        online_services=_links(content.online_services),
        contacts=tuple(entry_contact(contact) for contact in content.contacts),
        more_url=more_url,
        is_demonstration=is_demonstration,
    )


def _region_names(codes: Iterable[str], translator: Translator) -> str:
    names = (REGIONS.get(code) or _departement_name(code) for code in codes)
    return translator.gettext(", ").join(names)


def _departement_name(code: str) -> str:
    region = REGIONS.get(REGION_OF_DEPARTEMENT.get(code, ""), "")
    number = code.removeprefix("FR-")
    return f"{number} ({region})" if region else number


def _links(sources: Iterable[Source]) -> tuple[Link, ...]:
    return tuple(Link(source.title, web_url(source.url)) for source in sources)
