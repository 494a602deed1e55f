"""Text as the checks read it: no Markdown, one spelling of spaces and addresses."""

import re
import unicodedata
from functools import lru_cache

from noa_rag.french.words import fold

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LEVEL = re.compile(r"\bbac ?\+ ?(\d)", re.IGNORECASE)  # a name, not a number to be compared
_EMPHASIS = re.compile(r"\*\*|__|`|(?m:^#+ +)")
_APOSTROPHES = re.compile(r"[’ʼ‘´]")
_DASHES = re.compile(r"[‐‑‒–—−]")
_QUOTATION_MARKS = re.compile(r"[«»“”\"]")
_INLINE_SPACE = re.compile(r"[^\S\n]+")
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)|\n+")
_WORD = re.compile(r"[a-z0-9]+")

_TARGET = re.compile(r"\]\(\s*<?([^)\s>]*)[^)]*\)")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*:/*[\w@][^\s<>()\[\]«»\"*]*|\bwww\.[^\s<>()\[\]«»\"*]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,24}(?:/[^\s<>()\[\]«»\"*]*)?(?![\w])", re.IGNORECASE)
_HINT = re.compile(r"\w\.\w|@|:/|\]\(|[a-z]:\w")  # most texts have no address, and are not searched four times
_SPACED_SCHEME = re.compile(r":[^/\w]")  # "Durée: 3 mois" is no address


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Return the text without Markdown, in lower case with its accents ("dès" is not "des")."""
    return visible(text).lower()


@lru_cache(maxsize=4_096)
def visible(text: str) -> str:
    """Return the text without Markdown, capitals kept."""
    text = unicodedata.normalize("NFKC", text)
    text = _DASHES.sub("-", _APOSTROPHES.sub("'", text))
    text = _LEVEL.sub(r"bacplus\1", text)
    text = _QUOTATION_MARKS.sub(" ", _EMPHASIS.sub("", _LINK.sub(r"\1", text)))
    return _INLINE_SPACE.sub(" ", text).strip()


@lru_cache(maxsize=4_096)
def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences and list items of a plain text."""
    return tuple(part for piece in _SENTENCE_END.split(text) if (part := piece.strip(" -*;")))


@lru_cache(maxsize=4_096)
def folded_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded, in order."""
    return tuple(_WORD.findall(fold(text)))


@lru_cache(maxsize=4_096)
def spaced(text: str) -> str:
    """Return a text as patterns of words read it: folded, with single spaces."""
    return " ".join(folded_words(text))


def links(text: str) -> tuple[str, ...]:
    """Return every address in the text: targets of Markdown links, URLs, bare names of sites, mailboxes."""
    text = unicodedata.normalize("NFKC", text)
    if not _HINT.search(text):
        return ()
    targets = [target for target in _TARGET.findall(text) if target]
    rest = _TARGET.sub("] ", text)
    for pattern in (_EMAIL, _URL, _BARE):
        targets += [target for target in pattern.findall(rest) if _is_address(target)]
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
