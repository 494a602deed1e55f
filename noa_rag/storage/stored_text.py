"""Entries and drafts as the JSON text that the database keeps, without loss, and what the audit says of versions."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from noa_rag.domain.characters import INVISIBLE, LINE_END, code_point
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryContent
from noa_rag.domain.errors import InvalidRequest
from noa_rag.storage.tables import in_utc

_decoder = msgspec.json.Decoder(EntryContent)
_encoder = msgspec.json.Encoder(order="deterministic")

VERSION_ADDED = "version_added"
_SAID = ("version", "status", "author", "content_hash", "note", "editors")

_draft_decoder = msgspec.json.Decoder(Draft)


def content_to_text(content: EntryContent) -> str:
    """Return the same text for the same content, so that hashes can be compared."""
    return _encoder.encode(content).decode()


def content_from_text(text: str) -> EntryContent:
    return _decoder.decode(text)


def content_hash(text: str) -> str:
    """Return the SHA-256 of a content's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def version_detail(row: Mapping[str, Any]) -> dict[str, str | int | None]:
    """Return the detail of the audit entry for a row of `entry_versions`; its actor is the approver."""
    approved_at = in_utc(row["approved_at"]).isoformat(timespec="microseconds")
    return {**{name: row[name] for name in _SAID}, "approved_at": approved_at}


def check_one_line(field: str, text: str) -> None:
    """Raise InvalidRequest where a text has more than one line, or a character that nobody sees."""
    if match := INVISIBLE.search(text) or LINE_END.search(text):
        seen = code_point(match.group())
        raise InvalidRequest(
            f"The text holds an invisible character, {seen}; type it instead of pasting it.",
            field=field,
            kind="invisible_character",
            seen=seen,
        )


def draft_to_text(draft: Draft) -> str:
    return _encoder.encode(draft).decode()


def draft_from_text(text: str) -> Draft:
    return _draft_decoder.decode(text)
