"""Addresses of pages and mailboxes in a text, in one spelling."""

import re
import unicodedata
from functools import lru_cache

_TARGET = re.compile(r"\]\(\s*<?([^)\s>]*)[^)]*\)")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*:/*[\w@][^\s<>()\[\]«»\"*]*|\bwww\.[^\s<>()\[\]«»\"*]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,24}(?:/[^\s<>()\[\]«»\"*]*)?(?![\w])", re.IGNORECASE)
_HINT = re.compile(r"\w\.\w|@|:/|\]\(|[a-z]:\w")  # most texts have no address, and are not searched four times
_SPACED_SCHEME = re.compile(r":[^/\w]")  # "Durée: 3 mois" is no address


def links(text: str) -> tuple[str, ...]:
    """Return every address in the text: targets of Markdown links, URLs, bare names of sites, mailboxes."""
    text = unicodedata.normalize("NFKC", text)
    if not _HINT.search(text):
        return ()
    targets = [found for found in _TARGET.findall(text) if found]
    rest = _TARGET.sub("] ", text)
    for pattern in (_EMAIL, _URL, _BARE):
        targets += [found for found in pattern.findall(rest) if _is_address(found)]
        rest = pattern.sub(" ", rest)
    return tuple(dict.fromkeys(canonical(target) for target in targets))


@lru_cache(maxsize=4_096)
def without_links(text: str) -> str:
    """Return the text without addresses; the words of Markdown links stay."""
    text = unicodedata.normalize("NFKC", text)
    if not _HINT.search(text):
        return text
    text = _TARGET.sub("]()", text)
    for pattern in (_EMAIL, _URL, _BARE):
        text = pattern.sub(lambda found: " " if _is_address(found[0]) else found[0], text)
    return text


def canonical(link: str) -> str:
    """Return an address without what two spellings of one page differ in: scheme, "www.", a slash at the end."""
    link = link.strip().rstrip(".,;:!?")
    link = re.sub(r"^(?:https?://|mailto:)?(?:www\.)?", "", link, flags=re.IGNORECASE)
    host, slash, path = link.rstrip("/").partition("/")
    return host.lower() + slash + path


def is_linked(link: str, official: tuple[str, ...]) -> bool:
    """Tell whether the official text has this address, or a page of it: naming the site alone is naming less."""
    return any(link == other or ("/" not in link and other.startswith(f"{link}/")) for other in official)


def _is_address(found: str) -> bool:
    return not _SPACED_SCHEME.search(found) and not found[0].isdigit()
