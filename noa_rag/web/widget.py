"""The loader of the widget, which host sites' pages ask for."""

import hashlib
from typing import Any

from litestar import Request, Response, get

from noa_rag.web.assets import OWN_FILES

LOADER = OWN_FILES / "widget.js"
MAX_AGE_SECONDS = 3600  # its address stays the same for ever, so a mended loader must reach everybody soon


@get("/widget.js", include_in_schema=False, sync_to_thread=False)
def widget_loader(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the loader, or 304 to whoever has it; any page may load it, with SRI's `crossorigin` too."""
    content = LOADER.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "etag": tag,
        "cache-control": f"public, max-age={MAX_AGE_SECONDS}",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type="text/javascript", headers=headers)
