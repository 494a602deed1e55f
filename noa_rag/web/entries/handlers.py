"""The pages of one entry and of journeys, and the days that an entry states as a calendar."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.answering.reading import read_id
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import NoaError
from noa_rag.web.ask.exchanges import HEADING_IN_CONVERSATION, link_to_choice, views_of
from noa_rag.web.ask.note import note_of_entries
from noa_rag.web.entries.next_steps import MEDIA_TYPE as CALENDAR_TYPE
from noa_rag.web.entries.next_steps import Link, calendar_of, deadlines, question_links
from noa_rag.web.entries.themes import breadcrumb, neighbours, place_of
from noa_rag.web.entries.views import EntryView, structured_entry
from noa_rag.web.errors import EntryGone
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.in_words import theme_titles
from noa_rag.web.paths import own_address, page_path, routes
from noa_rag.web.rendering import ONLY_FOR_ITS_VISITOR, page_or_fragment, render_page
from noa_rag.web.site import NoaService, Site


@get(routes("entry"), include_in_schema=False)
async def entry_page(
    request: HTMXRequest,
    site: NamedDependency[Site],
    item_id: FromPath[str],
    offered_by: Annotated[str, QueryParameter(name="from")] = "",
) -> Template | Redirect:
    """Show an entry, with the question that led to it when the visitor chose it among several: `from` is its number.

    Whoever asks for one that was retired is led to the one that took its place.
    """
    try:
        return await _show(request, site, item_id, offered_by)
    except EntryGone:
        replacement = await site.line.run(site.service.replacement_of, EntryId(item_id))
        if replacement is None:
            raise
        return Redirect(site.path("entry", replacement), status_code=301)


@post(routes("entry"), include_in_schema=False, status_code=200)
async def take_choice(request: HTMXRequest, site: NamedDependency[Site], item_id: FromPath[str]) -> Template | Redirect:
    """Record that a visitor chose an entry among several, and show it: in place for htmx, else in its conversation.

    A choice that could not be recorded is not shown there: then the entry is shown at its own address.
    """
    offered_by, entry_id = text_field(await read_form(request), "from"), EntryId(item_id)
    page = await _show(request, site, item_id, offered_by)
    is_taken = False
    with suppress(NoaError):  # the entry is what the visitor came for
        is_taken = await site.line.run(_take, site.service, offered_by, entry_id)
    if request.htmx:
        return page
    if is_taken and page.context["question"]:
        return Redirect(link_to_choice(request, site, offered_by, entry_id), status_code=303)
    query = {"from": offered_by} if page.context["question"] else {}
    return Redirect(site.path("entry", item_id, query), status_code=303)


@get(routes("journeys"), include_in_schema=False)
async def journeys_page(site: NamedDependency[Site]) -> Template:
    """Show every journey, by theme."""
    themes = await site.line.run(site.service.themes)
    entries, is_demonstration = await site.read(site.service.journeys)
    titles = theme_titles(themes, site.language)
    grouped = groupby(entries, key=lambda entry: titles.get(entry.content.theme, entry.content.theme))
    return render_page(
        site,
        "entries/journeys.html",
        page="journeys",
        is_demonstration=is_demonstration,
        themes=themes,
        journeys=[(title, question_links(some, site.language, host=site.host)) for title, some in grouped],
    )


@get(routes("calendar"), include_in_schema=False)
async def calendar(request: HTMXRequest, site: NamedDependency[Site], item_id: FromPath[str]) -> Response[bytes]:
    """Give the days to come that an entry states to a calendar; raises EntryGone where there is none."""
    entry_id = EntryId(item_id)
    entry = await site.line.run(site.service.entry, entry_id)
    facts = await site.line.run(site.service.facts_of, entry_id)
    dates = deadlines(entry.content, facts, today_in_paris()) if entry else []
    if entry is None or not dates:
        raise EntryGone(entry_id)
    address = own_address(request, site.base_url)
    content = calendar_of([(entry, dates)], address=address, language=site.language, now=datetime.now(UTC))
    return Response(content, media_type=CALENDAR_TYPE, headers={"cache-control": "no-cache"})


async def _show(request: HTMXRequest, site: Site, item_id: str, offered_by: str) -> Template:
    level = HEADING_IN_CONVERSATION if request.htmx else 1
    typed = {name: value for name, value in request.query_params.items() if name != "from"}
    shown = await site.line.run(_view_entry, site, EntryId(item_id), offered_by, level, typed)
    entry, view, question = shown.entry, shown.view, shown.question
    sent = {field.key: field.value for field in view.calculator.fields if field.value} if view.calculator else {}
    address = site.base_url.rstrip("/") + page_path("entry", site.language, entry.id) if site.base_url else ""
    # Outdated figures must be shown with their warning, which a search engine would leave out.
    is_public = not (question or site.host or view.outdated or view.branches)
    return page_or_fragment(
        request,
        site,
        page_template="entries/entry.html",
        fragment="entries/_exchange.html",
        page="entry",
        item_id=item_id,
        query=({"from": offered_by} if question else {}) | sent,
        headers=ONLY_FOR_ITS_VISITOR if question or sent else {},
        is_demonstration=view.is_demonstration,
        entry=view,
        breadcrumb=shown.breadcrumb,
        structured=structured_entry(view, address=address, language=site.language.value) if is_public else None,
        question=question,
        offered_by=offered_by if question else "",
        note=shown.note,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """An entry, its view, the question that offered it, the note of both, and the way to it through the themes."""

    entry: EntryVersion
    view: EntryView
    question: str
    note: str
    breadcrumb: list[Link]


def _view_entry(site: Site, entry_id: EntryId, offered_by: str, level: int, typed: Mapping[str, str]) -> _Shown:
    """Return an entry as it is shown, its calculator filled in as `typed`.

    One that names none to read beside it, or none of today's, has the nearest ones of its sub-theme there.
    """
    entry = site.service.entry(entry_id)
    if entry is None:
        raise EntryGone(entry_id)
    known = read_id(offered_by, field="from")
    question = site.service.asked_text(known) or "" if known else ""
    views = views_of(site, [entry], level=level)
    view = views.entry(entry, outdated=site.service.outdated_facts(entry), typed=typed)
    place = place_of(entry, site.service.themes())
    if not view.then.related and level == 1:
        view = replace(view, then=replace(view.then, related=tuple(neighbours(entry, place, site))))
    read = [] if entry.content.branches else [entry]
    note = note_of_entries(question, read, views, base_url=site.base_url or "") if question else ""
    return _Shown(entry, view, question, note, breadcrumb(site, *place))


def _take(service: NoaService, question_id: str, entry_id: EntryId) -> bool:
    """Record a choice; return whether the page of its question shows it from now on."""
    service.record_choice(question_id, entry_id)
    return any(entry.id == entry_id for entry in service.chosen(question_id))
