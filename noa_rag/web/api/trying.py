"""Trying an operation from the page that describes the API: what a form sends is passed on as JSON, in this process."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Language
from noa_rag.web.api.handlers import BODIES, PARTS, show_api
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.limits import COSTS_A_PAGE
from noa_rag.web.site import Site

KEPT_HEADERS = (b"host", b"accept-language", b"user-agent")
KEPT_OF_SCOPE = ("type", "asgi", "http_version", "scheme", "client", "server", "root_path")


@dataclass(frozen=True, slots=True)
class TriedCall:
    """An operation that was tried: the fields of the form, and what came back, indented where it is JSON."""

    path: str
    sent: Mapping[str, str]
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
    path = text_field(form, "operation")
    if path not in {*BODIES, *PARTS}:
        raise InvalidRequest(f"{path[:80]!r} is no operation that can be tried.", field="operation")
    sent = {name: text_field(form, name) for name in form if name != "operation"}
    if path in BODIES:
        status, reply = await _asked(request, "POST", path, body=sent.get("body", ""))
    else:
        status, reply = await _asked(request, "GET", _filled(path, sent), query=_query(path, sent))
    return show_api(request, site, lang, tried=TriedCall(path, sent, status, reply))


def _filled(path: str, sent: Mapping[str, str]) -> str:
    """Return an address with its parts filled in. Raises InvalidRequest for a part that would make it another."""
    for name in PARTS[path]:
        if not sent.get(name) or "/" in sent[name]:
            raise InvalidRequest(f"{name} is empty, or more than a part of an address.", field=name)
    return path.format(**sent)


def _query(path: str, sent: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in sent.items() if value and name not in PARTS[path]})


async def _asked(request: HTMXRequest, method: str, path: str, *, body: str = "", query: str = "") -> tuple[int, str]:
    """Return the status and the text of a reply."""
    sent = body.encode()
    content = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(sent))] if sent else []
    headers = [(name, value) for name, value in request.scope["headers"] if name in KEPT_HEADERS]
    scope: dict[str, Any] = {name: request.scope[name] for name in KEPT_OF_SCOPE if name in request.scope}  # type: ignore[literal-required]
    scope |= {
        "method": method,
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query.encode(),
        "headers": [*headers, *content],
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
    return status, reply
