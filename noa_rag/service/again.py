"""Giving an answer again from its record, without index or model: as it was, or as it may be shown today."""

from datetime import date

from noa_rag.answering.given import given_again
from noa_rag.answering.payload import AnswerPayload
from noa_rag.answering.shown_again import ShownAgain, shown_again
from noa_rag.domain.question import Language
from noa_rag.service.records import Records
from noa_rag.storage.recorded_answers import RecordedAnswers


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
