"""The shapes of what the JSON API takes, and of its smaller replies; answers and entries are in `answering`."""

from typing import Literal, NotRequired, TypedDict

import msgspec

FeedbackReason = Literal["off_topic", "incomplete", "unclear", "outdated", "other"]


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


class FeedbackRequest(msgspec.Struct):
    """A visitor's verdict on the answer that bore this question_id."""

    question_id: str
    is_useful: bool
    reason: str | None = None
    """When not useful: off_topic, incomplete, unclear, outdated or other."""
    comment: str = ""


class ThemePayload(TypedDict):
    id: str
    title: str
    title_en: str


class ThemesPayload(TypedDict):
    themes: list[ThemePayload]


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
