"""« Mon dossier »: the lists of steps that a visitor began to tick, and their days as one calendar.

What she ticked is kept by her browser alone. The page asks for the lists as anybody may read them; nothing is recorded.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.web.ask.exchanges import views_of
from noa_rag.web.entries.next_steps import MEDIA_TYPE, Deadline, calendar_of, dated_view, deadlines
from noa_rag.web.entries.views import EntryView, steps_of
from noa_rag.web.errors import EntryGone
from noa_rag.web.paths import own_address, routes
from noa_rag.web.rendering import ONLY_FOR_ITS_VISITOR, page_or_fragment
from noa_rag.web.site import Site

LISTS_LIMIT = 30  # there are about as many lists; each is a page's work
Dated = list[tuple[EntryVersion, list[Deadline]]]


@get(routes("dossier"), include_in_schema=False)
async def dossier_page(
    request: HTMXRequest, site: NamedDependency[Site], fiche: FromQuery[list[str] | None] = None
) -> Template:
    """Show the frame of the page; its script asks for the lists that the browser knows, by their entries' ids."""
    ids = wanted(fiche)
    (views, dated), is_demonstration = await site.read(_lists, site, ids)
    today = today_in_paris()
    listed = sorted((day for _, days in dated for day in days), key=lambda day: (day.on, day.fact.id))
    return page_or_fragment(
        request,
        site,
        page_template="dossier/dossier.html",
        fragment="dossier/_lists.html",
        page="dossier",
        headers=ONLY_FOR_ITS_VISITOR if ids else {},
        is_demonstration=is_demonstration,
        lists=views,
        missing_count=len(ids) - len(views),
        dates=[dated_view(day, today, site.language) for day in listed],
        calendar_url=f"{site.path('dossier_calendar')}?{_query(ids)}" if dated else "",
    )


@get(routes("dossier_calendar"), include_in_schema=False)
async def dossier_calendar(
    request: HTMXRequest, site: NamedDependency[Site], fiche: FromQuery[list[str] | None] = None
) -> Response[bytes]:
    """Give the days to come of these lists to a calendar; raises EntryGone where there is none."""
    _, dated = await site.line.run(_lists, site, wanted(fiche))
    if not dated:
        raise EntryGone(", ".join(wanted(fiche)))
    address = own_address(request, site.base_url)
    content = calendar_of(dated, address=address, language=site.language, now=datetime.now(UTC))
    return Response(content, media_type=MEDIA_TYPE, headers={"cache-control": "no-store"})


HANDLERS: tuple[Any, ...] = (dossier_page, dossier_calendar)


def wanted(named: Sequence[str] | None) -> list[EntryId]:
    """Return the ids that an address names, each once, as many as a page shows."""
    return [EntryId(name) for name in dict.fromkeys(named or ())][:LISTS_LIMIT]


def _lists(site: Site, ids: Sequence[EntryId]) -> tuple[list[EntryView], Dated]:
    """Return the views of those of the entries that have steps today, and the days to come that they lead to."""
    known = site.service.servable_among(ids)
    entries = [known[entry_id] for entry_id in ids if entry_id in known and known[entry_id].content.steps]
    views = views_of(site, entries, level=2)
    return [views.entry(entry) for entry in entries], _dated(site, entries)


def _dated(site: Site, entries: Sequence[EntryVersion]) -> Dated:
    """Return the days to come that these entries state, or those that explain their steps; each fact once."""
    explaining = site.service.servable_among(frozenset().union(*map(steps_of, entries)))
    today, seen = today_in_paris(), set()
    dated = []
    for entry in {entry.id: entry for entry in (*entries, *explaining.values())}.values():
        facts = [fact for fact in site.service.facts_of(entry.id) if fact.id not in seen]
        if dates := deadlines(entry.content, facts, today):
            seen |= {deadline.fact.id for deadline in dates}
            dated.append((entry, dates))
    return dated


def _query(ids: Sequence[EntryId]) -> str:
    return urlencode([("fiche", entry_id) for entry_id in ids])
