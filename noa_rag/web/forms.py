"""Forms as the pages send them, and what comes in as bytes and must be text."""

from typing import Any
from urllib.parse import unquote_to_bytes

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import ScopeType
from litestar.plugins.htmx import HTMXRequest
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from noa_rag.web.errors import MalformedBody, UnreadableAddress, respond


async def read_form(request: HTMXRequest) -> FormMultiDict:
    """Return the fields of a form; raises MalformedBody when they are not UTF-8, or hold a byte of zero."""
    try:
        if request.content_type[0] == "application/x-www-form-urlencoded":
            is_readable = is_text(await request.body())  # Litestar puts U+FFFD in place of what is no UTF-8
        else:
            fields = await request.form()
            is_readable = not any(isinstance(value, str) and ZERO in value for _, value in fields.multi_items())
    except UnicodeDecodeError:
        is_readable = False
    if not is_readable:
        raise MalformedBody("A form that is not UTF-8")
    return await request.form()


ZERO = "\x00"  # PostgreSQL keeps no text that holds one


def text_field(form: FormMultiDict, name: str) -> str:
    """Return a field as text; files and missing fields count as empty."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def is_text(escaped: bytes) -> bool:
    """Return whether an address or a form, once percent-decoded, is UTF-8 without a byte of zero."""
    try:
        return ZERO not in unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        return False


def with_readable_requests(app: ASGIApp) -> ASGIApp:
    """Return the application, protected from addresses that are not text: these get an error response.

    When the sender disconnects in the middle of a body, reading it raises MalformedBody: it is no fault of ours.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await app(scope, receive, send)
            return
        if is_text(scope["query_string"]) and is_text(scope.get("raw_path") or b"") and ZERO not in scope["path"]:
            await app(scope, _whole(scope, receive), send)
            return
        scope["query_string"] = b""  # so that making the error response does not read it again
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        response = respond(request, UnreadableAddress("The address is not UTF-8."))
        await response.to_asgi_response(app=None, request=request)(scope, receive, send)

    return call


def _whole(scope: HTTPScope, receive: Receive) -> Receive:
    """Return what reads a request, and raises MalformedBody when its body is cut off."""
    is_over = scope["method"] in ("GET", "HEAD")

    async def read() -> Any:
        nonlocal is_over
        message = await receive()
        if message["type"] == "http.request":
            is_over = is_over or not message.get("more_body", False)
        elif not is_over:
            is_over = True
            raise MalformedBody("The sender left in the middle of the body.")
        return message

    return read
