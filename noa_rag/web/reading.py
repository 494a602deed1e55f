"""What comes in from outside, made into domain objects at the door."""

from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import TypeVar, get_args

from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Ask, Language, Mode
from noa_rag.domain.regions import is_known_region
from noa_rag.web.schemas import AskRequest, FeedbackReason, FeedbackRequest

MAX_COMMENT_LENGTH = 500  # A few sentences; longer ones tend to tell one's own case, with personal data.
MAX_ID_LENGTH = 64  # Ours have 32 to 36 characters; anything longer was made up.

FEEDBACK_REASONS: tuple[str, ...] = get_args(FeedbackReason)

Option = TypeVar("Option", bound=StrEnum)


def read_ask(request: AskRequest) -> Ask:
    """Return the question as the service takes it; raises InvalidRequest naming the wrong field."""
    return Ask(
        text=request.question,
        region=_region(request.region),
        audience=_option(Audience, request.audience, field="audience"),
        language=_option(Language, request.lang, field="lang"),
        as_of=read_day(request.as_of, field="as_of"),
        mode=_option(Mode, request.mode, field="mode") or Mode.STRICT,
        conversation_id=_id(request.conversation_id, field="conversation_id"),
    )


def read_feedback(request: FeedbackRequest) -> FeedbackRequest:
    """Return the verdict once checked; a reason goes with "not useful" alone."""
    if not _id(request.question_id, field="question_id"):
        raise InvalidRequest("The question id is missing.", field="question_id")
    if request.reason and request.reason not in FEEDBACK_REASONS:
        raise InvalidRequest(f"{request.reason!r} is not a reason.", field="reason")
    if len(request.comment) > MAX_COMMENT_LENGTH:
        raise InvalidRequest(f"The comment has {len(request.comment)} characters.", field="comment")
    return FeedbackRequest(
        question_id=request.question_id,
        is_useful=request.is_useful,
        reason=None if request.is_useful else request.reason or None,
        comment=request.comment.strip(),
    )


def read_day(text: str | None, *, field: str) -> date | None:
    """Return an ISO day, None when absent."""
    if not text:
        return None
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.isoformat() == text:  # fromisoformat also takes 20261124 and 2026-W48-2
            return day
    raise InvalidRequest(f"{text!r} is not a day written YYYY-MM-DD.", field=field)


def _region(code: str | None) -> str | None:
    if code and not is_known_region(code):
        raise InvalidRequest(f"{code!r} is not the code of a French region.", field="region")
    return code or None


def _option(options: type[Option], value: str | None, *, field: str) -> Option | None:
    if not value:
        return None
    try:
        return options(value)
    except ValueError as error:
        known = ", ".join(options)
        raise InvalidRequest(f"{value!r} is not one of {known}.", field=field) from error


def _id(text: str | None, *, field: str) -> str | None:
    if text and (len(text) > MAX_ID_LENGTH or not text.isprintable()):
        raise InvalidRequest("An id of ours is shorter, and printable.", field=field)
    return text or None
