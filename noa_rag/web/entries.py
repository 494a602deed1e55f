"""The pages of one entry and of one theme."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import NoaError
from noa_rag.domain.facts import OutdatedFact
from noa_rag.web.entry_text import question_link
from noa_rag.web.errors import EntryGone
from noa_rag.web.paths import language_of, page_path, routes
from noa_rag.web.rendering import page_or_fragment, render_page
from noa_rag.web.service import NoaService
from noa_rag.web.site import Site
from noa_rag.web.views import HEADING_IN_CONVERSATION, steps_of, view_entry


@get(routes("entry"), include_in_schema=False)
async def entry_page(
    request: HTMXRequest,
    site: NamedDependency[Site],
    item_id: FromPath[str],
    question: FromQuery[str | None] = None,
    offered_by: Annotated[str | None, QueryParameter(name="from")] = None,
) -> Template | Redirect:
    """Show an entry, with the question that led to it when the visitor chose it among several.

    Whoever asks for one that was retired is led to the one that took its place.
    `from` is that question's number: that the visitor took the choice is then written down.
    """
    language = language_of(request.url.path)
    entry_id = EntryId(item_id)
    try:
        entry, agencies, known, outdated = await site.line.run(_find_entry, site.service, entry_id, offered_by)
    except EntryGone:
        replacement = await site.line.run(site.service.replacement_of, entry_id)
        if replacement is None:
            raise
        query = {"question": question or ""}
        return Redirect(page_path("entry", language, replacement, query, host=site.host), status_code=301)
    level = HEADING_IN_CONVERSATION if request.htmx else 1
    return page_or_fragment(
        request,
        site,
        page_template="entries/entry.html",
        fragment="entries/_exchange.html",
        language=language,
        page="entry",
        item_id=item_id,
        query={"question": question or ""},
        is_demonstration=entry.content.origin == "demonstration",
        entry=view_entry(
            entry,
            agencies=agencies,
            language=language,
            heading_level=level,
            host=site.host,
            known=known,
            outdated=outdated,
        ),
        question=question or "",
    )


@get(routes("theme"), include_in_schema=False)
async def theme_page(request: HTMXRequest, site: NamedDependency[Site], item_id: FromPath[str]) -> Template:
    """Show every question of a theme."""
    language = language_of(request.url.path)
    theme, themes, entries, is_demonstration = await site.line.run(_find_theme, site.service, item_id)
    return render_page(
        site,
        "entries/theme.html",
        language=language,
        page="theme",
        item_id=item_id,
        is_demonstration=is_demonstration,
        theme=theme,
        themes=themes,
        entries=[question_link(entry, language, host=site.host) for entry in entries],
    )


def _find_entry(
    service: NoaService, entry_id: EntryId, offered_by: str | None
) -> tuple[EntryVersion, Mapping[AgencyId, Agency], Mapping[EntryId, EntryVersion], tuple[OutdatedFact, ...]]:
    entry = service.entry(entry_id)
    if entry is None:
        raise EntryGone(entry_id)
    if offered_by:
        with suppress(NoaError):  # the entry is what the visitor came for
            service.record_choice(offered_by, entry_id)
    return entry, service.agencies(), service.servable_among(steps_of(entry)), service.outdated_facts(entry)


def _find_theme(service: NoaService, theme_id: str) -> tuple[Theme, Sequence[Theme], Sequence[EntryVersion], bool]:
    themes = service.themes()
    theme = next((theme for theme in themes if theme.id == theme_id), None)
    if theme is None:
        raise EntryGone(theme_id)
    return theme, themes, service.theme_entries(theme_id), service.is_demonstration()
