"""The addresses of the workspace: the same paths beneath one prefix for each language, and the pages of long lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from noa_rag.domain.question import Language

T = TypeVar("T")
PAGE_LENGTH = 20
PREFIXES = {Language.FRENCH: "/revue", Language.ENGLISH: "/en/revue"}


def review_url(language: Language, path: str = "/", query: Mapping[str, object] | None = None) -> str:
    """Return the address of a path such as `/brouillons/3f…`; empty parts of the query are left out."""
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
    """Return whether an address from a form or a link leads to a page of the workspace."""
    if not path.isprintable() or any(sign in path for sign in ("\\", "//")):
        return False
    return any(path == prefix or path.startswith((prefix + "/", prefix + "?")) for prefix in PREFIXES.values())


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a list of `total` items is shown; pages count from 1."""

    number: int
    total: int
    length: int

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.length))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.length

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """Return the items that stand on this page."""
        return items[self.offset : self.offset + self.length]


def pages_of(total: int, asked: str | None, *, length: int = PAGE_LENGTH) -> Pages:
    """Return the page that an address asks for, or the nearest there is."""
    last = Pages(1, total, length).count
    return Pages(min(max(1, number_in(asked, otherwise=1)), last), total, length)


def page_addresses(language: Language, path: str, filters: Mapping[str, object]) -> Callable[[int], str]:
    """Return a function from a page's number to its address, filters included."""
    return lambda page: review_url(language, path, {**filters, "page": page if page > 1 else None})


def number_in(text: str | None, *, otherwise: int) -> int:
    """Return the number in a text, or `otherwise` where it holds none; numbers have at most nine digits."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise
