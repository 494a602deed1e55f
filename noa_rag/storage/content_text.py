"""The content of an entry as the JSON text that the database keeps, and back, without loss."""

import hashlib

import msgspec

from noa_rag.domain.entry import EntryContent

_decoder = msgspec.json.Decoder(EntryContent)
_encoder = msgspec.json.Encoder(order="deterministic")


def content_to_text(content: EntryContent) -> str:
    """Return the same text for the same content, so that hashes can be compared."""
    return _encoder.encode(content).decode()


def content_from_text(text: str) -> EntryContent:
    return _decoder.decode(text)


def content_hash(text: str) -> str:
    """Return the SHA-256 of a content's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
