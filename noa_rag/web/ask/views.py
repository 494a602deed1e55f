"""Answers and refusals as pages show them: everything decided, nothing left to the templates."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from markupsafe import Markup

from noa_rag.answering.distress.recognise import NOT_KEPT
from noa_rag.answering.steps.understand import normalise
from noa_rag.answering.wording import AUTOMATIC, personal_data_note, say
from noa_rag.domain.answer import Answer, AnswerPart, AnswerStatus, Choice, General, Reason
from noa_rag.domain.entry import EntryVersion, question_in
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language, Mode
from noa_rag.domain.regions import region_of
from noa_rag.french.language import clear_language
from noa_rag.translation import N_, Translator, translator_of
from noa_rag.web.ask.refusals import RefusalView, contact_beside, view_refusal
from noa_rag.web.entries.next_steps import ContactView, Link, is_foreign_to, view_agency, web_url
from noa_rag.web.entries.views import EntryView, EntryViews, TextView, section_of
from noa_rag.web.marking import marked
from noa_rag.web.paths import page_path
from noa_rag.web.rendering import AUDIENCES

IN_SIGHT = 220  # characters from the beginning of a text, which stand right beneath what would repeat them
LONGEST_ABOVE = 400  # characters: a longer passage pushes the text off a phone's screen
FIRST_CHOICES = 3  # and whom to ask beneath them: so much is in sight on a phone


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """Something to choose: where its form is sent, with which hidden fields."""

    title: str
    action: str
    fields: tuple[tuple[str, str], ...]
    language: str = "fr"
    is_answer_foreign: bool = False
    """Whether the answer is in another language than the page with the choice."""
    opening: TextView | None = None
    """How the entry's approved text begins, so that a choice already answers."""
    agency: str = ""


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A rephrased sentence with the number of its citation; `is_official` where its passage stands in its place."""

    body: Markup
    marker: int
    is_official: bool = False


@dataclass(frozen=True, slots=True)
class PartView:
    """One entry of an answer that needs several; `need` says which part of the question it is.

    For a need that nothing answers, `entry` is None, and `contact` says whom to ask.
    """

    need: str
    entry: EntryView | None
    contact: ContactView | None = None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One exchange: what was asked and what Noa says.

    `official`, with the cited passages marked, and `sentences` are set when it was rephrased.
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
    others: tuple[ChoiceView, ...]
    """Less likely choices, shown where none of the first ones fits."""
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
    year_note: str = ""
    """What is known of another year that the question names."""
    notice: str = ""
    """Said first to somebody in distress, whose `entry` is then followed by the others of `parts`."""
    parts: tuple[PartView, ...] = ()
    contact: ContactView | None = None
    """Whom to ask where none of the entries offered fits."""
    extract: Markup | None = None
    """The passage of the entry that answers, shown above its text; one that is in sight there is only marked in it."""
    is_read: bool = False
    """Whether the passage stands alone, and the entry, which was shown before, is folded."""
    support: tuple[TextView, Link] | None = None
    """What stands above an answer to somebody who may be in distress: an entry's opening, and the way to the rest."""
    situation: EntryView | None = None
    """The entry that asks back, with its branches; `entry` is None then."""


def view_answer(answer: Answer, views: EntryViews, *, asked: str) -> AnswerView:
    """Return an answer as one exchange of a conversation; `views` makes those of its entries."""
    language, host = views.language, views.host
    is_assisted = answer.mode is Mode.ASSISTED and answer.rephrasing is not None
    is_rephrased = is_assisted and bool(answer.official_text)
    text = views.rendered(answer.text)
    entry = None
    if answer.status is AnswerStatus.ANSWERED and answer.entry:
        whole = views.text(answer.entry.content, answer.translation, section_of(answer.entry, answer.section_key))
        entry = views.entry(
            answer.entry,
            replace(whole, body=text, language=answer.language.value) if is_rephrased else whole,
            more_url=_more_url(answer.more_url, answer.entry, views),
            outdated=answer.outdated,
        )
    extract = _extract(answer.extract, views) if answer.extract else None
    if entry and extract and not is_rephrased:
        entry = replace(entry, text=_with_mark(entry.text, extract))
    below = replace(views, level=views.level + 1)
    parts = [(part, _part(part, below)) for part in answer.parts]
    is_distress = answer.reason is Reason.DISTRESS
    choices = tuple(_choice(choice, asked, answer, views) for choice in answer.choices)
    first_count = FIRST_CHOICES if answer.reason is Reason.CLOSE_ENTRIES else len(choices)
    return AnswerView(
        asked=translator_of(language).gettext("Votre message") if asked == NOT_KEPT else asked,
        status=answer.status.value,
        reason=answer.reason.value if answer.reason else "",
        text=text,
        text_language=answer.language.value,
        entry=entry,
        official=_cited(answer, views) if is_rephrased else None,
        general=general_note(answer.general, translator_of(language)) if answer.general else "",
        choices=choices[:first_count],
        others=choices[first_count:],
        sentences=_sentences(answer, views) if is_assisted else (),
        refusal=view_refusal(answer, language, host) if answer.status is AnswerStatus.ABSTAINED else None,
        needs=tuple(view for part, view in parts if part.need),
        groups=() if is_distress else _by_agency([view for part, view in parts if not part.need]),
        notice=say(language, AUTOMATIC) if is_distress else "",
        parts=tuple(view for _, view in parts[1:]) if is_distress else (),
        extract=extract if answer.is_read or _stands_above(answer) else None,
        is_read=answer.is_read,
        year_note=answer.year_note,
        support=_support(answer.support, views) if answer.support else None,
        understood_as=_before(answer.understood_as, asked) if answer.understood_as else None,
        question_id=answer.question_id,
        conversation_id=answer.conversation_id,
        is_unrecorded=answer.is_unrecorded,
        was_not_rephrased=answer.rephrasing is not None and not is_assisted,
        personal_data=personal_data_note(answer.personal_data, language) if answer.personal_data else "",
        switch=_switch(asked, answer, language, host),
        contact=contact_beside(answer, views),
        situation=views.entry(answer.entry) if answer.entry and answer.reason is Reason.SITUATION else None,
    )


def _extract(quote: str, views: EntryViews) -> Markup:
    """Return a passage as HTML; of emphasis that begins or ends outside it, the asterisks are left out."""
    return views.rendered(quote.replace("**", "") if quote.count("**") % 2 else quote)


def _stands_above(answer: Answer) -> bool:
    extract = answer.extract or ""
    return len(extract) <= LONGEST_ABOVE and answer.text.find(extract) >= IN_SIGHT


def _before(understood_as: str, asked: str) -> str:
    """Return the question before, which a follow-up was understood with, without the follow-up itself."""
    return understood_as.removesuffix(asked.strip()).strip() or understood_as


def _with_mark(text: TextView, extract: Markup) -> TextView:
    steps = tuple(replace(step, body=marked(step.body, extract)) for step in text.steps)
    return replace(text, body=marked(text.body, extract), steps=steps)


def _support(entry: EntryVersion, views: EntryViews) -> tuple[TextView, Link]:
    question, in_language = question_in(entry.content, views.language.value)
    address = page_path("entry", views.language, entry.id, host=views.host)
    return views.opening(entry.content), Link(question, address, in_language)


def entries_of(answer: Answer) -> list[EntryVersion]:
    """Return the entries that an answer shows."""
    shown = (answer.entry, *(part.entry for part in answer.parts))
    return [entry for entry in shown if entry is not None]


def _switch(asked: str, answer: Answer, language: Language, host: HostSite | None) -> Link | None:
    own = None if asked == NOT_KEPT else clear_language(normalise(asked), lambda _: True)
    if own is None and answer.language is Language.ENGLISH:  # of a word or two the answer knows, with the base's words
        own = Language.ENGLISH
    if own is None or own is language or answer.is_unrecorded:
        return None
    return Link(
        translator_of(own).gettext("Voir cette page en français"),
        page_path("answer", own, answer.question_id, host=host),
        own.value,
    )


def _choice(choice: Choice, asked: str, answer: Answer, views: EntryViews) -> ChoiceView:
    """Return a choice that leads to an entry, or asks the same question again for one of several places."""
    language, host, entry = views.language, views.host, views.known.get(choice.entry_id)
    if choice.region is None:
        action = page_path("entry", language, choice.entry_id, host=host)
        view = ChoiceView(choice.question, action, (("from", answer.question_id),), choice.language)
        if entry is None:
            return view
        view = replace(view, is_answer_foreign=is_foreign_to(entry.content, language))
        if answer.reason not in {Reason.CLOSE_ENTRIES, Reason.NOT_SAID}:
            return view
        agency = views.agencies.get(entry.content.agency_id)
        opening = views.opening(entry.content)
        if choice.extract:
            opening = replace(opening, body=_extract(choice.extract, views))
        return replace(view, opening=opening, agency=agency.name if agency else "")
    conversation_id = answer.conversation_id if answer.understood_as else ""
    fields = {"q": asked, "region": choice.region, "conversation_id": conversation_id}
    return ChoiceView(choice.question, page_path("home", language, host=host), tuple(fields.items()))


def _sentences(answer: Answer, views: EntryViews) -> tuple[SentenceView, ...]:
    markers = {citation.quote: citation.marker for citation in answer.citations}
    shown = answer.rephrasing.shown if answer.rephrasing else ()
    return tuple(
        SentenceView(views.rendered(sentence.text), markers[sentence.quote], sentence.is_official) for sentence in shown
    )


def _cited(answer: Answer, views: EntryViews) -> Markup:
    """Return the approved text with each passage that is cited marked, where the link of its number leads."""
    text = views.rendered(answer.official_text or "")
    for citation in answer.citations:
        text = marked(text, _extract(citation.quote, views), f"passage-{citation.marker}-{answer.question_id}")
    return text


def _part(part: AnswerPart, views: EntryViews) -> PartView:
    if part.entry is None or part.official_text is None:
        return PartView(part.need, None, view_agency(part.contact, views.language) if part.contact else None)
    entry = views.entry(
        part.entry,
        views.text(part.entry.content, part.translation, section_of(part.entry, part.section_key)),
        more_url=_more_url(part.more_url, part.entry, views),
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


def _more_url(url: str | None, entry: EntryVersion, views: EntryViews) -> str | None:
    """Return the address of the rest: one of our pages in the visitor's language, or an official one."""
    if not url or not url.startswith("/"):
        return web_url(url)
    _, _, anchor = url.partition("#")
    own_page = page_path("entry", views.language, entry.id, host=views.host)
    return f"{own_page}#{anchor}" if anchor else own_page


# After "propre": à la Bretagne, au Grand Est.
OF_REGION = {
    "FR-ARA": N_("à l'Auvergne-Rhône-Alpes"),
    "FR-BFC": N_("à la Bourgogne-Franche-Comté"),
    "FR-BRE": N_("à la Bretagne"),
    "FR-CVL": N_("au Centre-Val de Loire"),
    "FR-20R": N_("à la Corse"),
    "FR-GES": N_("au Grand Est"),
    "FR-HDF": N_("aux Hauts-de-France"),
    "FR-IDF": N_("à l'Île-de-France"),
    "FR-NOR": N_("à la Normandie"),
    "FR-NAQ": N_("à la Nouvelle-Aquitaine"),
    "FR-OCC": N_("à l'Occitanie"),
    "FR-PDL": N_("aux Pays de la Loire"),
    "FR-PAC": N_("à la région Provence-Alpes-Côte d'Azur"),
    "FR-971": N_("à la Guadeloupe"),
    "FR-972": N_("à la Martinique"),
    "FR-973": N_("à la Guyane"),
    "FR-974": N_("à La Réunion"),
    "FR-976": N_("à Mayotte"),
}


def general_note(general: General, translator: Translator) -> str:
    """Return the note that an answer is general, with the region or audience that has no answer of its own."""
    if general.region is not None:
        return translator.gettext(
            "Réponse générale : il n'existe pas encore de réponse propre %(region)s.",
            region=of_region(general.region, translator),
        )
    if general.audience is not None:
        return translator.gettext(
            "Réponse générale : il n'existe pas encore de réponse pour ce public (%(audience)s).",
            audience=translator.gettext(AUDIENCES[general.audience.value]),
        )
    return translator.gettext("Réponse générale : elle change selon la région ou le public. Indiquez les vôtres.")


def of_region(code: str, translator: Translator) -> str:
    """Return a region as a sentence says it after "propre": "à la Bretagne", "au Grand Est"."""
    return translator.gettext(OF_REGION[region_of(code)])
