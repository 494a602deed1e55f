"""The addresses of the pages in each language, and the one at which the public reaches this service."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request

from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language

PATHS: dict[str, dict[Language, str]] = {
    "home": {Language.FRENCH: "/", Language.ENGLISH: "/en/"},
    "answer": {Language.FRENCH: "/reponse/{id}", Language.ENGLISH: "/en/answer/{id}"},
    "search": {Language.FRENCH: "/recherche", Language.ENGLISH: "/en/search"},
    "theme": {Language.FRENCH: "/themes/{id}", Language.ENGLISH: "/en/themes/{id}"},
    "entry": {Language.FRENCH: "/entrees/{id}", Language.ENGLISH: "/en/entries/{id}"},
    "rephrase": {Language.FRENCH: "/reformuler/{id}", Language.ENGLISH: "/en/rephrase/{id}"},
    "feedback": {Language.FRENCH: "/avis", Language.ENGLISH: "/en/feedback"},
    "thanks": {Language.FRENCH: "/avis/merci", Language.ENGLISH: "/en/feedback/thanks"},
    "follow": {Language.FRENCH: "/suivi", Language.ENGLISH: "/en/follow"},
    "followed": {Language.FRENCH: "/suivi/{id}", Language.ENGLISH: "/en/follow/{id}"},
    "news": {Language.FRENCH: "/nouveautes", Language.ENGLISH: "/en/news"},
    "news_feed": {Language.FRENCH: "/nouveautes.atom", Language.ENGLISH: "/en/news.atom"},
    "api": {Language.FRENCH: "/api/docs", Language.ENGLISH: "/api/docs?lang=en"},
    "about": {Language.FRENCH: "/a-propos", Language.ENGLISH: "/en/about"},
    "accessibility": {Language.FRENCH: "/accessibilite", Language.ENGLISH: "/en/accessibility"},
}

# The same pages in the frame of a host site's widget: what is asked there is that site's.
FRAMES = {Language.FRENCH: "/widget/{key}", Language.ENGLISH: "/en/widget/{key}"}
NEVER_FRAMED = frozenset(
    {"api", "about", "accessibility", "news", "news_feed"}
)  # pages about Noa itself, opened in a tab of their own

_THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")


def routes(page: str) -> list[str]:
    """Return the page's paths in every language, in frames too, as Litestar writes them."""
    paths = [*PATHS[page].values()]
    if page not in NEVER_FRAMED:
        paths += [_framed_path(page, language, "{site_key:str}") for language in Language]
    return [path.replace("{id}", "{item_id:str}") for path in paths]


def page_path(
    page: str,
    language: Language,
    item_id: str = "",
    query: Mapping[str, str] | None = None,
    *,
    host: HostSite | None = None,
) -> str:
    """Return the address of a page, in a host site's frame or not, with the parts of the query that hold something."""
    is_framed = host is not None and page not in NEVER_FRAMED
    template = _framed_path(page, language, host.key) if host and is_framed else PATHS[page][language]
    path = template.replace("{id}", quote(item_id, safe=""))
    filled = {name: value for name, value in (query or {}).items() if value}
    return f"{path}?{urlencode(filled)}" if filled else path


def language_of(path: str) -> Language:
    """Return the language that the address of a page stands for."""
    return Language.ENGLISH if path == "/en" or path.startswith("/en/") else Language.FRENCH


def _framed_path(page: str, language: Language, key: str) -> str:
    path = PATHS[page][language].removeprefix("/en" if language is Language.ENGLISH else "")
    return FRAMES[language].replace("{key}", key) + path.rstrip("/")


def own_address(request: Request[Any, Any, Any], base_url: str | None) -> str:
    """Return the address without a slash at its end: the one that is set, or the one asked where that is this machine.

    Otherwise it is empty, and links stay relative: the Host header says what its sender likes, and who reads
    the page later, from a cache, is sent there.
    """
    if base_url:
        return base_url.rstrip("/")
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _THIS_MACHINE.fullmatch(host) else ""
