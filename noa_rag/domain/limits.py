"""Rate limits: buckets that requests empty and time refills, and the form in which limits count addresses."""

import ipaddress
from contextvars import ContextVar
from typing import Protocol

from noa_rag.domain.errors import NoaError

CLIENT: ContextVar[str] = ContextVar("client", default="")
"""Whose request this is, as limits count: a network, or a key; "" for what no visitor asked for."""

IS_BEYOND_LIMIT: ContextVar[bool] = ContextVar("is_beyond_limit", default=False)
"""Whether this request is let through although its client has asked too often: it is a message of distress."""


class TooOften(NoaError):
    """An address or a key has asked too often; `retry_seconds` says when it may again."""

    def __init__(self, *, retry_seconds: int, kind: str = "too_often") -> None:
        super().__init__("Too many requests came from this address, or with this key.")
        self.retry_seconds = retry_seconds
        self.kind = kind


class Buckets(Protocol):
    """Token buckets by key; an amount is told as the seconds that a bucket takes to refill it.

    `store` says which callers share the buckets: `process`, `machine` or `postgresql`. `waits` says that a call may
    block for longer than an event loop allows, `is_failing` that another store should count.
    """

    @property
    def store(self) -> str: ...

    @property
    def waits(self) -> bool: ...

    @property
    def is_failing(self) -> bool: ...

    def take(self, key: str, seconds: float, *, room: float) -> float:
        """Take `seconds` from the bucket of a key, whose capacity is `room`, and return 0.

        Where it does not hold enough, take nothing and return the seconds until it does. A full bucket gives any
        amount; a negative amount is given back.
        """


def taken(full_at: float, now: float, seconds: float, *, room: float) -> tuple[float, float]:
    """Return the moment at which a bucket will be full after so much was taken, and how long to wait first."""
    after = max(full_at, now) + seconds
    return after, max(0.0, after - now - max(room, seconds))


def network_of(address: str) -> str:
    """Return an IPv4 address as it is, and the /64 of an IPv6 address: whoever has one of those has all of it.

    What is no address, such as the name of a test client, is returned unchanged.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        mapped = known.ipv4_mapped
        return str(mapped or ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def is_written_out(host: str) -> bool:
    """Return whether a host is an IP address or this machine: whoever writes that knows where it leads."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    return True


def wrong_networks(listed: str) -> list[str]:
    """Return what in a list with commas is neither an address nor a network such as 10.0.0.0/8."""
    return [network for network in networks(listed) if not _is_network(network)]


def networks(listed: str) -> list[str]:
    """Return the parts of a list with commas."""
    return [part for network in listed.split(",") if (part := network.strip())]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
