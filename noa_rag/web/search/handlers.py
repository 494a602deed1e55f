"""Searching the entries: what is typed is sent by POST, is recorded nowhere and stands in no address."""

from collections.abc import Sequence

from litestar import get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.agency import Theme
from noa_rag.domain.question import Language
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of, routes
from noa_rag.web.rate_limit import COSTS_A_PAGE
from noa_rag.web.rendering import page_or_fragment, render_page
from noa_rag.web.search.views import NOTHING_TYPED, FoundPage, view_found
from noa_rag.web.site import Site
from noa_rag.web.widget.frames import chosen_region

# Not `no-store`: whoever opens an entry and goes back, without JavaScript, would find an error in place of the results.
NOT_LISTED = {"x-robots-tag": "noindex"}


@get(routes("search"), include_in_schema=False)
async def search_page(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Show the field to search with, and the themes."""
    themes, is_demonstration = await site.line.run(_about, site)
    return render_page(
        site,
        "search/search.html",
        language=language_of(request.url.path),
        page="search",
        is_demonstration=is_demonstration,
        found=NOTHING_TYPED,
        themes=themes,
    )


@post(routes("search"), include_in_schema=False, status_code=200, opt=COSTS_A_PAGE)
async def search(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Show the entries found for what was typed, as a page or in place; the address does not change."""
    form = await read_form(request)
    typed, page = text_field(form, "q").strip(), text_field(form, "page")
    region = chosen_region(site.host, text_field(form, "region"))
    request.state.question = typed
    language = language_of(request.url.path)
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1
    found = await site.line.run(_search, site, typed, region, number, language)
    themes, is_demonstration = await site.line.run(_about, site)
    return page_or_fragment(
        request,
        site,
        page_template="search/search.html",
        fragment="search/_results.html",
        language=language,
        page="search",
        headers=NOT_LISTED,
        is_demonstration=is_demonstration,
        found=found,
        themes=themes,
        searched=typed,
        region=region,
        is_turned=bool(page),
    )


HANDLERS = (search_page, search)


def _search(site: Site, typed: str, region: str, page: int, language: Language) -> FoundPage:
    if not typed:
        return NOTHING_TYPED
    service = site.service
    spoken = language if language is Language.ENGLISH else None
    return view_found(
        service.search(typed, region=region or None, language=spoken),
        page=page,
        agencies=service.agencies(),
        themes=service.themes(),
        language=language,
        host=site.host,
    )


def _about(site: Site) -> tuple[Sequence[Theme], bool]:
    return site.service.themes(), site.service.is_demonstration()
