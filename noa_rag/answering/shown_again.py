"""The answer to a recorded question as it may be shown today: as given, unless its entries have changed since."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from noa_rag.answering.distress.recognise import NOT_KEPT
from noa_rag.answering.figures_in_time import dated
from noa_rag.answering.steps.compose import (
    asked_back,
    official_answer,
    official_part,
    owners_of,
    personal_data_in,
    servable_among,
    serving,
    shown_text,
)
from noa_rag.answering.steps.understand import normalise
from noa_rag.answering.wording import (
    ABOUT_WHAT,
    CLARIFICATION,
    NOT_SAID,
    ONLY_PERSONAL_DATA,
    REACH,
    REFUSALS,
    WHICH_PLACE,
    refusal,
    say,
)
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import (
    Answer,
    AnswerPart,
    AnswerStatus,
    Choice,
    General,
    Reason,
    RecordedAnswer,
    RecordedPart,
    Searched,
)
from noa_rag.domain.entry import Audience, EntryId, EntryVersion, question_in
from noa_rag.domain.facts import FactBook
from noa_rag.domain.question import Language, Mode
from noa_rag.french.courtesies import plain_spelling
from noa_rag.french.language import detect_language
from noa_rag.french.personal_data import says_nothing_else

Kept = Mapping[str, Any]
Versions = Mapping[EntryId, EntryVersion]
Agencies = Mapping[AgencyId, Agency]


@dataclass(frozen=True, slots=True)
class ShownAgain:
    """A recorded question, masked, with what may be shown of its answer today.

    `is_changed` says that an entry has another version since, or may not be shown any more.
    """

    asked: str
    answer: Answer
    is_changed: bool = False


def entries_named(recorded: RecordedAnswer) -> set[EntryId]:
    """Return the entries that are read to show an answer again."""
    support = _kept(recorded).get("support")
    return {*recorded.entry_ids, *recorded.subjects, *([EntryId(support["entry_id"])] if support else [])}


def shown_again(
    recorded: RecordedAnswer,
    versions: Versions,
    agencies: Agencies,
    facts: FactBook,
    *,
    on: date,
    themes: tuple[Theme, ...] = (),
    page: Language | None = None,
) -> ShownAgain:
    """Return what may be shown on a day, given the current versions of the entries that the record names.

    No text of an entry comes from the record: what was withdrawn, has expired or was written anew is not shown.
    With `page`, it is worded in the language in which that page would answer.
    """
    given_in = recorded.language
    recorded = replace(recorded, language=_language_on(page, recorded) if page else given_in)
    servable = servable_among(versions, on, recorded.region)
    content = _kept(recorded)
    if recorded.language is not given_in:
        content.pop("text", None)
    if recorded.reason is Reason.SITUATION:
        answer = _situation(recorded, servable)
    else:
        shown = _answered if recorded.status is AnswerStatus.ANSWERED else _not_answered
        answer = shown(recorded, content, servable, agencies)
    if answer is None:
        answer = _expired(recorded, versions, agencies, themes)
    owners = [*owners_of(answer), *(servable[choice.entry_id].content.agency_id for choice in answer.choices)]
    is_changed = any(
        _version_of(part, servable) != part.version for part in recorded.parts if part.entry_id is not None
    )
    # `understood_as` may quote the question of an entry that was shown earlier in the conversation.
    is_understood_shown = not is_changed and all(subject in servable for subject in recorded.subjects)
    answer = replace(
        answer,
        understood_as=recorded.understood_as if is_understood_shown else None,
        question_id=recorded.question_id,
        conversation_id=recorded.conversation_id,
        personal_data=personal_data_in(recorded.asked, owners, agencies, recorded.region),
        region=recorded.region,
        support=servable.get(content["support"]["entry_id"]) if content.get("support") else None,
    )
    return ShownAgain(recorded.asked, dated(answer, facts, recorded.asked, on=on), is_changed)


def _kept(recorded: RecordedAnswer) -> dict[str, Any]:
    return {name: part[0] for name, part in json.loads(recorded.given.kept)["parts"].items() if part is not None}


def _language_on(page: Language, recorded: RecordedAnswer) -> Language:
    """Return the language in which a page answers: English on English pages, that of the question on French ones."""
    if page is Language.ENGLISH:
        return page
    if recorded.asked == NOT_KEPT or recorded.language is page:
        return recorded.language
    return detect_language(plain_spelling(normalise(recorded.asked)))


def _answered(recorded: RecordedAnswer, kept: Kept, servable: Versions, agencies: Agencies) -> Answer | None:
    """Return the entries word for word as they are today, None where none of them may be shown."""
    first = next((part for part in recorded.parts if part.entry_id in servable), None)
    if first is None or first.entry_id is None:
        return None
    answer = official_answer(
        servable[first.entry_id],
        language=recorded.language,
        section_key=first.section_key,
        confidence=recorded.confidence,
        question_id=recorded.question_id,
    )
    extract = kept.get("extract") or ""
    is_held = bool(extract) and extract in answer.text
    answer = replace(answer, extract=extract if is_held else None, is_read=is_held and bool(kept.get("read_before")))
    if recorded.reason is not None:
        answer = replace(answer, reason=recorded.reason, choices=_choices(kept, servable, recorded.language))
    several = recorded.parts if len(recorded.parts) > 1 else ()
    parts = tuple(_part(part, servable, recorded.language) for part in several)
    return replace(answer, parts=_with_contacts(parts, kept, agencies, recorded.region), general=_general(kept))


def _situation(recorded: RecordedAnswer, servable: Versions) -> Answer | None:
    """Return the situation as it asks today, None where it may not be shown, or asks no longer."""
    version = servable.get(recorded.entry_ids[0]) if recorded.entry_ids else None
    if version is None:
        return None
    return asked_back(version, servable, language=recorded.language, confidence=recorded.confidence)


def _not_answered(recorded: RecordedAnswer, kept: Kept, servable: Versions, agencies: Agencies) -> Answer | None:
    """Return the refusal or clarification as given, with the choices still valid; None for a clarification without."""
    choices = _choices(kept, servable, recorded.language)
    if recorded.status is AnswerStatus.CLARIFICATION and not choices:
        return None
    words = kept.get("searched")
    return Answer(
        status=recorded.status,
        mode=Mode.STRICT,
        language=recorded.language,
        text=kept.get("text") or _said_anew(recorded, has_choices=bool(choices)),
        confidence=recorded.confidence,
        reason=recorded.reason,
        choices=choices,
        contact=serving([recorded.contact_agency_id], agencies, recorded.region),
        searched=Searched(tuple(words["words"]), tuple(words["unknown"])) if words else None,
        themes=tuple(Theme(**theme) for theme in kept.get("themes", ())),
    )


def _choices(kept: Kept, servable: Versions, language: Language) -> tuple[Choice, ...]:
    return tuple(
        _choice(choice, version, language)
        for choice in kept["choices"]
        if (version := servable.get(EntryId(choice["entry_id"])))
    )


def _choice(choice: Kept, version: EntryVersion, language: Language) -> Choice:
    if "region" in choice:
        return Choice(version.id, choice["question"], choice["region"])
    question, in_language = question_in(version.content, language.value)
    extract = choice.get("extract") or ""
    is_held = bool(extract) and extract in shown_text(version, None, language)[0]
    return Choice(version.id, question, language=in_language, extract=extract if is_held else None)


def _said_anew(recorded: RecordedAnswer, *, has_choices: bool) -> str:
    """Return the text of a refusal or clarification, worded anew in another language than it was given in."""
    if says_nothing_else(recorded.asked):
        return say(recorded.language, ONLY_PERSONAL_DATA)
    if recorded.reason is Reason.ASKS_FOR_PERSON:
        return say(recorded.language, REACH if recorded.contact_agency_id else ABOUT_WHAT)
    if recorded.reason in REFUSALS:
        return refusal(recorded.reason, recorded.language, has_choices=has_choices)
    said = {Reason.AMBIGUOUS_PLACE: WHICH_PLACE, Reason.NOT_SAID: NOT_SAID}
    return say(recorded.language, said.get(recorded.reason, CLARIFICATION) if recorded.reason else CLARIFICATION)


def _expired(recorded: RecordedAnswer, versions: Versions, agencies: Agencies, themes: tuple[Theme, ...]) -> Answer:
    """Return the refusal for entries that may not be shown any more, with the agency to ask and themes to browse."""
    gone = [versions[entry_id].content for entry_id in recorded.entry_ids if entry_id in versions]
    return Answer(
        status=AnswerStatus.ABSTAINED,
        mode=Mode.STRICT,
        language=recorded.language,
        text=refusal(Reason.OUTSIDE_VALIDITY, recorded.language, has_choices=False),
        confidence=recorded.confidence,
        reason=Reason.OUTSIDE_VALIDITY,
        contact=serving([content.agency_id for content in gone], agencies, recorded.region),
        themes=tuple(theme for theme in themes if theme.id in {content.theme for content in gone}) or themes,
    )


def _part(part: RecordedPart, servable: Versions, language: Language) -> AnswerPart:
    version = servable.get(part.entry_id) if part.entry_id is not None else None
    if version is None:
        return AnswerPart(part.need)
    return official_part(part.need, version, section_key=part.section_key, language=language)


def _with_contacts(
    parts: tuple[AnswerPart, ...], kept: Kept, agencies: Agencies, region: str | None
) -> tuple[AnswerPart, ...]:
    """Return the parts, with the agency to ask for each that no entry answers."""
    contacts = {part["need"]: part["contact"]["id"] for part in kept["parts"] if part.get("contact")}
    return tuple(
        replace(part, contact=serving([contacts.get(part.need)], agencies, region)) if part.entry is None else part
        for part in parts
    )


def _general(kept: Kept) -> General | None:
    if not kept.get("general"):
        return None
    missing = kept["missing_variant"] or {}
    audience = missing.get("audience")
    return General(missing.get("region"), Audience(audience) if audience else None)


def _version_of(part: RecordedPart, servable: Versions) -> int | None:
    version = servable.get(part.entry_id) if part.entry_id is not None else None
    return version.version if version else None
