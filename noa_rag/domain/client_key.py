"""Keys by which programs of others are known to the API, each with a limit of its own."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NewType, Protocol

from noa_rag.domain.errors import NoaError

KeyId = NewType("KeyId", str)
PREFIX = "noa_"  # what else stands in an Authorization header is no key of ours: clients of OpenAI's protocol send any
PER_MINUTE_LIMIT = 100_000
_TOKEN = re.compile(r"noa_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A key without its words, which nobody keeps: who has it, and how many questions a minute it may ask."""

    id: KeyId
    name: str
    per_minute: int
    created_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How many questions of a key were let through, and refused for its limit."""

    let_through: int = 0
    refused: int = 0

    def __add__(self, other: "KeyUse") -> "KeyUse":
        return KeyUse(self.let_through + other.let_through, self.refused + other.refused)


class UnknownKey(NoaError):
    """A request bears a key that was never given, or that was revoked; it is never repeated."""


def hash_of(token: str) -> str:
    """Return what is kept of a key: it is 256 random bits, which no list of words holds."""
    return sha256(token.encode()).hexdigest()


def key_in(authorization: str) -> str | None:
    """Return the key that a header `Authorization` bears, None where it bears none of ours. Raises UnknownKey."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.startswith(PREFIX):
        return None
    if not _TOKEN.fullmatch(token):
        raise UnknownKey("The key is not as `noa keys create` shows them.")
    return token


class KnownKeys(Protocol):
    """The keys that open the API, known without asking the database for each request."""

    def find(self, token: str) -> ClientKey:
        """Return the key that these words are. Raises UnknownKey for one never given, or revoked."""

    def count(self, key_id: KeyId, *, is_refused: bool) -> None:
        """Count a question of a key, answered or refused for its limit."""
