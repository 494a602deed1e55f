"""The security headers that every response carries."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from noa_rag.domain.host_site import HostSite

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors {ancestors}; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # An address may hold a question: other sites are not told.
}

# A page that shows a question is its visitor's, even without her name: no index lists it, and no cache keeps it.
ONLY_FOR_ITS_VISITOR = {"x-robots-tag": "noindex", "cache-control": "no-store"}


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add the headers as a response starts; a hook, so that error responses carry them too."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        host = scope.get("state", {}).get("host")
        for name, value in {**HEADERS, "content-security-policy": content_policy(host)}.items():
            headers.setdefault(name, value)


def content_policy(host: HostSite | None) -> str:
    """Return the policy of a page: nobody may frame it but, in a widget, the pages of its host site."""
    return POLICY.format(ancestors=" ".join(host.origins) if host else "'none'")
