"""The JSON form of answers and entries: what the API and `noa ask --json` both return."""

from collections.abc import Mapping
from datetime import date
from typing import NotRequired, TypedDict

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, Choice, General, Part
from noa_rag.domain.entry import EntryVersion, Source
from noa_rag.domain.rephrasing import Rephrasing


class SourcePayload(TypedDict):
    title: str
    url: str


class AgencyPayload(TypedDict):
    id: str
    name: str


class EntryPayload(TypedDict):
    """The entry behind an answer. `region` is the first of `regions`, null when it holds everywhere.

    `variant_of` is the general entry of the same question, where this one is written for regions or audiences.
    """

    id: str
    version: int
    question: str
    agency: AgencyPayload
    validated_on: str
    valid_from: str | None
    valid_until: str | None
    region: str | None
    regions: list[str]
    sources: list[SourcePayload]
    language: str
    demonstration: bool
    audiences: list[str]
    variant_of: str | None


class SectionPayload(TypedDict):
    key: str
    heading: str
    text: str


class FullEntryPayload(EntryPayload):
    """An entry with all its text, as Markdown."""

    theme: str
    answer: str
    sections: list[SectionPayload]
    legal_references: list[SourcePayload]
    online_services: list[SourcePayload]


class CitationPayload(TypedDict):
    marker: int
    quote: str


class ChoicePayload(TypedDict):
    """An entry to choose; with `region`, a place to ask again for (reason `ambiguous_place`)."""

    entry_id: str
    question: str
    region: NotRequired[str]


class MissingVariantPayload(TypedDict):
    """What nothing of its own is written for: the visitor's region, her audience, or both."""

    region: str | None
    audience: str | None


class ContactPayload(TypedDict):
    agency: str
    url: str
    phone: str | None
    hours: str | None


class RephrasingPayload(TypedDict):
    """What became of assisted mode for this answer: shown, refused, failed or skipped, and why not shown."""

    outcome: str
    reason: str
    model: str
    prompt: str


class PartPayload(TypedDict):
    """One entry of an answer that needs several; `entry` and `official_text` are null where nothing answers `need`."""

    need: str
    entry: EntryPayload | None
    official_text: str | None
    more_url: str | None


class AnswerPayload(TypedDict):
    """An answer: `entry` is null unless answered, `reason` is null when answered.

    `general` is true when the entry has variants by region or audience, and the general one is shown;
    `missing_variant` then says for whom none is written, null where we do not know who asks.
    `parts` is empty unless one entry is not enough; `understood_as` is null unless the question was understood with
    the one before.
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
    recorded: NotRequired[bool]


def answer_as_json(answer: Answer, agencies: Mapping[AgencyId, Agency]) -> AnswerPayload:
    """Return the answer as plain values ready for JSON; `agencies` gives entries their agency's name."""
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
        "contact": _contact(answer.contact) if answer.contact else None,
        "parts": [_part(part, agencies) for part in answer.parts],
        "understood_as": answer.understood_as,
        "conversation_id": answer.conversation_id,
        "question_id": answer.question_id,
        "language": answer.language.value,
        "general": answer.general is not None,
        "missing_variant": _missing(answer.general) if answer.general else None,
    }
    return {**payload, "recorded": False} if answer.is_unrecorded else payload


def entry_as_json(entry: EntryVersion, agencies: Mapping[AgencyId, Agency]) -> EntryPayload:
    """Return what identifies an entry and vouches for it, without its text."""
    content = entry.content
    agency = agencies.get(content.agency_id)
    return {
        "id": entry.id,
        "version": entry.version,
        "question": content.question,
        "agency": {"id": content.agency_id, "name": agency.name if agency else content.agency_id},
        "validated_on": entry.validated_on.isoformat(),
        "valid_from": _day(content.window.valid_from),
        "valid_until": _day(content.window.valid_until),
        "region": content.regions[0] if content.regions else None,
        "regions": list(content.regions),
        "sources": _sources(content.sources),
        "language": content.language,
        "demonstration": content.origin == "demonstration",
        "audiences": [audience.value for audience in content.audiences],
        "variant_of": content.variant_of,
    }


def full_entry_as_json(entry: EntryVersion, agencies: Mapping[AgencyId, Agency]) -> FullEntryPayload:
    """Return an entry with all its text."""
    content = entry.content
    return {
        **entry_as_json(entry, agencies),
        "theme": content.theme,
        "answer": content.answer,
        "sections": [
            {"key": section.key, "heading": section.heading, "text": section.text} for section in content.sections
        ],
        "legal_references": _sources(content.legal_references),
        "online_services": _sources(content.online_services),
    }


def _choice(choice: Choice) -> ChoicePayload:
    shown: ChoicePayload = {"entry_id": choice.entry_id, "question": choice.question}
    return shown if choice.region is None else {**shown, "region": choice.region}


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


def _part(part: Part, agencies: Mapping[AgencyId, Agency]) -> PartPayload:
    return {
        "need": part.need,
        "entry": entry_as_json(part.entry, agencies) if part.entry else None,
        "official_text": part.official_text,
        "more_url": part.more_url,
    }


def _contact(agency: Agency) -> ContactPayload:
    return {"agency": agency.name, "url": agency.url, "phone": agency.phone, "hours": agency.hours}


def _sources(sources: tuple[Source, ...]) -> list[SourcePayload]:
    return [{"title": source.title, "url": source.url} for source in sources]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
