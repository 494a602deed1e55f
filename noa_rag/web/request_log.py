"""An id for each request, in its answer and in every line that is logged for it, and a line a request."""

import secrets
import time

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog import get_logger
from structlog.contextvars import bound_contextvars

UNKNOWN_ROUTE = "unknown"

_log = get_logger("noa.requests")


def with_request_ids(app: ASGIApp, *, logs_requests: bool) -> ASGIApp:
    """Return the application with `x-request-id` on every response.

    The id is always our own: one that a visitor sends could say anything. A line names the route, never the
    address, which may hold a question or a reference number.
    """

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await app(scope, receive, send)
            return
        request_id, status, start = secrets.token_hex(8), 500, time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableScopeHeaders.from_message(message)["x-request-id"] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await app(scope, receive, send_with_id)
            finally:
                if logs_requests:
                    route = scope.get("path_template") or UNKNOWN_ROUTE
                    milliseconds = round((time.perf_counter() - start) * 1000, 1)
                    method = scope.get("method", "")
                    _log.info("request", method=method, route=route, status=status, milliseconds=milliseconds)

    return call
