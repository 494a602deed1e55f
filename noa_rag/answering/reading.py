"""Checks what comes from outside beside a question (day, region, ids) and makes domain objects of it."""

import uuid
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import TypeVar

from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Ask, Language, Mode
from noa_rag.domain.regions import is_known_region

FEWEST_DIGITS = 6  # different ones; a random id of 32 digits has fewer once in more than a billion times
MAX_ID_LENGTH = 64  # Ours have 32 to 36 characters; anything longer was made up.

Option = TypeVar("Option", bound=StrEnum)


def read_question(
    text: str,
    *,
    region: str | None = None,
    audience: str | None = None,
    lang: str | None = None,
    as_of: str | None = None,
    mode: str | None = None,
    conversation_id: str | None = None,
) -> Ask:
    """Return the question as the answer path takes it. Raises InvalidRequest naming the wrong field."""
    return Ask(
        text=text,
        region=_region(region),
        audience=_option(Audience, audience, field="audience"),
        language=_option(Language, lang, field="lang"),
        as_of=read_day(as_of, field="as_of"),
        mode=_option(Mode, mode, field="mode") or Mode.STRICT,
        conversation_id=read_conversation_id(conversation_id),
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


def read_conversation_id(text: str | None) -> str | None:
    """Return the id of a conversation, None for one that Noa does not issue: its answer then bears a new one.

    Whoever knows the id is told what the conversation was about, so that one that can be guessed ("1", "test") opens
    none. Ids are random (UUID version 4), 32 hexadecimal digits, with or without dashes.
    """
    read = read_id(text, field="conversation_id")
    if read is None:
        return None
    with suppress(ValueError):
        identifier = uuid.UUID(read)
        if identifier.version == 4 and len(set(identifier.hex)) >= FEWEST_DIGITS:
            return identifier.hex
    return None


def read_id(text: str | None, *, field: str) -> str | None:
    if text and (len(text) > MAX_ID_LENGTH or not text.isprintable()):
        raise InvalidRequest("An id of ours is shorter, and printable.", field=field)
    return text or None
