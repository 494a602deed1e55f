"""The pages in the frame of a host site's widget: whose frame it is, who may show it, and the widget's loader."""

import hashlib
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get

from noa_rag.domain.errors import NoaError
from noa_rag.domain.integrations import HostSite, SiteKey
from noa_rag.domain.question import Ask
from noa_rag.domain.switches import SwitchName
from noa_rag.web.paths import OWN_FILES, language_of
from noa_rag.web.site import Site

# In a link, what the visitor chose in place of the host site's own region and audience.
FRANCE = "FR"  # all of it; ISO 3166-1
EVERYBODY = "tous"
_KEY = re.compile(r"[a-z0-9-]{1,40}")
_FRAMES = ("iframe", "frame", "embed", "object")

LOADER = OWN_FILES / "widget.js"
MAX_AGE_SECONDS = 3600  # its address stays the same for ever, so a mended loader must reach everybody soon


class UnknownHost(NoaError):
    """No site has this key, or its widget was closed."""


class ForeignFrame(NoaError):
    """A page that is not the host site's shows the frame, or sent its form."""


async def site_of(request: Request[Any, Any, Any]) -> Site:
    """Return what handlers need, with the page's language, and the host site where the address is that of a frame.

    Raises UnknownHost, ForeignFrame and SwitchedOff. Browsers hold to `frame-ancestors` besides.
    """
    site: Site = replace(request.app.state.site, language=language_of(request.url.path))
    key = request.path_params.get("site_key")
    if key is None:
        return site
    host = await site.line.run(site.service.host_site, SiteKey(key)) if _KEY.fullmatch(key) else None
    if host is None:
        raise UnknownHost("No site has that key.")
    request.state.host = host
    request.state.site = framed = replace(site, host=host)
    if not host.is_active:
        raise UnknownHost(f"The widget of `{host.key}` is closed.")
    site.service.switched_off().require(SwitchName.WIDGET)
    _check_sender(request, host)
    return framed


def asked_in(host: HostSite | None, ask: Ask) -> Ask:
    """Return the question, marked as asked on the host site."""
    return replace(ask, site=host.key) if host else ask


def chosen_region(host: HostSite | None, given: str | None) -> str:
    """Return the region that a link names, or the host site's where it names none; empty for all of France."""
    return "" if given == FRANCE else given or (host.region if host and host.region else "")


def chosen_audience(host: HostSite | None, given: str | None) -> str:
    """Return the audience that a link names, or the host site's where it names none; empty for everybody."""
    return "" if given == EVERYBODY else given or (host.audience.value if host and host.audience else "")


def choices_in_link(host: HostSite | None, *, region: str, audience: str) -> dict[str, str]:
    """Return the visitor's choices for a link; an empty one is written out only where the host site has its own."""
    nothing_chosen = {"region": FRANCE, "audience": EVERYBODY}
    own = {"region": host and host.region, "audience": host and host.audience}
    chosen = {"region": region, "audience": audience}
    said = {name: value or (nothing_chosen[name] if own[name] else "") for name, value in chosen.items()}
    return {name: value for name, value in said.items() if value}


def _check_sender(request: Request[Any, Any, Any], host: HostSite) -> None:
    """Refuse forms that are not sent by our own page, and frames in a page that is known to be somebody else's."""
    referer = _origin(request.headers.get("referer", ""))
    if request.method not in ("GET", "HEAD"):
        sender = request.headers.get("origin") or referer
        if not is_own_page(request, sender):
            raise ForeignFrame(f"The form comes from {sender[:100]!r}.")
        return
    is_framed = request.headers.get("sec-fetch-dest") in _FRAMES
    if is_framed and referer and referer not in host.origins and not is_own_page(request, referer):
        raise ForeignFrame(f"The frame is shown by {referer[:100]!r}, which is not an origin of `{host.key}`.")


def _origin(address: str) -> str:
    scheme = address.partition("://")[0]
    netloc = _netloc_of(address)
    return f"{scheme}://{netloc}" if netloc else ""


def is_own_page(request: Request[Any, Any, Any], address: str) -> bool:
    """Return whether an address is of this service: its host, and TLS if the request or NOA_BASE_URL tells of it."""
    host = request.headers.get("host", "")
    has_tls = "https" in (request.url.scheme, f"{request.app.state.site.base_url}/".partition(f"://{host}/")[0])
    return _netloc_of(address) == host and (not has_tls or address.startswith("https:"))


def _netloc_of(address: str) -> str:
    """Return the host and port of an address, empty where it is none."""
    try:
        return urlsplit(address).netloc
    except ValueError:  # such as http://[
        return ""


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
