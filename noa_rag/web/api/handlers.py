"""The JSON API under /api/v1, and what watches over the service asks."""

from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, SerializationException
from litestar.params import FromPath, FromQuery, JSONBody

from noa_rag.answering.entry_payload import FullEntryPayload, entry_as_json, full_entry_as_json
from noa_rag.answering.hours import hours_in_words
from noa_rag.answering.payload import AnswerPayload, answer_as_json
from noa_rag.answering.reading import read_day, read_question
from noa_rag.answering.wording import AUTOMATIC, say
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidRequest, NoaError
from noa_rag.domain.opening import read_hours
from noa_rag.domain.question import Ask, Language, Mode
from noa_rag.domain.timeline import NEWS_DAYS
from noa_rag.web.api.description import ALWAYS, BEHIND, BUSY, UNKNOWN, WRONG
from noa_rag.web.ask.handlers import record
from noa_rag.web.errors import KILOBYTES, EntryGone, MalformedBody, Unfit
from noa_rag.web.limits import COSTS_A_PAGE, WATCHES
from noa_rag.web.news import check_theme, news_of
from noa_rag.web.schemas import (
    AgenciesPayload,
    AskRequest,
    EntriesPayload,
    FeedbackRequest,
    FoundPayload,
    NewsPayload,
    Recorded,
    SearchRequest,
    ThemesPayload,
    read_ask,
    read_feedback,
)
from noa_rag.web.site import NoaService, Site, api_is_on

PAGE_LENGTH, PAGE_LIMIT = 50, 200  # entries at once, and as many as may be asked for: 200 take some 150 KB
MAX_BODY_BYTES = KILOBYTES * 1024
MAX_READ_BYTES = 4 * MAX_BODY_BYTES  # Far enough to tell a caller that a long body is not even JSON.


async def read_json_first(request: Request[Any, Any, Any], *, limit: int = MAX_BODY_BYTES) -> None:
    """Refuse a body that is not JSON before anything looks at it; what is read is kept for the handler."""
    if request.method != "POST":
        return
    if request.content_type[0] != "application/json":
        raise HTTPException(status_code=415)
    length = len(await request.body())
    try:
        await request.json()
    except (SerializationException, UnicodeDecodeError, RecursionError) as error:  # 100,000 brackets nest too deep
        raise MalformedBody(f"{length} bytes that are not JSON") from error
    if length > limit:
        raise HTTPException(status_code=413)


@post("/ask", status_code=200, summary="Ask a question", responses={**ALWAYS, 400: WRONG})
async def api_ask(
    request: Request[Any, Any, Any], site: NamedDependency[Site], data: JSONBody[AskRequest]
) -> AnswerPayload:
    """Answer with the entry that an agency vouches for, ask to choose between entries, or abstain."""
    request.state.question, request.state.language = data.question, data.lang
    return await answer_to(site, read_ask(data))


@post(
    "/search",
    status_code=200,
    opt=COSTS_A_PAGE,
    summary="Search the entries",
    responses={**ALWAYS, 400: WRONG},
)
async def api_search(
    request: Request[Any, Any, Any], site: NamedDependency[Site], data: JSONBody[SearchRequest]
) -> FoundPayload:
    """Return the entries to show for a few words, the best first, each with the passage that matches.

    Nothing is judged or recorded.
    """
    request.state.question, request.state.language = data.question, data.lang
    return await site.run_for(data.question, found_by, site.service, data)


@post("/feedback", status_code=200, summary="Judge an answer", responses={**ALWAYS, 400: WRONG, 404: UNKNOWN})
async def api_feedback(site: NamedDependency[Site], data: JSONBody[FeedbackRequest]) -> Recorded:
    """Keep the visitor's verdict on an answer; the last one counts."""
    await record(site, read_feedback(data))
    return {"recorded": True}


@get("/entries/{entry_id:str}", summary="Read an entry", responses={**ALWAYS, 400: WRONG, 404: UNKNOWN})
async def api_entry(
    site: NamedDependency[Site], entry_id: FromPath[str], on: FromQuery[str | None] = None
) -> FullEntryPayload:
    """Return an entry that may be shown on that day, today unless told otherwise."""
    return await site.line.run(entry_on, site.service, entry_id, on)


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
                "id": agency.id,
                "name": agency.name,
                "short_name": agency.short_name,
                "url": agency.url,
                "phone": agency.phone,
                "hours": hours_in_words(agency.hours, Language.FRENCH),
                "opening_hours": agency.hours if read_hours(agency.hours) else None,
                "remit": agency.remit,
                "regions": list(agency.regions),
            }
            for _, agency in sorted(agencies.items())
        ]
    }


@get("/news", summary="List what is new", responses={**ALWAYS, 400: WRONG})
async def api_news(site: NamedDependency[Site], theme: FromQuery[str] = "", region: FromQuery[str] = "") -> NewsPayload:
    """Return the entries that an agency approved or changed lately, of one theme or region where that is asked for."""
    return await site.line.run(_news, site.service, theme, region)


@get("/themes", summary="List the themes", responses=ALWAYS)
async def api_themes(site: NamedDependency[Site]) -> ThemesPayload:
    """Return the subjects under which entries are listed, in the order of the pages."""
    themes = await site.line.run(site.service.themes)
    return {"themes": [{"id": each.id, "title": each.title, "title_en": each.title_en} for each in themes]}


@get("/health", opt=WATCHES, sync_to_thread=True, summary="Watch over the service", responses={503: BUSY})
def health(site: NamedDependency[Site]) -> dict[str, Any]:
    """Return figures and what fails, while the service can answer; it stays out of the line, which may be full."""
    try:
        return {"status": "ok", **site.service.health()}
    except NoaError as error:
        raise Unfit(str(error)) from error


@get("/ready", opt=WATCHES, sync_to_thread=True, summary="Whether to send visitors here", responses={503: BEHIND})
def ready(request: Request[Any, Any, Any], site: NamedDependency[Site]) -> Response[dict[str, Any]]:
    """Return 200 while answers are those of the base as it is, 503 while the index lags or the process is to end."""
    if request.app.state.is_leaving:
        return Response({"ready": False, "draining": True}, status_code=503, headers={"cache-control": "no-store"})
    try:
        readiness = dict(site.service.readiness())
    except NoaError as error:
        raise Unfit(str(error)) from error
    return Response(readiness, status_code=200 if readiness["ready"] else 503, headers={"cache-control": "no-store"})


def api_router() -> Router:
    """Return the routes under /api/v1."""
    return Router(
        "/api/v1",
        route_handlers=[api_ask, api_search, api_feedback, api_entries, api_entry, api_themes, api_agencies, api_news],
        guards=[api_is_on],
        before_request=read_json_first,
        request_max_body_size=MAX_READ_BYTES,
    )


async def answer_to(site: Site, ask: Ask) -> AnswerPayload:
    """Return the answer to a question once its turn has come."""
    if ask.mode is Mode.ASSISTED and site.service.has_assistant():
        return await site.assistant_line.run(_ask, site, ask)
    return await site.run_for(ask.text, _ask, site, ask)


def found_by(service: NoaService, data: SearchRequest) -> FoundPayload:
    """Return what a search finds, as JSON. Raises InvalidQuestion and InvalidRequest."""
    request = read_question(data.question, region=data.region, lang=data.lang)
    results = service.search(data.question, region=request.region, language=request.language)
    agencies = service.agencies()
    shown_in = request.language or Language.FRENCH
    payload: FoundPayload = {
        "entries": [
            {
                "entry": entry_as_json(hit.version, agencies),
                "passage": "".join(piece.text for piece in hit.quote(shown_in).passage),
            }
            for hit in results.hits[: data.limit]
        ],
        "count": len(results.hits),
    }
    if results.is_distress:
        payload["notice"] = say(shown_in, AUTOMATIC)
    return payload


def _ask(site: Site, ask: Ask) -> AnswerPayload:
    return answer_as_json(site.ask(ask), site.service.agencies())


def entry_on(service: NoaService, entry_id: str, on: str | None) -> FullEntryPayload:
    """Return an entry that may be shown on a day, as JSON. Raises EntryGone and InvalidRequest."""
    day = read_day(on, field="on")
    service.check_day(day, field="on")
    entry = service.entry(EntryId(entry_id), on=day)
    if entry is None:
        raise EntryGone(entry_id)
    return full_entry_as_json(entry, service.agencies(), service.outdated_facts(entry, on=read_day(on, field="on")))


def _entries(service: NoaService, theme: str, agency: str, after: str, limit: int) -> EntriesPayload:
    agencies = service.agencies()
    check_theme(service, theme)
    if agency and agency not in agencies:
        raise InvalidRequest(f"{agency!r} is no agency.", field="agency")
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidRequest(f"A page has 1 to {PAGE_LIMIT} entries, not {limit}.", field="limit")
    listed = sorted(
        (
            entry
            for entry in service.servable()
            if theme in ("", entry.content.theme) and agency in ("", entry.content.agency_id)
        ),
        key=lambda entry: entry.id,
    )
    rest = [entry for entry in listed if entry.id > after]
    page = rest[:limit]
    return {
        "entries": [entry_as_json(entry, agencies) for entry in page],
        "count": len(listed),
        "next": page[-1].id if len(rest) > limit else None,
    }


def _news(service: NoaService, theme: str, region: str) -> NewsPayload:
    agencies = service.agencies()
    return {
        "news": [
            {
                "kind": item.kind.value,
                "at": item.at.isoformat(timespec="seconds"),
                "entry": entry_as_json(item.entry, agencies),
            }
            for item in news_of(service, theme, region)
        ],
        "days": NEWS_DAYS,
    }
