"""A draft as the JSON text that the database keeps, and back, without loss."""

import msgspec

from noa_rag.domain.draft import Draft

_decoder = msgspec.json.Decoder(Draft)
_encoder = msgspec.json.Encoder(order="deterministic")


def draft_to_text(draft: Draft) -> str:
    return _encoder.encode(draft).decode()


def draft_from_text(text: str) -> Draft:
    return _decoder.decode(text)
