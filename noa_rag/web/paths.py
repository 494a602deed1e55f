"""The addresses of the pages in each language."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from noa_rag.domain.question import Language

PATHS: dict[str, dict[Language, str]] = {
    "home": {Language.FRENCH: "/", Language.ENGLISH: "/en/"},
    "theme": {Language.FRENCH: "/themes/{id}", Language.ENGLISH: "/en/themes/{id}"},
    "entry": {Language.FRENCH: "/entrees/{id}", Language.ENGLISH: "/en/entries/{id}"},
    "feedback": {Language.FRENCH: "/avis", Language.ENGLISH: "/en/feedback"},
    "thanks": {Language.FRENCH: "/avis/merci", Language.ENGLISH: "/en/feedback/thanks"},
    "api": {Language.FRENCH: "/api/docs", Language.ENGLISH: "/api/docs?lang=en"},
    "about": {Language.FRENCH: "/a-propos", Language.ENGLISH: "/en/about"},
    "accessibility": {Language.FRENCH: "/accessibilite", Language.ENGLISH: "/en/accessibility"},
}


def routes(page: str) -> list[str]:
    """Return the page's paths in every language, as Litestar writes them."""
    return [path.replace("{id}", "{item_id:str}") for path in PATHS[page].values()]


def page_path(page: str, language: Language, item_id: str = "", query: Mapping[str, str] | None = None) -> str:
    """Return the address of a page, with the parts of the query that hold something."""
    path = PATHS[page][language].replace("{id}", quote(item_id, safe=""))
    filled = {name: value for name, value in (query or {}).items() if value}
    return f"{path}?{urlencode(filled)}" if filled else path


def language_of(path: str) -> Language:
    """Return the language that the address of a page stands for."""
    return Language.ENGLISH if path == "/en" or path.startswith("/en/") else Language.FRENCH
