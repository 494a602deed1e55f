"""What the templates of the editor and of the public's view need beside the content."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from litestar import Request

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import Audience
from noa_rag.domain.question import Language
from noa_rag.web.paths import language_of, page_path
from noa_rag.web.texts import Texts
from review_ui.entries.content_words import problem_in_words
from review_ui.shell.lookups import agency_name, theme_title
from review_ui.texts import ReviewTexts


def editor_words(
    request: Request[Any, Any, Any], agencies: Mapping[AgencyId, Agency], themes: Sequence[Theme]
) -> dict[str, Any]:
    """Return the options of the editor's lists, in the page's language."""
    language = language_of(request.url.path)
    texts = ReviewTexts(language)
    return {
        "agency_options": agency_options(agencies),
        "theme_options": {one.id: theme_title(one, language) for one in themes},
        "audience_options": {one.value: texts(f"audience_{one.value}") for one in Audience},
        "colon": colon(language),
        "in_words": partial(problem_in_words, language),
    }


def agency_options(agencies: Mapping[AgencyId, Agency]) -> dict[str, str]:
    """Return the agencies by name, in the order of their names."""
    named = sorted((agency_name(one, id_), id_) for id_, one in agencies.items())
    return {id_: name for name, id_ in named}


def public_words(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Return the words and addresses that the public's own templates ask for."""
    language = language_of(request.url.path)

    def public_url(page: str, item_id: str = "", query: Mapping[str, str] | None = None, **more: str) -> str:
        return page_path(page, language, item_id, {**(query or {}), **more})

    return {"public_t": Texts(language), "public_url": public_url}


def colon(language: Language) -> str:
    """Return a colon with the space that French writes before it."""
    return "\N{NO-BREAK SPACE}: " if language is Language.FRENCH else ": "
