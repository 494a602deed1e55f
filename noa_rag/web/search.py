"""Searching the entries: what is typed is sent by POST, is recorded nowhere and stands in no address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litestar import get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.answering.search import FOUND_LIMIT, Found, Hit, Quote
from noa_rag.answering.wording import AUTOMATIC, say
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.question import Language
from noa_rag.translation import Translator, translator_of
from noa_rag.web.entries.next_steps import question_link
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.in_words import theme_titles
from noa_rag.web.limits import COSTS_A_PAGE
from noa_rag.web.paths import routes
from noa_rag.web.rendering import page_or_fragment, render_page
from noa_rag.web.site import Site
from noa_rag.web.widget import chosen_region

# Not `no-store`: whoever opens an entry and goes back, without JavaScript, would find an error in place of the results.
NOT_LISTED = {"x-robots-tag": "noindex"}


@get(routes("search"), include_in_schema=False)
async def search_page(site: NamedDependency[Site]) -> Template:
    """Show the field to search with, and the themes."""
    themes, is_demonstration = await site.read(site.service.themes)
    return render_page(
        site,
        "search/search.html",
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
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1
    found = await site.line.run(_search, site, typed, region, number)
    themes, is_demonstration = await site.read(site.service.themes)
    return page_or_fragment(
        request,
        site,
        page_template="search/search.html",
        fragment="search/_results.html",
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

PAGE_LENGTH = 10  # entries; a phone shows three at a time


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that was found, with the address of its page, and whether the answer there is in another language."""

    quote: Quote
    url: str
    is_answer_foreign: bool
    agency: str
    theme: str


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page of what was found; `said` is how many there are, in words, and pages count from 1.

    `notice` is said first to whoever cannot go on.
    """

    said: str
    entries: Sequence[FoundEntry] = ()
    page: int = 1
    page_count: int = 1
    is_too_short: bool = False
    notice: str = ""

    @property
    def first_number(self) -> int:
        return (self.page - 1) * PAGE_LENGTH + 1


NOTHING_TYPED = FoundPage("")


def _search(site: Site, typed: str, region: str, number: int) -> FoundPage:
    """Return the requested page of what was found, or the nearest one that exists."""
    if not typed:
        return NOTHING_TYPED
    service, language = site.service, site.language
    found = service.search(typed, region=region or None, language=language if language is Language.ENGLISH else None)
    page_count = max(1, -(-len(found.hits) // PAGE_LENGTH))
    number = min(max(number, 1), page_count)
    agencies, titles = service.agencies(), theme_titles(service.themes(), language)
    shown = found.hits[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    return FoundPage(
        said=_said(found, translator_of(language)),
        entries=[_entry(hit, agencies, titles, site) for hit in shown],
        page=number,
        page_count=page_count,
        is_too_short=found.is_too_short,
        notice=say(language, AUTOMATIC) if found.is_distress else "",
    )


def _said(found: Found, translator: Translator) -> str:
    if found.is_too_short:
        return translator.gettext("Tapez au moins trois lettres.")
    count = len(found.hits)
    if count >= FOUND_LIMIT:
        return translator.gettext(
            "Plus de %(count)s fiches : voici les %(count)s plus proches. Ajoutez un mot.", count=FOUND_LIMIT
        )
    if count == 0:
        return translator.gettext("Aucune fiche trouvée")
    return translator.ngettext("%(num)s fiche", "%(num)s fiches", count)


def _entry(hit: Hit, agencies: Mapping[AgencyId, Agency], titles: Mapping[str, str], site: Site) -> FoundEntry:
    content = hit.version.content
    agency = agencies.get(content.agency_id)
    link = question_link(hit.version, site.language, host=site.host)
    return FoundEntry(
        quote=hit.quote(site.language),
        url=link.url,
        is_answer_foreign=link.is_answer_foreign,
        agency=agency.name if agency else content.agency_id,
        theme=titles.get(content.theme, content.theme),
    )
