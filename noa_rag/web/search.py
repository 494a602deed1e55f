"""Searching the entries: what is typed stands in the address of what was found, and is recorded nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.answering.search import FOUND_LIMIT, Found, Hit, Quote
from noa_rag.answering.wording import AUTOMATIC, say
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.question import Language
from noa_rag.translation import Translator, translator_of
from noa_rag.web.entries.next_steps import question_link
from noa_rag.web.in_words import theme_titles
from noa_rag.web.limits import COSTS_A_PAGE
from noa_rag.web.paths import routes
from noa_rag.web.rendering import ONLY_FOR_ITS_VISITOR, page_or_fragment
from noa_rag.web.site import Site
from noa_rag.web.widget import chosen_region


@get(routes("search"), include_in_schema=False, opt=COSTS_A_PAGE)
async def search(
    request: HTMXRequest,
    site: NamedDependency[Site],
    *,
    q: FromQuery[str | None] = None,
    region: FromQuery[str | None] = None,
    page: FromQuery[str | None] = None,
) -> Template | Redirect:
    """Show the field to search with, the entries found for what was typed, and the themes; in place for htmx.

    The form to ask with may send its words here: what else it sends does not stay in the address.
    """
    typed, page = (q or "").strip(), page or ""
    address = {"q": typed, "region": region or "", "page": page}
    if "conversation_id" in request.query_params or "audience" in request.query_params:
        return Redirect(site.path("search", query=address), status_code=303)
    region = chosen_region(site.host, region)
    request.state.question = typed
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 4 else 1
    results = await site.line.run(_search, site, typed, region, number)
    themes, is_demonstration = await site.read(site.service.themes)
    return page_or_fragment(
        request,
        site,
        page_template="search/search.html",
        fragment="search/_results.html",
        page="search",
        query=address,
        headers={"hx-replace-url": site.path("search", query=address), **(ONLY_FOR_ITS_VISITOR if typed else {})},
        is_demonstration=is_demonstration,
        found=results,
        themes=themes,
        searched=typed,
        region=region,
        is_turned=bool(page),
    )


HANDLERS = (search,)

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
    results = service.search(typed, region=region or None, language=language if language is Language.ENGLISH else None)
    page_count = max(1, -(-len(results.hits) // PAGE_LENGTH))
    number = min(max(number, 1), page_count)
    agencies, titles = service.agencies(), theme_titles(service.themes(), language)
    shown = results.hits[(number - 1) * PAGE_LENGTH : number * PAGE_LENGTH]
    return FoundPage(
        said=_said(results, translator_of(language)),
        entries=[_entry(hit, agencies, titles, site) for hit in shown],
        page=number,
        page_count=page_count,
        is_too_short=results.is_too_short,
        notice=say(language, AUTOMATIC) if results.is_distress else "",
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
