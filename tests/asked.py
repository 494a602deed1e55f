"""A recorded question as the review reads it, with sensible parts."""

import uuid
from dataclasses import replace
from typing import Any

from noa_rag.domain.answer import Reason
from noa_rag.domain.failure import Asked
from noa_rag.domain.question import Language
from tests.factories import APPROVED_AT


def an_asked(text: str = "quels droits de douane pour le vin ?", **changes: Any) -> Asked:
    """Return a question that was refused; each has a number of its own."""
    question = Asked(
        question_id=uuid.uuid4().hex,
        conversation_id=uuid.uuid4().hex,
        asked_at=APPROVED_AT,
        text=text,
        normalised=text,
        language=Language.FRENCH,
        status="abstained",
        reason=Reason.NOTHING_CLOSE,
    )
    return replace(question, **changes)
