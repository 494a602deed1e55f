"""Host sites: other people's sites whose pages carry the widget, each under a public key."""

import re
from dataclasses import dataclass
from typing import NewType
from urllib.parse import urlsplit

from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest

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
