"""What the JSON API lists: entries page by page, agencies, and what is new."""

from typing import TypedDict

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from noa_rag.answering.entry_payload import EntryPayload, entry_as_json
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.regions import covers, is_known_region
from noa_rag.domain.timeline import NEWS_DAYS
from noa_rag.web.api.replies import ALWAYS, WRONG
from noa_rag.web.site import NoaService, Site

PAGE_LENGTH, PAGE_LIMIT = 50, 200  # entries at once, and as many as may be asked for: 200 take some 150 KB


class EntriesPayload(TypedDict):
    """Entries in the order of their ids; `count` is all there are, `next` the value of `after` for what follows."""

    entries: list[EntryPayload]
    count: int
    next: str | None


class AgencyCardPayload(TypedDict):
    """An agency as visitors are sent to it; `regions` is empty where it serves all of France."""

    id: str
    name: str
    short_name: str
    url: str
    phone: str | None
    hours: str | None
    remit: str
    regions: list[str]


class AgenciesPayload(TypedDict):
    agencies: list[AgencyCardPayload]


class NewsItemPayload(TypedDict):
    """An entry that is `new` or `changed`, and when it became so (ISO 8601)."""

    kind: str
    at: str
    entry: EntryPayload


class NewsPayload(TypedDict):
    """What agencies approved in the last `days`, the latest first."""

    news: list[NewsItemPayload]
    days: int


@get("/entries", summary="List the entries", responses={**ALWAYS, 400: WRONG})
async def api_entries(
    site: NamedDependency[Site],
    theme: FromQuery[str] = "",
    agency: FromQuery[str] = "",
    after: FromQuery[str] = "",
    limit: FromQuery[int] = PAGE_LENGTH,
) -> EntriesPayload:
    """Return the entries that may be shown today, of one theme or agency where that is asked for, without their texts.

    `after` is the `next` of the page before; `limit` is from 1 to 200.
    """
    return await site.line.run(_entries, site.service, theme, agency, after, limit)


@get("/agencies", summary="List the agencies", responses=ALWAYS)
async def api_agencies(site: NamedDependency[Site]) -> AgenciesPayload:
    """Return the agencies that vouch for entries, by id."""
    agencies = await site.line.run(site.service.agencies)
    return {
        "agencies": [
            {
                "id": one.id,
                "name": one.name,
                "short_name": one.short_name,
                "url": one.url,
                "phone": one.phone,
                "hours": one.hours,
                "remit": one.remit,
                "regions": list(one.regions),
            }
            for _, one in sorted(agencies.items())
        ]
    }


@get("/news", summary="List what is new", responses={**ALWAYS, 400: WRONG})
async def api_news(site: NamedDependency[Site], theme: FromQuery[str] = "", region: FromQuery[str] = "") -> NewsPayload:
    """Return the entries that an agency approved or changed lately, of one theme or region where that is asked for."""
    return await site.line.run(_news, site.service, theme, region)


def _entries(service: NoaService, theme: str, agency: str, after: str, limit: int) -> EntriesPayload:
    agencies = service.agencies()
    _check_theme(service, theme)
    if agency and agency not in agencies:
        raise InvalidRequest(f"{agency!r} is no agency.", field="agency")
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidRequest(f"A page has 1 to {PAGE_LIMIT} entries, not {limit}.", field="limit")
    wanted = sorted(
        (
            one
            for one in service.servable()
            if theme in ("", one.content.theme) and agency in ("", one.content.agency_id)
        ),
        key=lambda one: one.id,
    )
    rest = [one for one in wanted if one.id > after]
    page = rest[:limit]
    return {
        "entries": [entry_as_json(one, agencies) for one in page],
        "count": len(wanted),
        "next": page[-1].id if len(rest) > limit else None,
    }


def _news(service: NoaService, theme: str, region: str) -> NewsPayload:
    _check_theme(service, theme)
    if region and not is_known_region(region):
        raise InvalidRequest(f"{region!r} is no region.", field="region")
    agencies = service.agencies()
    return {
        "news": [
            {
                "kind": one.kind.value,
                "at": one.at.isoformat(timespec="seconds"),
                "entry": entry_as_json(one.entry, agencies),
            }
            for one in service.news()
            if theme in ("", one.entry.content.theme) and covers(one.entry.content.regions, region or None)
        ],
        "days": NEWS_DAYS,
    }


def _check_theme(service: NoaService, theme: str) -> None:
    if theme and theme not in {one.id for one in service.themes()}:
        raise InvalidRequest(f"{theme!r} is no theme.", field="theme")
