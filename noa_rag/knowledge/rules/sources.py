"""Sources that do not lead to the text that they name: a site's home page, a code as a whole."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from noa_rag.knowledge.rules.finding import Checked, Finding, found

HOME_PAGE = "home-page-source"
_HOME = re.compile(r"/?(?:fr|en|accueil|index(?:\.\w+)?|home|portail)?/?", re.IGNORECASE)
_WHOLE_CODE = re.compile(r"/(?:codes/(?:texte_lc|id)|affichCode\.do)/?(?:LEGITEXT\d+)?(?:/\d{4}-\d\d-\d\d)?/?")


def home_page_sources(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        for number, source in enumerate(file.content.sources):
            if kind := unspecific(source.url):
                message = f"the source {source.url} is {kind}: name the page or the article that says it"
                yield found(HOME_PAGE, file, f"sources[{number}]", message)


def unspecific(url: str) -> str:
    """Return what a source is when it leads to no text in particular, nothing when it does."""
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        return ""
    if _HOME.fullmatch(parts.path):
        return "a home page"
    is_law = parts.netloc.endswith("legifrance.gouv.fr")
    return "a whole code" if is_law and _WHOLE_CODE.fullmatch(parts.path) else ""
