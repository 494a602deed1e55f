"""Long lists in pages, with addresses that keep the filters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from noa_rag.domain.question import Language
from review_ui.shell.paths import review_url

PAGE_LENGTH = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """One page of a list; pages count from 1."""

    items: Sequence[T]
    total: int
    page: int
    page_count: int


def listed(items: Sequence[T], page: int) -> Listed[T]:
    """Return a page of a list, the nearest there is to the one asked for."""
    page_count = max(1, -(-len(items) // PAGE_LENGTH))
    page = min(max(page, 1), page_count)
    return Listed(items[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH], len(items), page, page_count)


def page_addresses(language: Language, path: str, filters: Mapping[str, object]) -> Callable[[int], str]:
    """Return what gives the address of a page of this list."""
    return lambda page: review_url(language, path, {**filters, "page": page if page > 1 else None})


def number_in(text: str | None, *, otherwise: int) -> int:
    """Return the number that a form or an address gives, or another where it gives none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise
