"""Giving an answer again as it was, from its record, without index or model."""

from noa_rag.answering.given import given_again
from noa_rag.answering.payload import AnswerPayload
from noa_rag.assembly.records import Records


def answer_again(records: Records, question_id: str) -> AnswerPayload:
    """Return the answer that was given to a recorded question, byte for byte.

    Raises NotFound for an unknown number, NotReproducible when what is kept does not give what was shown.
    """
    given, entry_id, number, section_key = records.questions.given(question_id)
    wanted = [(entry_id, number)] if entry_id is not None and number is not None else []
    version = next(iter(records.entries.numbered(wanted)), None)
    return given_again(given, version, section_key)
