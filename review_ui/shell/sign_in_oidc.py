"""Signing in at an identity provider, such as ProConnect, how refusals are told, and signing out, there too."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect
from structlog import get_logger

from noa_rag.domain.errors import NotFound
from noa_rag.domain.sign_in import IdentityRefused, Refusal
from noa_rag.review.sign_in import CodeWanted
from review_ui.shell.lookups import WORDS
from review_ui.shell.rendering import is_own_path, redirect, render, review_url
from review_ui.shell.session import (
    AnyRequest,
    Review,
    ReviewSite,
    SignedIn,
    open_to_all,
    own_cookie,
    own_cookie_value,
    session_cookie,
)
from review_ui.shell.sign_in import Destination, code_form, let_in, sign_in_form

if TYPE_CHECKING:
    from noa_rag.oidc.provider import Provider

_log = get_logger()


@post("/deconnexion", guards=[open_to_all], status_code=303)
async def sign_out(request: HTMXRequest, review: Review) -> Response[Any]:
    """End the session in the browser and in the database, and at the provider if it was begun there."""
    who: SignedIn | None = request.state.signed_in
    id_token = None
    if who is not None:
        session = await review.run(review.office.sign_in.session_of, who.token)
        id_token = session.id_token if session else None
        await review.run(review.office.sign_in.sign_out, who.token)
        request.state.signed_in = None
    response: Response[Any] = redirect("/connexion")
    if id_token:
        response = await _end_there(request, review, id_token)
    response.set_cookie(session_cookie(request, ""))
    return response


async def _end_there(request: AnyRequest, review: ReviewSite, id_token: str) -> Response[Any]:
    """Return the page that ends the provider's session too: it forwards there by itself, and has a link as well.

    It is a page because the content policy forbids a form to lead to another site, even through a redirect.
    """
    address = None
    try:
        back = public_address(request, "/connexion")
        address = await provider_of(review).end_address(id_token, back)
    except (IdentityRefused, NotFound) as error:
        _log.warning("oidc_sign_out_failed", error=str(error))
    provider = review.office.noa.settings.provider_name
    return render(request, "review_ui/shell/signed_out.html", address=address, provider=provider)


FLOW_COOKIE = "noa_sign_in"
FLOW_SECONDS = 600  # between leaving for the provider and coming back
BACK = "/connexion/oidc/retour"
# Refusals of the way back, and of what the provider does; the others are about her right to sign in.
BEGIN_AGAIN = (Refusal.BEGUN_ELSEWHERE, Refusal.DECLINED, Refusal.CODE, Refusal.NONCE)
PROVIDERS_FAULT = (Refusal.PROVIDER, Refusal.UNREACHABLE, Refusal.TOKEN, Refusal.USERINFO)


@get("/connexion/oidc", guards=[open_to_all], cache=False)
async def leave(
    request: HTMXRequest,
    review: Review,
    next: FromQuery[str | None] = None,  # noqa: A002
) -> Response[Any]:
    """Send the browser to the provider, with a cookie that identifies it on its return."""
    provider = provider_of(review)
    wanted = Destination(next if next and is_own_path(next) else review_url())
    flow = provider.new_flow()
    try:
        address = await provider.address(flow, return_address(request))
    except IdentityRefused as error:
        return _refused(request, error, wanted)
    response = Redirect(address, status_code=303, headers={"cache-control": "no-store"})
    response.set_cookie(_flow_cookie(request, f"{flow}.{base64.urlsafe_b64encode(wanted.path.encode()).decode()}"))
    return response


@get(BACK, guards=[open_to_all], cache=False)
async def come_back(request: HTMXRequest, review: Review) -> Response[Any]:
    """Begin a session for the person whom the provider vouches for, or say why it is refused."""
    provider = provider_of(review)
    flow, wanted = _begun(request)
    try:
        identity = await provider.identity(flow, dict(request.query_params.items()), return_address(request))
        person = await review.run(review.office.identities.person_of, identity)
    except IdentityRefused as error:
        return _refused(request, error, wanted)
    vouched = review.office.sign_in.vouched
    begun = await review.run(lambda: vouched(person, is_strong=identity.is_strong, id_token=identity.id_token))
    response = (
        await code_form(request, review, wanted, begun.token)
        if isinstance(begun, CodeWanted)
        else await let_in(request, review, begun, wanted)
    )
    response.set_cookie(_flow_cookie(request, ""))
    return response


HANDLERS = (leave, come_back, sign_out)


def return_address(request: AnyRequest) -> str:
    """Return where the provider sends the browser back; it is registered there."""
    return public_address(request, BACK)


def told(error: IdentityRefused, provider: str) -> tuple[int, str]:
    """Return the status and the words of a refusal."""
    words = WORDS["sign_in_refusals"][error.reason] % {"provider": provider, "seen": error.seen[:80]}
    return 400 if error.reason in BEGIN_AGAIN else 502 if error.reason in PROVIDERS_FAULT else 403, words


def public_address(request: AnyRequest, path: str) -> str:
    """Return the whole address of a path of the workspace, as the public reaches it."""
    review: ReviewSite = request.app.state.review
    return review.office.noa.settings.base_url.rstrip("/") + review_url(path)


def provider_of(review: ReviewSite) -> "Provider":
    """Return the configured identity provider. Raises NotFound if there is none."""
    if review.office.provider is None:
        raise NotFound("No identity provider is set.")
    return review.office.provider


def _refused(request: AnyRequest, error: IdentityRefused, wanted: Destination) -> Response[Any]:
    _log.warning("oidc_refused", reason=error.reason.value, error=str(error))
    review: ReviewSite = request.app.state.review
    status, said = told(error, review.office.noa.settings.provider_name)
    response = sign_in_form(request, wanted, status=status, said=said)
    response.set_cookie(_flow_cookie(request, ""))
    return response


def _flow_cookie(request: AnyRequest, value: str) -> Cookie:
    return own_cookie(request, FLOW_COOKIE, value, max_age=FLOW_SECONDS if value else 0)


def _begun(request: AnyRequest) -> tuple[str, Destination]:
    """Return the token of the sign-in that this browser began (empty for none), and the page to open afterwards."""
    flow, _, packed = own_cookie_value(request, FLOW_COOKIE).partition(".")
    try:
        path = base64.urlsafe_b64decode(packed.encode()).decode()
    except (binascii.Error, ValueError):
        path = ""
    return flow, Destination(path if is_own_path(path) else review_url())
