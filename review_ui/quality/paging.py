"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from litestar import Request

PAGE_SIZE = 40
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a reader is in a list of `total`; pages count from 1."""

    number: int
    total: int

    @property
    def count(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def offset(self) -> int:
        return (self.number - 1) * PAGE_SIZE

    def of(self, listed: Sequence[T]) -> Sequence[T]:
        """Return the part of a list that stands on this page."""
        return listed[self.offset : self.offset + PAGE_SIZE]


def pages(request: Request[Any, Any, Any], total: int) -> Pages:
    """Return the page that the address asks for, the nearest there is."""
    asked = request.query_params.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 1
    last = Pages(1, total).count
    return Pages(min(max(1, number), last), total)
