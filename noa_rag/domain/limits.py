"""How often somebody may come: buckets that requests empty and time fills again, wherever they are counted."""

from contextvars import ContextVar
from typing import Protocol

CLIENT: ContextVar[str] = ContextVar("client", default="")
"""Whose request this is, as limits count: a network, or a key; "" for what no visitor asked for."""


class Buckets(Protocol):
    """Buckets by key, each as full as anybody left it; what is taken is told in seconds that it takes to fill again.

    `store` says who counts together: `process`, `machine` or `postgresql`. `waits` says that a call may take longer
    than an event loop can stand still, `is_failing` that another store should count.
    """

    @property
    def store(self) -> str: ...

    @property
    def waits(self) -> bool: ...

    @property
    def is_failing(self) -> bool: ...

    def take(self, key: str, seconds: float, *, room: float) -> float:
        """Take from the bucket of a key, which holds `room`, and return 0.

        Where it does not hold enough nothing is taken: the seconds until it will are returned. A full bucket gives as
        much as is asked. Less than nothing gives back.
        """


def taken(full_at: float, now: float, seconds: float, *, room: float) -> tuple[float, float]:
    """Return the moment at which a bucket will be full after so much was taken, and how long to wait first."""
    after = max(full_at, now) + seconds
    return after, max(0.0, after - now - max(room, seconds))
