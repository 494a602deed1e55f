"""What comes in from outside, made into domain objects at the door."""

from typing import get_args

from noa_rag.answering.reading import read_id, read_question
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Ask
from noa_rag.web.schemas import AskRequest, FeedbackReason, FeedbackRequest

MAX_COMMENT_LENGTH = 500  # A few sentences; longer ones tend to tell one's own case, with personal data.

FEEDBACK_REASONS: tuple[str, ...] = get_args(FeedbackReason)


def read_ask(request: AskRequest) -> Ask:
    """Return the question as the service takes it; raises InvalidRequest naming the wrong field."""
    return read_question(
        request.question,
        region=request.region,
        audience=request.audience,
        lang=request.lang,
        as_of=request.as_of,
        mode=request.mode,
        conversation_id=request.conversation_id,
    )


def read_feedback(request: FeedbackRequest) -> FeedbackRequest:
    """Return the verdict once checked; a reason goes with "not useful" alone."""
    if not read_id(request.question_id, field="question_id"):
        raise InvalidRequest("The question id is missing.", field="question_id")
    if request.reason and request.reason not in FEEDBACK_REASONS:
        raise InvalidRequest(f"{request.reason!r} is not a reason.", field="reason")
    if len(request.comment) > MAX_COMMENT_LENGTH or "\x00" in request.comment:
        raise InvalidRequest(f"The comment has {len(request.comment)} characters.", field="comment")
    return FeedbackRequest(
        question_id=request.question_id,
        is_useful=request.is_useful,
        reason=None if request.is_useful else request.reason or None,
        comment=request.comment.strip(),
    )
