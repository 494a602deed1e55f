"""Answers and entries as pages show them: everything decided, nothing left to the templates."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from noa_rag.answering.distress.recognise import NOT_KEPT
from noa_rag.answering.steps.understand import normalise
from noa_rag.answering.wording import personal_data_note, wording
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, General, Part, Reason
from noa_rag.domain.entry import EntryId, EntryVersion, Section, Source
from noa_rag.domain.facts import OutdatedFact
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language, Mode
from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS, region_of
from noa_rag.domain.shown_text import question_in, translation_of
from noa_rag.french.language import clear_language
from noa_rag.web.contact_views import ContactView, Link, entry_contact, view_agency, web_url
from noa_rag.web.dates import day_in_words
from noa_rag.web.entry_text import TextView, TextViews
from noa_rag.web.markdown import render_markdown
from noa_rag.web.paths import page_path
from noa_rag.web.refusal_views import RefusalView, view_refusal
from noa_rag.web.texts import Texts

HEADING_IN_CONVERSATION = 3  # The visitor's question is a level 2 there; on its own page an entry is the level 1.


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """Something to choose: where its form is sent, with which hidden fields."""

    title: str
    action: str
    fields: tuple[tuple[str, str], ...]
    language: str = "fr"


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
    sources: tuple[Link, ...]
    legal_references: tuple[Link, ...]
    online_services: tuple[Link, ...]
    contacts: tuple[ContactView, ...]
    more_url: str | None
    is_demonstration: bool


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A rephrased sentence with the number of its citation and the official passage that it rests on.

    Or a stretch of the official text itself, which needs no citation: `marker` is 0.
    """

    body: Markup
    marker: int
    passage: Markup
    stands_out: bool = False


@dataclass(frozen=True, slots=True)
class PartView:
    """One entry of an answer that needs several; `need` says which part of the question it is.

    `entry` is None for a need that nothing answers, and `contact` whom to ask then.
    """

    need: str
    entry: EntryView | None
    contact: ContactView | None = None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One exchange: what was asked and what Noa says. `official` and `sentences` are set when it was rephrased.

    `sentences` alone where they are the whole official text, with what comes nearest to the question standing out.

    `is_changed` says that it is shown again, and an entry has changed since; `was_not_rephrased` that a language
    model was asked and nothing of it is shown.
    `needs` are the parts of a question with several needs, `groups` the entries that concern a broad one, by agency.
    `refusal` is set where nothing is answered; `personal_data` says what was masked in the question; `switch` leads to
    the same answer on the pages of the question's own language, where these are not they.
    """

    asked: str
    status: str
    reason: str
    text: Markup
    text_language: str
    entry: EntryView | None
    official: Markup | None
    general: str
    sentences: tuple[SentenceView, ...]
    choices: tuple[ChoiceView, ...]
    refusal: RefusalView | None
    needs: tuple[PartView, ...]
    groups: tuple[tuple[str, tuple[PartView, ...]], ...]
    understood_as: str | None
    question_id: str
    conversation_id: str
    is_unrecorded: bool
    was_not_rephrased: bool
    personal_data: str
    switch: Link | None
    is_changed: bool = False
    notice: str = ""
    """Said first to somebody in distress, whose `entry` is then followed by the others of `parts`."""
    parts: tuple[PartView, ...] = ()


def view_answer(
    answer: Answer,
    *,
    asked: str,
    agencies: Mapping[AgencyId, Agency],
    language: Language,
    host: HostSite | None = None,
    known: Mapping[EntryId, EntryVersion] | None = None,
) -> AnswerView:
    """Return an answer as one exchange of a conversation in `language`, in the frame of a host site if there is one.

    `known` are the entries that may be shown today among those that the answer's steps name.
    """
    is_assisted = answer.mode is Mode.ASSISTED and answer.rephrasing is not None
    is_rephrased = is_assisted and answer.text != answer.official_text
    label = Texts(language)("table_label")
    level = HEADING_IN_CONVERSATION + 1
    texts = TextViews(language, level, known or {}, host)
    text = texts.rendered(answer.text)
    entry = None
    if answer.status is AnswerStatus.ANSWERED and answer.entry:
        whole = texts.text(answer.entry.content, answer.translation, _section(answer.entry, answer.section_key))
        entry = _view(
            answer.entry,
            agencies=agencies,
            language=language,
            text=replace(whole, body=text, language=answer.language.value) if is_rephrased else whole,
            more_url=_more_url(answer, language, host),
            outdated=answer.outdated,
        )
    below = replace(texts, level=level + 1)
    parts = [(part, _part(part, answer, agencies, below)) for part in answer.parts]
    is_distress = answer.reason is Reason.DISTRESS
    return AnswerView(
        asked=Texts(language)("message_not_kept") if asked == NOT_KEPT else asked,
        status=answer.status.value,
        reason=answer.reason.value if answer.reason else "",
        text=text,
        text_language=answer.language.value,
        entry=entry,
        official=render_markdown(answer.official_text, heading_level=level, table_label=label)
        if is_rephrased and answer.official_text
        else None,
        general=_general_note(answer.general, Texts(language)) if answer.general else "",
        choices=tuple(_choice(choice, asked, answer, language, host) for choice in answer.choices),
        sentences=_sentences(answer, level=level, table_label=label) if is_assisted else (),
        refusal=view_refusal(answer, language, host) if answer.status is AnswerStatus.ABSTAINED else None,
        needs=tuple(view for part, view in parts if part.need),
        groups=() if is_distress else _by_agency([view for part, view in parts if not part.need]),
        notice=wording(language).automatic if is_distress else "",
        parts=tuple(view for _, view in parts[1:]) if is_distress else (),
        understood_as=answer.understood_as,
        question_id=answer.question_id,
        conversation_id=answer.conversation_id,
        is_unrecorded=answer.is_unrecorded,
        was_not_rephrased=answer.rephrasing is not None and not is_assisted,
        personal_data=personal_data_note(answer.personal_data, language) if answer.personal_data else "",
        switch=_switch(asked, answer, language, host),
    )


def named_in_steps(answer: Answer) -> frozenset[EntryId]:
    """Return the entries that the steps of an answer name."""
    shown = (answer.entry, *(part.entry for part in answer.parts))
    return frozenset().union(*(steps_of(one) for one in shown if one is not None))


def steps_of(entry: EntryVersion) -> frozenset[EntryId]:
    """Return the entries that an entry's steps name."""
    return frozenset(step.entry for step in entry.content.steps if step.entry is not None)


def _switch(asked: str, answer: Answer, language: Language, host: HostSite | None) -> Link | None:
    own = None if asked == NOT_KEPT else clear_language(normalise(asked))
    if own is None or own is language or answer.is_unrecorded:
        return None
    return Link(Texts(own)("see_in_this_language"), page_path("answer", own, answer.question_id, host=host), own.value)


def _choice(choice: Choice, asked: str, answer: Answer, language: Language, host: HostSite | None) -> ChoiceView:
    """Return a choice that leads to an entry, or asks the same question again for one of several places."""
    if choice.region is None:
        action = page_path("entry", language, choice.entry_id, host=host)
        return ChoiceView(choice.question, action, (("from", answer.question_id),), choice.language)
    held = answer.conversation_id if answer.understood_as else ""
    fields = {"q": asked, "region": choice.region, "conversation_id": held}
    return ChoiceView(choice.question, page_path("home", language, host=host), tuple(fields.items()))


def _general_note(general: General, texts: Texts) -> str:
    """Return that the answer is a general one, and what nothing of its own is written for."""
    if general.region is not None:
        return texts("general_for_region", region=of_region(general.region, texts))
    if general.audience is not None:
        return texts("general_for_audience", audience=texts(f"audience_{general.audience.value}"))
    return texts("general_note")


def of_region(code: str, texts: Texts) -> str:
    """Return a region as a sentence says it after "propre": "à la Bretagne", "au Grand Est"."""
    return texts(f"of_{region_of(code)}")


def _sentences(answer: Answer, *, level: int, table_label: str) -> tuple[SentenceView, ...]:
    markers = {citation.quote: citation.marker for citation in answer.citations}
    shown = answer.rephrasing.shown if answer.rephrasing else ()
    is_whole = answer.rephrasing is not None and answer.rephrasing.is_pointed_out
    return tuple(
        SentenceView(
            render_markdown(one.text, heading_level=level, table_label=table_label),
            0 if is_whole else markers[one.quote],
            render_markdown(one.quote, heading_level=level, table_label=table_label),
            stands_out=one.stands_out,
        )
        for one in shown
    )


def _section(entry: EntryVersion, key: str | None) -> Section | None:
    return next((one for one in entry.content.sections if one.key == key), None)


def _part(part: Part, answer: Answer, agencies: Mapping[AgencyId, Agency], texts: TextViews) -> PartView:
    if part.entry is None or part.official_text is None:
        return PartView(part.need, None, view_agency(part.contact) if part.contact else None)
    alone = replace(answer, entry=part.entry, more_url=part.more_url)
    entry = _view(
        part.entry,
        agencies=agencies,
        language=texts.language,
        text=texts.text(part.entry.content, part.translation, _section(part.entry, part.section_key)),
        more_url=_more_url(alone, texts.language, texts.host),
        outdated=part.outdated,
    )
    return PartView(part.need, entry)


def _by_agency(parts: Iterable[PartView]) -> tuple[tuple[str, tuple[PartView, ...]], ...]:
    """Return the entries under the names of their agencies, in the order in which each agency comes first."""
    groups: dict[str, list[PartView]] = defaultdict(list)
    for part in parts:
        if part.entry is not None:
            groups[part.entry.agency.title].append(part)
    return tuple((agency, tuple(some)) for agency, some in groups.items())


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
    label = Texts(language)("table_label")
    content = entry.content
    sections = tuple(
        SectionView(
            section.key,
            section.heading,
            render_markdown(section.text, heading_level=heading_level + 2, table_label=label),
        )
        for section in content.sections
    )
    return _view(
        entry,
        agencies=agencies,
        language=language,
        text=TextViews(language, heading_level + 1, known or {}, host).text(
            content, translation_of(content, language.value)
        ),
        sections=sections,
        outdated=outdated,
    )


def _view(
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
    texts = Texts(language)
    agency = agencies.get(content.agency_id)
    until = content.window.valid_until
    ended_on = min((one.ended_on for one in outdated), default=None)
    is_demonstration = content.origin == "demonstration"
    validated = "validated_on_trial" if is_demonstration else "validated_on"
    question, question_language = question_in(content, text.language if text.original else language.value)
    return EntryView(
        id=entry.id,
        question=question,
        question_language=question_language,
        language=content.language,
        text=text,
        sections=sections,
        agency=Link(agency.name, web_url(agency.url)) if agency else Link(content.agency_id, None),
        validated=texts(validated, day=day_in_words(entry.validated_on, language)),
        outdated=texts("outdated_note", day=day_in_words(ended_on, language)) if ended_on else "",
        validity=texts("valid_until", day=day_in_words(until, language)) if until else "",
        regions=texts("regions_note", regions=_region_names(content.regions, texts)) if content.regions else "",
        sources=_links(content.sources),
        legal_references=_links(content.legal_references),
        online_services=_links(content.online_services),
        contacts=tuple(entry_contact(contact) for contact in content.contacts),
        more_url=more_url,
        is_demonstration=is_demonstration,
    )


def _region_names(codes: Iterable[str], texts: Texts) -> str:
    names = (REGIONS.get(code) or _departement_name(code) for code in codes)
    return texts("list_separator").join(names)


def _departement_name(code: str) -> str:
    region = REGIONS.get(REGION_OF_DEPARTEMENT.get(code, ""), "")
    number = code.removeprefix("FR-")
    return f"{number} ({region})" if region else number


def _more_url(answer: Answer, language: Language, host: HostSite | None) -> str | None:
    """Return the address of the rest: one of our pages in the visitor's language, or an official one."""
    url = answer.more_url
    if not url or not answer.entry:
        return None
    if url.startswith("/"):
        _, _, anchor = url.partition("#")
        own_page = page_path("entry", language, answer.entry.id, host=host)
        return f"{own_page}#{anchor}" if anchor else own_page
    return web_url(url)


def _links(sources: Iterable[Source]) -> tuple[Link, ...]:
    return tuple(Link(source.title, web_url(source.url)) for source in sources)
