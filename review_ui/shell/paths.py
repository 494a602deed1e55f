"""The addresses of the review: the same paths beneath one prefix for each language."""

from collections.abc import Mapping
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
