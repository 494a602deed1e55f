"""The JSON API, and the page that describes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, SerializationException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.answering.entry_payload import FullEntryPayload, entry_as_json, full_entry_as_json
from noa_rag.answering.payload import AnswerPayload, answer_as_json
from noa_rag.answering.reading import read_day, read_question
from noa_rag.answering.wording import AUTOMATIC, say
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.question import Ask, Language, Mode
from noa_rag.web.api.lists import api_agencies, api_entries, api_news
from noa_rag.web.api.replies import ALWAYS, BEHIND, BUSY, KEYS, UNKNOWN, WITH_OR_WITHOUT_KEY, WRONG
from noa_rag.web.ask.handlers import record
from noa_rag.web.errors import KILOBYTES, EntryGone, MalformedBody, Unfit
from noa_rag.web.limits import COSTS_A_PAGE, WATCHES
from noa_rag.web.paths import own_address
from noa_rag.web.problem_texts import PROBLEM_TEXTS
from noa_rag.web.rendering import render_page
from noa_rag.web.schemas import (
    AskRequest,
    FeedbackRequest,
    FoundPayload,
    Recorded,
    SearchRequest,
    ThemesPayload,
    read_ask,
    read_feedback,
)
from noa_rag.web.site import NoaService, Site, api_is_on

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
    asked = read_question(data.question, region=data.region, lang=data.lang)
    found = service.search(data.question, region=asked.region, language=asked.language)
    agencies = service.agencies()
    shown_in = asked.language or Language.FRENCH
    payload: FoundPayload = {
        "entries": [
            {
                "entry": entry_as_json(hit.version, agencies),
                "passage": "".join(piece.text for piece in hit.quote(shown_in).passage),
            }
            for hit in found.hits[: data.limit]
        ],
        "count": len(found.hits),
    }
    if found.is_distress:
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


OPENAPI = OpenAPIConfig(
    title="Noa",
    version="1",
    description="Answers entrepreneurs with the entries that French agencies have vetted, word for word.",
    path="/api",
    components=KEYS,
    security=WITH_OR_WITHOUT_KEY,
    render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    use_handler_docstrings=True,
)


EXAMPLE_ADDRESS = "https://noa.example.fr"  # shown when the operator has not set the service's own
# Example bodies that the page shows for operations that take one, ready to be pasted into a terminal.
BODIES = {
    "/api/v1/ask": '{"question": "comment déposer une marque ?", "region": "FR-IDF"}',
    "/api/v1/search": '{"question": "marque", "limit": 5}',
    "/api/v1/feedback": '{"question_id": "…", "is_useful": true}',
    "/v1/chat/completions": '{"model": "noa", "messages": [{"role": "user", "content": "déposer une marque ?"}]}',
}
# What the page fills into addresses with a part to fill in.
PARTS = {
    "/api/v1/entries/{entry_id}": {"entry_id": "deposer-une-marque"},
    "/v1/models/{model}": {"model": "noa"},
}


@dataclass(frozen=True, slots=True)
class Field:
    """One value that an operation takes or returns."""

    name: str
    type: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do with the API."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    request: tuple[Field, ...]
    response: tuple[Field, ...]

    @property
    def body(self) -> str:
        """An example of the body to send; empty where no body is sent or there is no example."""
        return BODIES.get(self.path, "") if self.method == "POST" else ""

    @property
    def example_path(self) -> str:
        """The address with its parts filled in."""
        return self.path.format(**PARTS.get(self.path, {}))


@get("/api/docs", include_in_schema=False)
async def api_docs(
    request: HTMXRequest, site: NamedDependency[Site], lang: FromQuery[Language] = Language.FRENCH
) -> Template:
    """List the operations, their fields and the kinds of errors."""
    schema = request.app.openapi_schema.to_schema()
    return render_page(
        site,
        "pages/api.html",
        language=lang,
        page="api",
        operations=tuple(list_operations(schema)),
        own_address=own_address(request, site.base_url) or EXAMPLE_ADDRESS,
        problem_texts=PROBLEM_TEXTS,
    )


def list_operations(schema: Mapping[str, Any]) -> Iterator[Operation]:
    """Read the operations out of an OpenAPI document."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield Operation(
                method=method.upper(),
                path=path,
                summary=operation.get("summary", ""),
                description=operation.get("description", ""),
                parameters=tuple(
                    Field(each["name"], _type_name(each.get("schema", {})), each.get("required", False))
                    for each in operation.get("parameters", ())
                ),
                request=_body_fields(schema, operation.get("requestBody", {})),
                response=_body_fields(schema, operation["responses"].get("200", {})),
            )


def _body_fields(schema: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Field, ...]:
    for content in body.get("content", {}).values():
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        model = schema["components"]["schemas"].get(name, {})
        required = model.get("required", ())
        return tuple(
            Field(field, _type_name(described), field in required)
            for field, described in model.get("properties", {}).items()
        )
    return ()


def _type_name(described: Mapping[str, Any]) -> str:
    """Return a short name for a type: `string | null`, `ChoicePayload[]`."""
    if "oneOf" in described:
        return " | ".join(_type_name(each) for each in described["oneOf"])
    if "$ref" in described:
        return str(described["$ref"]).rpartition("/")[2].removesuffix("Payload")
    if described.get("type") == "array":
        return f"{_type_name(described.get('items', {}))}[]"
    return str(described.get("type", "any"))
