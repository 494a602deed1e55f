"""The JSON form of entries, within answers and by themselves."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NotRequired, TypedDict

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.entry import DEMONSTRATION, EntryVersion, Source, Translation, official_text, translation_of
from noa_rag.domain.facts import FactId, FactKind, OutdatedFact
from noa_rag.knowledge.calculation_file import calculation_as_mapping


class SourcePayload(TypedDict):
    title: str
    url: str


class AgencyPayload(TypedDict):
    id: str
    name: str


class EntryPayload(TypedDict):
    """The entry behind an answer. `region` is the first of `regions`, null when it holds everywhere.

    `variant_of` is the general entry of the same question, where this one is written for regions or audiences.
    `question_en`, `steps`, `branches` and `calculation`, as in its file, are there where the entry has them.
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
    branches: NotRequired[list["BranchPayload"]]
    calculation: NotRequired[dict[str, Any]]


class StepPayload(TypedDict):
    """One step of a procedure, as Markdown, and the id of the entry that explains it."""

    text: str
    entry: str | None


class BranchPayload(TypedDict):
    """One way on from an entry that asks back: what to choose, "" where there is no English, and where it leads."""

    label: str
    label_en: str
    entry: str


class TranslationPayload(TypedDict):
    """A translation of the current text: its own question, its day, and who approved it; "" for a trial translation."""

    language: str
    question: str
    translated_on: str | None
    approver: str


class OutdatedFactPayload(TypedDict):
    """A figure that the text states though it has ended: "1 867,02", "€", and the last day on which it held.

    `kind` is there for a `deadline` that has passed and a `measure` that is over; else the figure is an amount.
    """

    id: str
    label: str
    value: str
    unit: str
    ended_on: str
    kind: NotRequired[str]


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
        "demonstration": content.origin == DEMONSTRATION,
        "audiences": [audience.value for audience in content.audiences],
        "variant_of": content.variant_of,
    }
    # Only where there are any: answers recorded before entries had them must still come out byte for byte.
    if content.question_en:
        payload["question_en"] = content.question_en
    if content.steps:
        payload["steps"] = [{"text": step.text, "entry": step.entry} for step in content.steps]
    if content.branches:
        payload["branches"] = [{"label": b.label, "label_en": b.label_en, "entry": b.entry} for b in content.branches]
    if content.calculation:
        payload["calculation"] = calculation_as_mapping(content.calculation)
        for example in payload["calculation"].get("examples", ()):
            example["on"] = str(example["on"])
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
            {**translation_as_json(translation), "answer": translation.answer, "steps": list(translation.steps)}
            for translation in content.translations
            if translation_of(content, translation.language) == translation
        ],
        "outdated_facts": outdated_as_json(outdated),
    }


def translation_as_json(translation: Translation) -> TranslationPayload:
    """Return what says whose translation a text is."""
    return {
        "language": translation.language,
        "question": translation.question,
        "translated_on": _day(translation.translated_on),
        "approver": translation.approver,
    }


def outdated_as_json(facts: Iterable[OutdatedFact]) -> list[OutdatedFactPayload]:
    """Return figures that have ended."""
    return [_outdated(fact) for fact in facts]


def outdated_from_json(payload: OutdatedFactPayload) -> OutdatedFact:
    """Return a figure that has ended from what the API says of it."""
    kind, ended_on = FactKind(payload.get("kind", FactKind.AMOUNT)), date.fromisoformat(payload["ended_on"])
    return OutdatedFact(FactId(payload["id"]), payload["label"], payload["value"], payload["unit"], ended_on, kind)


def _outdated(fact: OutdatedFact) -> OutdatedFactPayload:
    shown: OutdatedFactPayload = {
        "id": fact.id,
        "label": fact.label,
        "value": fact.value,
        "unit": fact.unit,
        "ended_on": fact.ended_on.isoformat(),
    }
    if fact.kind is not FactKind.AMOUNT:
        shown["kind"] = fact.kind.value
    return shown


def _sources(sources: tuple[Source, ...]) -> list[SourcePayload]:
    return [{"title": source.title, "url": source.url} for source in sources]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
