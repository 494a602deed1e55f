"""The shapes of what comes in from outside, made into domain objects, and of the JSON API's smaller replies."""

from typing import Annotated, NotRequired, TypedDict

import msgspec

from noa_rag.answering.entry_payload import EntryPayload
from noa_rag.answering.payload import ContactPayload
from noa_rag.answering.reading import read_id, read_question
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Ask
from noa_rag.translation import N_

MAX_COMMENT_LENGTH = 500  # A few sentences; longer ones tend to tell one's own case, with personal data.


class AskRequest(msgspec.Struct):
    """A question with what the caller knows of the visitor; only `question` is required."""

    question: str
    region: str | None = None
    """ISO 3166-2 code of a French region or département, e.g. FR-IDF or FR-75."""
    audience: str | None = None
    """start-up, tpe, pme, micro-entrepreneur, association-employeur or fondateur-etranger."""
    lang: str | None = None
    """fr or en; found out from the words when absent."""
    as_of: str | None = None
    """Answer as the service would have on that day (YYYY-MM-DD), from the first approval to a year from today."""
    mode: str | None = None
    """strict (default) or assisted."""
    conversation_id: str | None = None


class SearchRequest(msgspec.Struct):
    """A few words to search for; at most `limit` entries come back."""

    question: str
    region: str | None = None
    """ISO 3166-2 code of a French region or département, e.g. FR-IDF or FR-75."""
    lang: str | None = None
    """fr or en; found out from the words when absent."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10


class FoundEntryPayload(TypedDict):
    """An entry that a search found, and the passage that matches."""

    entry: EntryPayload
    passage: str


class FoundPayload(TypedDict):
    """What a search found, the best first; `count` is all there is. `notice` is said first to somebody in distress."""

    entries: list[FoundEntryPayload]
    count: int
    notice: NotRequired[str]


class FeedbackRequest(msgspec.Struct):
    """A visitor's verdict on an answer or on an entry; one of the two ids at least is required."""

    is_useful: bool
    question_id: str = ""
    """The answer's, where there was one."""
    entry_id: str | None = None
    """The entry that is judged: on a page of its own, or chosen among those that the answer offered."""
    reason: str | None = None
    """When not useful: off_topic, incomplete, unclear, outdated or other."""
    comment: str = ""


class ThemePayload(TypedDict):
    id: str
    title: str
    title_en: str


class ThemesPayload(TypedDict):
    themes: list[ThemePayload]


class EntriesPayload(TypedDict):
    """Entries in the order of their ids; `count` is all there are, `next` the value of `after` for what follows."""

    entries: list[EntryPayload]
    count: int
    next: str | None


class AgencyCardPayload(TypedDict):
    """An agency as visitors are sent to it; `regions` is empty where it serves all of France."""

    id: str
    name: str
    short_name: str
    url: str
    phone: str | None
    hours: str | None
    opening_hours: str | None
    remit: str
    regions: list[str]


class AgenciesPayload(TypedDict):
    agencies: list[AgencyCardPayload]


class NewsItemPayload(TypedDict):
    """An entry that is `new` or `changed`, and when it became so (ISO 8601)."""

    kind: str
    at: str
    entry: EntryPayload


class NewsPayload(TypedDict):
    """What agencies approved in the last `days`, the latest first."""

    news: list[NewsItemPayload]
    days: int


class Recorded(TypedDict):
    recorded: bool


class ProblemPayload(TypedDict):
    """An error (RFC 9457): `title` and `detail` are in French or English."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    field: NotRequired[str]
    contact: NotRequired[ContactPayload]


FEEDBACK_REASONS: dict[str, str] = {
    "off_topic": N_("Hors sujet"),
    "incomplete": N_("Incomplète"),
    "unclear": N_("Pas claire"),
    "outdated": N_("Plus à jour"),
    "other": N_("Autre raison"),
}


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
    if not read_id(request.question_id, field="question_id") and not request.entry_id:
        raise InvalidRequest("The question id is missing.", field="question_id")
    if request.reason and request.reason not in FEEDBACK_REASONS:
        raise InvalidRequest(f"{request.reason!r} is not a reason.", field="reason")
    if len(request.comment) > MAX_COMMENT_LENGTH or "\x00" in request.comment:
        raise InvalidRequest(f"The comment has {len(request.comment)} characters.", field="comment")
    return FeedbackRequest(
        question_id=request.question_id,
        entry_id=request.entry_id or None,
        is_useful=request.is_useful,
        reason=None if request.is_useful else request.reason or None,
        comment=request.comment.strip(),
    )
