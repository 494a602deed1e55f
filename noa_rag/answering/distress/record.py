"""What is written down of a message of distress: that there was one, and nothing that says whose."""

import uuid
from dataclasses import replace

from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.question import Question
from noa_rag.french.personal_data import MASKS

NOT_KEPT = MASKS["message"]


def recordable(question: Question, answer: Answer) -> tuple[Question, Answer]:
    """Return a question and its answer as they may be written down.

    What somebody in distress wrote tells of their health, and no work of the referents needs it: it is not kept, and
    the record bears a conversation of its own, so that nothing else that was asked leads to it.
    """
    if answer.reason is not Reason.DISTRESS:
        return question, answer
    return (
        replace(question, text=NOT_KEPT, normalised=NOT_KEPT),
        replace(answer, conversation_id=uuid.uuid4().hex, understood_as=None),
    )
