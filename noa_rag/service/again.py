"""A recorded question again: its answer as given or as of today, and what became of it since."""

from datetime import date

from noa_rag.answering.payload import AnswerPayload
from noa_rag.answering.pipeline import Answering
from noa_rag.answering.recorder import given_again
from noa_rag.answering.shown_again import ShownAgain, shown_again
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import Audience, EntryId, EntryVersion
from noa_rag.domain.errors import InvalidQuestion, InvalidRequest
from noa_rag.domain.failure import Asked
from noa_rag.domain.question import Ask, Language, Reference
from noa_rag.review.following import Followed, follow
from noa_rag.service.records import Records
from noa_rag.storage.recorded_questions import RecordedAnswers


def answer_again(records: Records, question_id: str) -> AnswerPayload:
    """Return the answer that was given to a recorded question, byte for byte.

    Raises NotFound for an unknown number, NotReproducible when what is kept does not give what was shown.
    """
    given, entry_id, number, section_key = records.questions.given(question_id)
    wanted = [(entry_id, number)] if entry_id is not None and number is not None else []
    version = next(iter(records.entries.numbered(wanted)), None)
    return given_again(given, version, section_key)


def answer_today(records: Records, question_id: str, *, on: date, page: Language | None = None) -> ShownAgain:
    """Return the answer to a recorded question as far as it may be shown on a day, on a page of a language.

    Raises NotFound.
    """
    recorded = RecordedAnswers(records.database).get(question_id)
    versions = records.current({*recorded.entry_ids, *recorded.subjects})
    return shown_again(
        recorded, versions, records.agencies(), records.facts(), on=on, themes=records.themes(), page=page
    )


def followed(
    reference: Reference, records: Records, answering: Answering, *, today: date, general_contact: AgencyId
) -> Followed | None:
    """Return what became of the question, None when nobody was given that number; `answering` records nothing."""
    found = records.references.find(reference)
    if found is None:
        return None
    asked, drafts = found

    def current(entry_id: EntryId) -> EntryVersion | None:
        return records.current([entry_id]).get(entry_id)

    return follow(
        asked,
        drafts,
        current=current,
        asked_again=lambda: _answer_to(asked, answering),
        today=today,
        general_contact=general_contact,
    )


def _answer_to(asked: Asked, answering: Answering) -> tuple[EntryVersion, str | None] | None:
    """Return the entry that answers the question now, with its section."""
    audience = Audience(asked.audience) if asked.audience in set(Audience) else None
    try:
        answer = answering.ask(Ask(asked.text, asked.region, audience, language=asked.language))
    except (InvalidQuestion, InvalidRequest):  # masked as a whole, or a region that is no more
        return None
    return (answer.entry, answer.section_key) if answer.entry else None
