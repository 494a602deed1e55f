"""The JSON form of answers and entries: what the API and `noa ask --json` both return."""

from collections.abc import Mapping
from datetime import date
from typing import TypedDict

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer
from noa_rag.domain.entry import EntryVersion, Source


class SourcePayload(TypedDict):
    title: str
    url: str


class AgencyPayload(TypedDict):
    id: str
    name: str


class EntryPayload(TypedDict):
    """The entry behind an answer. `region` is the first of `regions`, null when it holds everywhere."""

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
    entry_id: str
    question: str


class ContactPayload(TypedDict):
    agency: str
    url: str
    phone: str | None
    hours: str | None


class AnswerPayload(TypedDict):
    """An answer: `entry` is null unless answered, `reason` is null when answered."""

    status: str
    reason: str | None
    mode: str
    text: str
    official_text: str | None
    entry: EntryPayload | None
    more_url: str | None
    citations: list[CitationPayload]
    confidence: float
    choices: list[ChoicePayload]
    contact: ContactPayload | None
    conversation_id: str
    question_id: str
    language: str


def answer_as_json(answer: Answer, agencies: Mapping[AgencyId, Agency]) -> AnswerPayload:
    """Return the answer as plain values ready for JSON; `agencies` gives entries their agency's name."""
    return {
        "status": answer.status.value,
        "reason": answer.reason.value if answer.reason else None,
        "mode": answer.mode.value,
        "text": answer.text,
        "official_text": answer.official_text,
        "entry": entry_as_json(answer.entry, agencies) if answer.entry else None,
        "more_url": answer.more_url,
        "citations": [{"marker": citation.marker, "quote": citation.quote} for citation in answer.citations],
        "confidence": round(answer.confidence, 4),
        "choices": [{"entry_id": choice.entry_id, "question": choice.question} for choice in answer.choices],
        "contact": _contact(answer.contact) if answer.contact else None,
        "conversation_id": answer.conversation_id,
        "question_id": answer.question_id,
        "language": answer.language.value,
    }


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


def _contact(agency: Agency) -> ContactPayload:
    return {"agency": agency.name, "url": agency.url, "phone": agency.phone, "hours": agency.hours}


def _sources(sources: tuple[Source, ...]) -> list[SourcePayload]:
    return [{"title": source.title, "url": source.url} for source in sources]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
