"""The JSON form of answers and entries: what the API and `noa ask --json` both return."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NotRequired, TypedDict

from noa_rag.answering.wording import wording
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, Choice, General, Part, Reason
from noa_rag.domain.entry import EntryVersion, Source, Translation
from noa_rag.domain.facts import OutdatedFact
from noa_rag.domain.rephrasing import Rephrasing
from noa_rag.domain.shown_text import official_text, translated_text, translation_of


class SourcePayload(TypedDict):
    title: str
    url: str


class AgencyPayload(TypedDict):
    id: str
    name: str


class EntryPayload(TypedDict):
    """The entry behind an answer. `region` is the first of `regions`, null when it holds everywhere.

    `variant_of` is the general entry of the same question, where this one is written for regions or audiences.
    `question_en` and `steps` are there where the entry has them.
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
    question_en: NotRequired[str]
    steps: NotRequired[list["StepPayload"]]


class StepPayload(TypedDict):
    """One step of a procedure, as Markdown, and the id of the entry that explains it."""

    text: str
    entry: str | None


class TranslationPayload(TypedDict):
    """A vetted translation of the current text: its own question, and who approved it when."""

    language: str
    question: str
    translated_on: str | None
    approver: str


class OutdatedFactPayload(TypedDict):
    """A figure that the text states though it has ended: "1 867,02", "€", and the last day on which it held."""

    id: str
    label: str
    value: str
    unit: str
    ended_on: str


class FullTranslationPayload(TranslationPayload):
    """A vetted translation with its text, as Markdown."""

    answer: str
    steps: list[str]


class SectionPayload(TypedDict):
    key: str
    heading: str
    text: str


class FullEntryPayload(EntryPayload):
    """An entry with all its text, as Markdown; `text` is the whole official text but for `sections`."""

    theme: str
    answer: str
    text: str
    sections: list[SectionPayload]
    legal_references: list[SourcePayload]
    online_services: list[SourcePayload]
    translations: list[FullTranslationPayload]
    outdated_facts: list[OutdatedFactPayload]


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
    """One entry of an answer that needs several; `entry` and its texts are null where nothing answers `need`."""

    need: str
    entry: EntryPayload | None
    text: str | None
    official_text: str | None
    translation: TranslationPayload | None
    outdated_facts: list[OutdatedFactPayload]
    more_url: str | None


class AnswerPayload(TypedDict):
    """An answer: `entry` is null unless answered, `reason` is null when answered.

    But for `distress`: whoever wrote cannot go on, and is answered with help first. Show it at once, with `notice`
    above it, `parts` in their order, and no question whether it was useful. What was written is not kept.

    `general` is true when the entry has variants by region or audience, and the general one is shown;
    `missing_variant` then says for whom none is written, null where we do not know who asks.
    `parts` is empty unless one entry is not enough; `understood_as` is null unless the question was understood with
    the one before. `translation` is null unless `text` is a vetted translation; `official_text` is then what it was
    made from. `outdated_facts` are figures of the text that have ended: its update is under way.
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
    recorded: NotRequired[bool]
    notice: NotRequired[str]


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
        "translation": _translation(answer.translation) if answer.translation else None,
        "outdated_facts": _outdated(answer.outdated),
    }
    if answer.reason is Reason.DISTRESS:
        payload["notice"] = wording(answer.language).automatic
    return {**payload, "recorded": False} if answer.is_unrecorded else payload


def entry_as_json(entry: EntryVersion, agencies: Mapping[AgencyId, Agency]) -> EntryPayload:
    """Return what identifies an entry and vouches for it, without its text."""
    content = entry.content
    agency = agencies.get(content.agency_id)
    payload: EntryPayload = {
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
    # Only where there are any: answers recorded before entries had them must still come out byte for byte.
    if content.question_en:
        payload["question_en"] = content.question_en
    if content.steps:
        payload["steps"] = [{"text": step.text, "entry": step.entry} for step in content.steps]
    return payload


def full_entry_as_json(
    entry: EntryVersion, agencies: Mapping[AgencyId, Agency], outdated: Iterable[OutdatedFact] = ()
) -> FullEntryPayload:
    """Return an entry with all its text, and which of its figures have ended."""
    content = entry.content
    return {
        **entry_as_json(entry, agencies),
        "theme": content.theme,
        "answer": content.answer,
        "text": official_text(content),
        "sections": [
            {"key": section.key, "heading": section.heading, "text": section.text} for section in content.sections
        ],
        "legal_references": _sources(content.legal_references),
        "online_services": _sources(content.online_services),
        "translations": [
            {**_translation(one), "answer": one.answer, "steps": list(one.steps)}
            for one in content.translations
            if translation_of(content, one.language) == one
        ],
        "outdated_facts": _outdated(outdated),
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
        "text": translated_text(part.translation) if part.translation else part.official_text,
        "official_text": part.official_text,
        "translation": _translation(part.translation) if part.translation else None,
        "outdated_facts": _outdated(part.outdated),
        "more_url": part.more_url,
    }


def _translation(translation: Translation) -> TranslationPayload:
    return {
        "language": translation.language,
        "question": translation.question,
        "translated_on": _day(translation.translated_on),
        "approver": translation.approver,
    }


def _outdated(facts: Iterable[OutdatedFact]) -> list[OutdatedFactPayload]:
    return [
        {
            "id": one.id,
            "label": one.label,
            "value": one.value,
            "unit": one.unit,
            "ended_on": one.ended_on.isoformat(),
        }
        for one in facts
    ]


def _contact(agency: Agency) -> ContactPayload:
    return {"agency": agency.name, "url": agency.url, "phone": agency.phone, "hours": agency.hours}


def _sources(sources: tuple[Source, ...]) -> list[SourcePayload]:
    return [{"title": source.title, "url": source.url} for source in sources]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
