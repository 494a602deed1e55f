"""Signing out, here and, where the session was begun at a provider, there too."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from structlog import get_logger

from noa_rag.domain.errors import NotFound
from noa_rag.domain.sign_in import IdentityRefused
from review_ui.shell.rendering import redirect, render
from review_ui.shell.session import ReviewSite, SignedIn, open_to_all, session_cookie
from review_ui.shell.sign_in_oidc import provider_of, public_address

_log = get_logger()


@post("/deconnexion", guards=[open_to_all], status_code=303)
async def sign_out(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """End the session here and in the database, and where it was begun at a provider, there too."""
    who: SignedIn | None = request.state.signed_in
    id_token = None
    if who is not None:
        session = await review.line.run(review.office.sign_in.session_of, who.token)
        id_token = session.id_token if session else None
        await review.line.run(review.office.sign_in.sign_out, who.token)
        request.state.signed_in = None
    response: Response[Any] = redirect(request, "/connexion")
    if id_token:
        response = await _end_there(request, review, id_token)
    response.set_cookie(session_cookie(request, ""))
    return response


HANDLERS = (sign_out,)


async def _end_there(request: Request[Any, Any, Any], review: ReviewSite, id_token: str) -> Response[Any]:
    """Return the page that ends the provider's session too: it goes there by itself, and has a link for it.

    A page, since the content policy lets a form lead to no other site, however it is redirected.
    """
    address = None
    try:
        back = public_address(request, "/connexion")
        address = await provider_of(review).end_address(id_token, back)
    except (IdentityRefused, NotFound) as error:
        _log.warning("oidc_sign_out_failed", error=str(error))
    provider = review.office.noa.settings.oidc_name
    return render(request, "review_ui/shell/signed_out.html", address=address, provider=provider)
