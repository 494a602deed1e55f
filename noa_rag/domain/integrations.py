"""What others build on Noa: host sites with the widget, programs with a key to the API."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NewType, Protocol
from urllib.parse import urlsplit

from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest, NoaError

SiteKey = NewType("SiteKey", str)
"""The public id of a host site, as its script tag carries it: `portail-pme-7k3q9d`."""

Origin = NewType("Origin", str)
"""A scheme, a host and a port unless it is the scheme's own, as browsers write them: `https://www.example.fr`."""

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_OWN_PORTS = {"https": 443, "http": 80}
_SEEN_LIMIT = 120  # of what is repeated from a field


@dataclass(frozen=True, slots=True)
class HostSite:
    """A site as it stands now. Without themes it shows all of them; `region` and `audience` are its visitors' own."""

    key: SiteKey
    name: str
    origins: tuple[Origin, ...]
    greeting_fr: str = ""
    greeting_en: str = ""
    themes: tuple[str, ...] = ()
    region: str | None = None
    audience: Audience | None = None
    is_active: bool = True


def read_origin(text: str) -> Origin:
    """Return what somebody typed as the origin that browsers send. Raises InvalidRequest saying what is wrong."""
    typed = text.strip()
    scheme, separator, rest = typed.partition("://")
    scheme, rest = scheme.lower(), rest.removesuffix("/")
    if not separator or scheme not in _OWN_PORTS:
        raise _wrong(typed, "scheme", "begin it with https:// (or http://)")
    if "*" in rest:
        raise _wrong(typed, "wildcard", "name each site by itself, without *")
    if any(sign in rest for sign in "/?#@\\"):
        raise _wrong(typed, "path", "leave out all that follows the host and its port")
    host, port = _host_and_port(typed, rest)
    return Origin(f"{scheme}://{host}" if port in (None, _OWN_PORTS[scheme]) else f"{scheme}://{host}:{port}")


def _host_and_port(typed: str, rest: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _wrong(typed, "port", "a port is a number from 1 to 65535") from error
    if rest.endswith(":") or port == 0:
        raise _wrong(typed, "port", "a port is a number from 1 to 65535")
    if not host.isascii():
        raise _wrong(typed, "accents", "write its host as browsers do, xn--…")
    if not _HOST.fullmatch(host):
        raise _wrong(typed, "host", "name a host, such as www.example.fr")
    return host, port


def _wrong(typed: str, kind: str, remedy: str) -> InvalidRequest:
    seen = typed[:_SEEN_LIMIT]
    return InvalidRequest(
        f"`{seen}` is not an origin such as https://www.example.fr: {remedy}.", field="origins", kind=kind, seen=seen
    )


KeyId = NewType("KeyId", str)
KEY_PREFIX = "noa_"  # what else stands in an Authorization header is no key of ours: OpenAI's clients send any
PER_MINUTE_LIMIT = 100_000
_TOKEN = re.compile(r"noa_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A key without its secret, which is not kept: who has it, and how many questions a minute it may ask."""

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
    """A request bears a key that was never issued, or was revoked; messages never repeat the key."""


def hash_of(token: str) -> str:
    """Return the hash by which a key is kept; as a key is 256 random bits, no dictionary attack finds it."""
    return sha256(token.encode()).hexdigest()


def key_in(authorization: str) -> str | None:
    """Return the key that a header `Authorization` bears, None where it bears none of ours. Raises UnknownKey."""
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.startswith(KEY_PREFIX):
        return None
    if not _TOKEN.fullmatch(token):
        raise UnknownKey("The key is not as `noa keys create` shows them.")
    return token


class KnownKeys(Protocol):
    """The keys that open the API, known without asking the database for each request."""

    def find(self, token: str) -> ClientKey:
        """Return the key with this token. Raises UnknownKey for one that was never issued, or was revoked."""

    def count(self, key_id: KeyId, *, is_refused: bool) -> None:
        """Count a question of a key, answered or refused for its limit."""
