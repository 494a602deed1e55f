"""What a process that is to end still takes: requests under way are answered, new ones are sent away."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from noa_rag.domain.errors import NoaError

WATCHES = {"watches": True}  # for handlers by which others see that this process is going


class Draining(NoaError):
    """The process is about to end, and takes no new request."""


async def not_draining(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard every route while the process ends."""
    if connection.app.state.is_draining and "watches" not in handler.opt:
        raise Draining
