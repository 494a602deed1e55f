"""The address at which the public reaches this service, for links that leave its pages."""

import re
from typing import Any

from litestar import Request

_THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")


def own_address(request: Request[Any, Any, Any], base_url: str | None) -> str:
    """Return the address without a slash at its end: the one that is set, or the one asked where that is this machine.

    Otherwise it is empty, and links stay relative: the Host header says what its sender likes, and who reads
    the page later, from a cache, is sent there.
    """
    if base_url:
        return base_url.rstrip("/")
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _THIS_MACHINE.fullmatch(host) else ""
