"""Addresses: of pages in each language, of static files, and the one at which the public reaches this service."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Router
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language

PATHS: dict[str, dict[Language, str]] = {
    "home": {Language.FRENCH: "/", Language.ENGLISH: "/en/"},
    "answer": {Language.FRENCH: "/reponse/{id}", Language.ENGLISH: "/en/answer/{id}"},
    "search": {Language.FRENCH: "/recherche", Language.ENGLISH: "/en/search"},
    "theme": {Language.FRENCH: "/themes/{id}", Language.ENGLISH: "/en/themes/{id}"},
    "entry": {Language.FRENCH: "/entrees/{id}", Language.ENGLISH: "/en/entries/{id}"},
    "calendar": {Language.FRENCH: "/entrees/{id}/dates.ics", Language.ENGLISH: "/en/entries/{id}/dates.ics"},
    "journeys": {Language.FRENCH: "/parcours", Language.ENGLISH: "/en/journeys"},
    "dossier": {Language.FRENCH: "/dossier", Language.ENGLISH: "/en/my-file"},
    "dossier_calendar": {Language.FRENCH: "/dossier/dates.ics", Language.ENGLISH: "/en/my-file/dates.ics"},
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
    "legal": {Language.FRENCH: "/mentions-legales", Language.ENGLISH: "/en/legal"},
    "privacy": {Language.FRENCH: "/donnees-personnelles", Language.ENGLISH: "/en/privacy"},
}

# The same pages in the frame of a host site's widget: what is asked there is that site's.
FRAMES = {Language.FRENCH: "/widget/{key}", Language.ENGLISH: "/en/widget/{key}"}
# Pages about Noa itself, opened in a tab of their own, and what is downloaded.
NEVER_FRAMED = frozenset(
    {
        *("api", "about", "accessibility", "legal", "privacy", "news", "news_feed"),
        *("calendar", "dossier", "dossier_calendar"),
    }
)

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
    """Return the service's address without a trailing slash: the one set, or the request's if it is this machine.

    Otherwise it is empty, and links stay relative: a sender can write anything into the Host header, and whoever reads
    the page later, from a cache, would be sent there.
    """
    if base_url:
        return base_url.rstrip("/")
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _THIS_MACHINE.fullmatch(host) else ""


OWN_FILES = Path(__file__).parent / "static"
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Assets:
    """Addresses of the static files; `htmx` is None when it was not fetched, and pages do without.

    `theme_css` is loaded after Noa's own style; `operator_logo` stands beside the operator's name.
    """

    css: str
    js: str
    logo: str
    htmx: str | None
    frame_css: str
    frame_js: str
    theme_css: str | None = None
    operator_logo: str | None = None


OPERATOR_LOGOS = ("operator.svg", "operator.png")


def find_assets(static_dir: Path, theme: str = "neutral") -> Assets:
    """Return the addresses of our own files, and of htmx and the operator's logo if `static_dir` has them."""
    logos = [static_dir / name for name in OPERATOR_LOGOS if (static_dir / name).is_file()]
    htmx = static_dir / "htmx.min.js"
    return Assets(
        css=file_address(OWN_FILES / "noa.css"),
        js=file_address(OWN_FILES / "noa.js"),
        logo=file_address(OWN_FILES / "noa.svg"),
        htmx=file_address(htmx) if htmx.is_file() else None,
        frame_css=file_address(OWN_FILES / "frame.css"),
        frame_js=file_address(OWN_FILES / "frame.js"),
        theme_css=file_address(OWN_FILES / f"{theme}.css") if theme != "neutral" else None,
        operator_logo=file_address(logos[0]) if logos else None,
    )


def static_router(static_dir: Path, *more: Path) -> Router:
    """Return the router that serves these folders, and our own, under /static."""
    directories: Sequence[Path] = [OWN_FILES, *(folder for folder in (static_dir, *more) if folder.is_dir())]
    return create_static_files_router(
        path="/static",
        directories=list(directories),
        cache_control=CacheControlHeader(public=True, max_age=YEAR_SECONDS, immutable=True),
    )


def file_address(file: Path) -> str:
    """Return the address of a static file, which changes with its content."""
    return f"/static/{file.name}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:12]}"
