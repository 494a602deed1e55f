"""The JSON form of answers: what the API and `noa ask --json` both return."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from noa_rag.answering.entry_payload import (
    EntryPayload,
    OutdatedFactPayload,
    TranslationPayload,
    entry_as_json,
    outdated_as_json,
    translation_as_json,
)
from noa_rag.answering.hours import hours_in_words
from noa_rag.answering.wording import AUTOMATIC, personal_data_note, say
from noa_rag.domain.agency import Agency, AgencyId, asked_elsewhere
from noa_rag.domain.answer import Answer, AnswerPart, Choice, General, PersonalData, Reason
from noa_rag.domain.entry import EntryVersion, opening_in, question_in, translated_text
from noa_rag.domain.opening import read_hours
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import Rephrasing


class CitationPayload(TypedDict):
    marker: int
    quote: str


class ChoicePayload(TypedDict):
    """An entry to choose, with the passage that answers where one surely does, as Markdown.

    With `region`, a place to ask again for (reason `ambiguous_place`).
    """

    entry_id: str
    question: str
    region: NotRequired[str]
    extract: NotRequired[str]


class MissingVariantPayload(TypedDict):
    """What nothing of its own is written for: the visitor's region, her audience, or both."""

    region: str | None
    audience: str | None


class OfficePayload(TypedDict):
    name: str
    url: str
    phone: str | None
    hours: str | None


class ContactPayload(TypedDict):
    """Whom to ask; `id` is the agency that owns the subject, also where its counterpart of another region is named.

    `hours` are in words, `opening_hours` as in schema.org's property, where they are data: Paris time, closed on public
    holidays. `elsewhere` is there where the agency serves a part of the visitor's region only; `callback_url` where
    there is a page on which to describe one's need and be called back.
    """

    id: str
    agency: str
    url: str
    phone: str | None
    hours: str | None
    opening_hours: NotRequired[str]
    elsewhere: NotRequired[OfficePayload]
    callback_url: NotRequired[str]


class SearchedPayload(TypedDict):
    """The words of the question that were searched, and those of them that no entry holds."""

    words: list[str]
    unknown: list[str]


class ThemeLinkPayload(TypedDict):
    id: str
    title: str
    title_en: str


class PersonalDataPayload(TypedDict):
    """What was masked in the question, and what to tell the visitor of it.

    `masked` holds email, iban, nir, card, phone, name, address, birth_date, tax_number, passport, identity_card,
    residence_permit or siren, each once.
    """

    masked: list[str]
    text: str


class SupportPayload(TypedDict):
    """The opening of an entry for people in distress, as Markdown, and what the rest of it answers."""

    entry_id: str
    question: str
    text: str


class RephrasingPayload(TypedDict):
    """What became of assisted mode for this answer: shown, refused, failed or skipped, and why not shown."""

    outcome: str
    reason: str
    model: str
    prompt: str


class PartPayload(TypedDict):
    """One entry of an answer that needs several; `entry` and its texts are null where nothing answers `need`.

    `contact` is whom to ask then.
    """

    need: str
    entry: EntryPayload | None
    text: str | None
    official_text: str | None
    translation: TranslationPayload | None
    outdated_facts: list[OutdatedFactPayload]
    more_url: str | None
    contact: ContactPayload | None


class AnswerPayload(TypedDict):
    """An answer: `entry` is null unless answered, `reason` is null when answered surely.

    Clarification with `situation`: the question is vague, and `entry` is the one that asks back. Show its `text`, and
    `choices`, its branches, by `question`; one may lead to another such entry, which `/api/v1/entries/{id}` shows.

    Answered with `close_entries`, the entry is only likelier than not to be the right one: say so, show it as the
    nearest, and `choices` beneath it, other entries that are close.

    Clarification with `not_said`: nothing in the entry that was shown before surely answers. It is the first of
    `choices`, with its nearest passage; the others are near, and `contact` is whom to ask.

    Answered with `distress`: whoever wrote cannot go on, and is answered with help first. Show it at once, with
    `notice` above it, `parts` in their order, and no question whether it was useful. What was written is not kept.

    `general` is true when the entry has variants by region or audience, and the general one is shown;
    `missing_variant` then says for whom none is written, null where we do not know who asks.
    `parts` is empty unless one entry is not enough; `understood_as` is null unless the question was understood with
    the one before. `translation` is null unless `text` is a vetted translation; `official_text` is then what it was
    made from. `outdated_facts` are figures of the text that have ended: say so above it, by their `kind` (an amount
    where it is absent). `year_note` is there where the question names another year: show it above the text.
    `extract` is null unless a passage of `text` surely answers, and is not its first: show it above the text. Where
    `read_before` is true, the conversation showed the entry before: show `extract` alone, with a way to the text.
    `elsewhere` is whom to ask where the entry does not hold, null where it holds anywhere or the region is known.
    `support` is null unless whoever wrote may be in distress: show it above the answer.
    After a refusal `searched` says what was understood, `choices` are the nearest questions, `themes` where else to
    look, `contact` whom to ask. Abstained with `asks_for_person`, somebody to talk to was asked for: show `contact`;
    where it is null, ask on which of the `themes`. `personal_data` is null unless something was masked in the question.
    `question_id` is what feedback names. `recorded` is there, and false, only when the question could not be written
    down when it was asked: it is as soon as that works again, and until then nothing is known under its `question_id`.
    """

    status: str
    reason: str | None
    mode: str
    text: str
    official_text: str | None
    entry: EntryPayload | None
    more_url: str | None
    citations: list[CitationPayload]
    confidence: float
    rephrasing: RephrasingPayload | None
    choices: list[ChoicePayload]
    contact: ContactPayload | None
    parts: list[PartPayload]
    understood_as: str | None
    conversation_id: str
    question_id: str
    language: str
    general: bool
    missing_variant: MissingVariantPayload | None
    translation: TranslationPayload | None
    outdated_facts: list[OutdatedFactPayload]
    searched: SearchedPayload | None
    themes: list[ThemeLinkPayload]
    personal_data: PersonalDataPayload | None
    extract: str | None
    read_before: bool
    support: SupportPayload | None
    elsewhere: ContactPayload | None
    year_note: NotRequired[str]
    recorded: NotRequired[bool]
    notice: NotRequired[str]


def answer_as_json(answer: Answer, agencies: Mapping[AgencyId, Agency]) -> AnswerPayload:
    """Return the answer as plain values ready for JSON; `agencies` gives entries their agency's name."""
    content = answer.entry.content if answer.entry else None
    elsewhere = asked_elsewhere(agencies.get(content.agency_id), content.regions, answer.region) if content else None
    payload: AnswerPayload = {
        "status": answer.status.value,
        "reason": answer.reason.value if answer.reason else None,
        "mode": answer.mode.value,
        "text": answer.text,
        "official_text": answer.official_text,
        "entry": entry_as_json(answer.entry, agencies) if answer.entry else None,
        "more_url": answer.more_url,
        "citations": [{"marker": citation.marker, "quote": citation.quote} for citation in answer.citations],
        "confidence": round(answer.confidence, 4),
        "rephrasing": _rephrasing(answer.rephrasing) if answer.rephrasing else None,
        "choices": [_choice(choice) for choice in answer.choices],
        "contact": contact_as_json(answer.contact, answer.language) if answer.contact else None,
        "parts": [_part(part, agencies, answer.language) for part in answer.parts],
        "understood_as": answer.understood_as,
        "conversation_id": answer.conversation_id,
        "question_id": answer.question_id,
        "language": answer.language.value,
        "general": answer.general is not None,
        "missing_variant": _missing(answer.general) if answer.general else None,
        "translation": translation_as_json(answer.translation) if answer.translation else None,
        "outdated_facts": outdated_as_json(answer.outdated),
        "searched": {"words": list(answer.searched.words), "unknown": list(answer.searched.unknown)}
        if answer.searched
        else None,
        "themes": [{"id": theme.id, "title": theme.title, "title_en": theme.title_en} for theme in answer.themes],
        "personal_data": _personal_data(answer.personal_data, answer.language) if answer.personal_data else None,
        "extract": answer.extract,
        "read_before": answer.is_read,
        "support": _support(answer.support, answer.language) if answer.support else None,
        "elsewhere": contact_as_json(elsewhere, answer.language) if elsewhere else None,
    }
    if answer.year_note:
        payload["year_note"] = answer.year_note
    if answer.reason is Reason.DISTRESS:
        payload["notice"] = say(answer.language, AUTOMATIC)
    return {**payload, "recorded": False} if answer.is_unrecorded else payload


def _support(version: EntryVersion, language: Language) -> SupportPayload:
    question, _ = question_in(version.content, language.value)
    text, _ = opening_in(version.content, language.value)
    return {"entry_id": version.id, "question": question, "text": text}


def _choice(choice: Choice) -> ChoicePayload:
    shown: ChoicePayload = {"entry_id": choice.entry_id, "question": choice.question}
    if choice.region is not None:
        shown["region"] = choice.region
    if choice.extract is not None:
        shown["extract"] = choice.extract
    return shown


def _missing(general: General) -> MissingVariantPayload | None:
    if general.region is None and general.audience is None:
        return None
    return {"region": general.region, "audience": general.audience.value if general.audience else None}


def _rephrasing(rephrasing: Rephrasing) -> RephrasingPayload:
    return {
        "outcome": rephrasing.outcome.value,
        "reason": rephrasing.reason,
        "model": rephrasing.model,
        "prompt": rephrasing.prompt,
    }


def _part(part: AnswerPart, agencies: Mapping[AgencyId, Agency], language: Language) -> PartPayload:
    return {
        "need": part.need,
        "entry": entry_as_json(part.entry, agencies) if part.entry else None,
        "text": translated_text(part.translation) if part.translation else part.official_text,
        "official_text": part.official_text,
        "translation": translation_as_json(part.translation) if part.translation else None,
        "outdated_facts": outdated_as_json(part.outdated),
        "more_url": part.more_url,
        "contact": contact_as_json(part.contact, language) if part.contact else None,
    }


def contact_as_json(agency: Agency, language: Language) -> ContactPayload:
    """Return whom to ask, as the API says it."""
    payload: ContactPayload = {
        "id": agency.id,
        "agency": agency.name,
        "url": agency.url,
        "phone": agency.phone,
        "hours": hours_in_words(agency.hours, language),
    }
    if agency.hours and read_hours(agency.hours):
        payload["opening_hours"] = agency.hours
    if agency.elsewhere:
        other = agency.elsewhere
        hours = hours_in_words(other.hours, language)
        payload["elsewhere"] = {"name": other.name, "url": other.url, "phone": other.phone, "hours": hours}
    if agency.callback_url:
        payload["callback_url"] = agency.callback_url
    return payload


def _personal_data(found: PersonalData, language: Language) -> PersonalDataPayload:
    return {"masked": [kind.value for kind in found.kinds], "text": personal_data_note(found, language)}
