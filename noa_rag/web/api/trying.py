"""Trying an operation from the page that describes the API: what a form sends is passed on as JSON, in this process."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Language
from noa_rag.web.api.handlers import BODIES, show_api
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.limits import COSTS_A_PAGE
from noa_rag.web.site import Site

KEPT_HEADERS = (b"host", b"accept-language", b"user-agent")
KEPT_OF_SCOPE = ("type", "asgi", "http_version", "scheme", "client", "server", "root_path")


@dataclass(frozen=True, slots=True)
class TriedCall:
    """An operation that was tried: what was sent, and what came back, indented where it is JSON."""

    path: str
    body: str
    status: int
    reply: str


@post("/api/docs", include_in_schema=False, status_code=200, opt=COSTS_A_PAGE)
async def try_api(
    request: HTMXRequest, site: NamedDependency[Site], lang: FromQuery[Language] = Language.FRENCH
) -> Template:
    """Ask an operation what the form holds, as any program would, and show its reply; limits count that too.

    Browsers send no JSON from a form, and this works without a script.
    """
    form = await read_form(request)
    path, body = text_field(form, "operation"), text_field(form, "body")
    if path not in BODIES:
        raise InvalidRequest(f"{path[:80]!r} is no operation that can be tried.", field="operation")
    return show_api(request, site, lang, tried=await _asked(request, path, body))


async def _asked(request: HTMXRequest, path: str, body: str) -> TriedCall:
    sent = body.encode()
    headers = [(name, value) for name, value in request.scope["headers"] if name in KEPT_HEADERS]
    scope: dict[str, Any] = {name: request.scope[name] for name in KEPT_OF_SCOPE if name in request.scope}  # type: ignore[literal-required]
    scope |= {
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [*headers, (b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))],
    }
    waiting = [{"type": "http.request", "body": sent, "more_body": False}]
    status, pieces, kind, is_whole = 500, list[bytes](), b"", asyncio.Event()

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await is_whole.wait()  # the caller disconnects only then: a stream waits for that
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, kind
        if message["type"] == "http.response.start":
            status, kind = message["status"], dict(message["headers"]).get(b"content-type", b"")
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                is_whole.set()

    await request.app(scope, receive, send)  # type: ignore[arg-type]
    reply = b"".join(pieces).decode()
    if b"json" in kind:
        reply = json.dumps(json.loads(reply), ensure_ascii=False, indent=2)
    return TriedCall(path, body, status, reply)
