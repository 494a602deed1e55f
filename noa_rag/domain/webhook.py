"""Events for other services, signed as Standard Webhooks 1.0 has it: https://www.standardwebhooks.com."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noa_rag.domain.entry import EntryId

SECRET_PREFIX = "whsec_"
KEY_BYTES = (24, 64)  # as the specification wants


class EventType(StrEnum):
    """What may have become of an entry."""

    PUBLISHED = "entry.published"
    WITHDRAWN = "entry.withdrawn"


@dataclass(frozen=True, slots=True)
class EntryEvent:
    """A version of an entry that was published or withdrawn; `number` and `hash` are those of its audit entry."""

    number: int
    hash: str
    type: EventType
    entry_id: EntryId
    version: int
    at: datetime

    @property
    def id(self) -> str:
        """The number that stays the same however often the event is told, and that no other event has."""
        return f"msg_{self.hash[:32]}"


def signing_keys(secrets: str) -> tuple[bytes, ...]:
    """Return the keys of secrets with commas between them; none where one of them cannot be one."""
    keys: list[bytes] = []
    for secret in secrets.split(","):
        try:
            key = base64.b64decode(secret.strip().removeprefix(SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            return ()
        if not secret.strip().startswith(SECRET_PREFIX) or not KEY_BYTES[0] <= len(key) <= KEY_BYTES[1]:
            return ()
        keys.append(key)
    return tuple(keys)


def signed(event_id: str, sent_at: int, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """Return the headers that vouch for a body: HMAC-SHA256 over `id.timestamp.body`, once for each key.

    `sent_at` is in seconds since 1970, of this attempt.
    """
    said = b".".join((event_id.encode(), str(sent_at).encode(), body))
    made = (base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(sent_at),
        "webhook-signature": " ".join(f"v1,{one}" for one in made),
    }
