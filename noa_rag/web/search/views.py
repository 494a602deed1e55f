"""What a search found, as the pages show it: a page of entries, each with the passage that matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from noa_rag.answering.search import FOUND_LIMIT, Found, Hit, Quote
from noa_rag.answering.wording import wording
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language
from noa_rag.web.paths import page_path
from noa_rag.web.texts import Texts

PAGE_LENGTH = 10  # entries; a phone shows three at a time


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that was found, with the address of its page."""

    quote: Quote
    url: str
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


def view_found(
    found: Found,
    *,
    page: int,
    agencies: Mapping[AgencyId, Agency],
    themes: Sequence[Theme],
    language: Language,
    host: HostSite | None = None,
) -> FoundPage:
    """Return a page of what was found, the nearest there is to the one asked for."""
    page_count = max(1, -(-len(found.hits) // PAGE_LENGTH))
    page = min(max(page, 1), page_count)
    titles = {theme.id: theme.title_en if language is Language.ENGLISH else theme.title for theme in themes}
    shown = found.hits[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH]
    return FoundPage(
        said=_said(found, Texts(language)),
        entries=[_entry(hit, agencies, titles, language, host) for hit in shown],
        page=page,
        page_count=page_count,
        is_too_short=found.is_too_short,
        notice=wording(language).automatic if found.is_distress else "",
    )


def _said(found: Found, texts: Texts) -> str:
    if found.is_too_short:
        return texts("search_too_short")
    count = len(found.hits)
    if count >= FOUND_LIMIT:
        return texts("search_found_at_most", count=FOUND_LIMIT)
    return texts(
        "search_found_none" if count == 0 else "search_found_one" if count == 1 else "search_found", count=count
    )


def _entry(
    hit: Hit, agencies: Mapping[AgencyId, Agency], themes: Mapping[str, str], language: Language, host: HostSite | None
) -> FoundEntry:
    content = hit.version.content
    agency = agencies.get(content.agency_id)
    return FoundEntry(
        quote=hit.quote(language),
        url=page_path("entry", language, hit.version.id, host=host),
        agency=agency.name if agency else content.agency_id,
        theme=themes.get(content.theme, content.theme),
    )
