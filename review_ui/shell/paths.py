"""The addresses of the review: the same paths beneath one prefix for each language, and the pages of long lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from noa_rag.domain.question import Language

PREFIXES = {Language.FRENCH: "/revue", Language.ENGLISH: "/en/revue"}


def review_url(language: Language, path: str = "/", query: Mapping[str, object] | None = None) -> str:
    """Return the address of a path such as `/brouillons/3f…`, with the parts of the query that hold something."""
    filled = [(name, str(value)) for name, value in (query or {}).items() if value not in (None, "")]
    address = PREFIXES[language] + ("" if path == "/" else path)
    return f"{address}?{urlencode(filled)}" if filled else address


def other_language_url(path: str, query: str) -> str:
    """Return the address of the same page in the other language."""
    french, english = PREFIXES[Language.FRENCH], PREFIXES[Language.ENGLISH]
    there = path.removeprefix("/en") if path.startswith(english) else "/en" + path
    assert there.startswith(french) or there.startswith(english), there
    return f"{there}?{query}" if query else there


def is_own_path(path: str) -> bool:
    """Return whether an address that a form or a link brought along leads to one of our own pages."""
    if not path.isprintable() or any(sign in path for sign in ("\\", "//")):
        return False
    return any(path == prefix or path.startswith((prefix + "/", prefix + "?")) for prefix in PREFIXES.values())


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
