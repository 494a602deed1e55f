"""Signing in at an identity provider, such as ProConnect, how refusals are told, and signing out, there too."""

import base64
import binascii
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect
from structlog import get_logger

from noa_rag.domain.errors import NotFound
from noa_rag.domain.sign_in import IdentityRefused, Refusal
from noa_rag.review.sign_in import CodeWanted
from noa_rag.translation import N_, Translator
from noa_rag.web.paths import language_of
from review_ui.shell.paths import is_own_path, review_url
from review_ui.shell.rendering import redirect, render, translator_of
from review_ui.shell.session import ReviewSite, SignedIn, open_to_all, own_cookie, own_cookie_value, session_cookie
from review_ui.shell.sign_in import Destination, code_form, let_in, sign_in_form

if TYPE_CHECKING:
    from noa_rag.oidc.provider import Provider

_log = get_logger()


@post("/deconnexion", guards=[open_to_all], status_code=303)
async def sign_out(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """End the session in the browser and in the database, and at the provider if it was begun there."""
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


async def _end_there(request: Request[Any, Any, Any], review: ReviewSite, id_token: str) -> Response[Any]:
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

# Status and message of each refusal: 502 for the provider, 400 for the way back, 403 for her right to sign in.
TOLD: dict[Refusal, tuple[int, str]] = {
    Refusal.BEGUN_ELSEWHERE: (
        400,
        N_(
            "Cette connexion n'a pas été commencée dans ce navigateur, ou il y a plus de dix minutes. "
            "Recommencez depuis cette page."
        ),
    ),
    Refusal.DECLINED: (400, N_("Vous avez interrompu la connexion avec %(provider)s. Vous pouvez recommencer.")),
    Refusal.PROVIDER: (
        502,
        N_("%(provider)s a répondu par une erreur. Réessayez ; si cela revient, prévenez l'administrateur."),
    ),
    Refusal.UNREACHABLE: (502, N_("%(provider)s ne répond pas pour le moment. Réessayez dans quelques minutes.")),
    Refusal.CODE: (
        400,
        N_("Cette connexion a déjà servi, ou a trop attendu. Recommencez depuis cette page."),
    ),
    Refusal.TOKEN: (
        502,
        N_(
            "La réponse de %(provider)s n'a pas pu être vérifiée. Réessayez ; si cela revient, prévenez "
            "l'administrateur."
        ),
    ),
    Refusal.NONCE: (400, N_("Cette réponse appartient à une autre connexion. Recommencez depuis cette page.")),
    Refusal.LEVEL: (
        403,
        N_(
            "%(provider)s vous a authentifié à un niveau plus faible que celui qui est demandé. Recommencez en "
            "choisissant un moyen plus sûr, ou demandez à votre service informatique."
        ),
    ),
    Refusal.USERINFO: (
        502,
        N_("Ce que %(provider)s dit de vous n'a pas pu être vérifié. Si cela revient, prévenez l'administrateur."),
    ),
    Refusal.CLAIMS: (
        403,
        N_(
            "%(provider)s n'a transmis ni votre adresse électronique ni le SIRET de votre organisation, ou l'un des "
            "deux manque. Demandez à votre service informatique."
        ),
    ),
    Refusal.ORGANISATION: (
        403,
        N_(
            "Votre organisation (SIRET %(seen)s) n'est reliée à aucune agence de Noa. Un administrateur de Noa peut "
            "l'ajouter."
        ),
    ),
    Refusal.NO_ACCOUNT: (
        403,
        N_("Aucun compte de Noa n'a l'adresse %(seen)s. Demandez à un administrateur d'en ouvrir un."),
    ),
    Refusal.OTHER_IDENTITY: (
        403,
        N_(
            "Le compte de Noa qui a l'adresse %(seen)s est déjà lié à une autre identité. Un administrateur peut le "
            "délier en enregistrant de nouveau l'adresse."
        ),
    ),
    Refusal.OTHER_AGENCY: (
        403,
        N_(
            "Votre organisation (SIRET %(seen)s) n'est pas celle des agences dont votre compte est référent. Demandez "
            "à un administrateur de mettre le compte à jour."
        ),
    ),
    Refusal.CLOSED: (403, N_("Votre compte de Noa est fermé. Un administrateur peut le rouvrir.")),
    Refusal.NO_ROLE: (
        403,
        N_("Votre compte de Noa existe, mais n'a pas encore de rôle. Un administrateur doit vous en donner un."),
    ),
}


@get("/connexion/oidc", guards=[open_to_all], cache=False)
async def leave(
    request: HTMXRequest,
    review: NamedDependency[ReviewSite],
    next: FromQuery[str | None] = None,  # noqa: A002
) -> Response[Any]:
    """Send the browser to the provider, with a cookie that identifies it on its return."""
    provider = provider_of(review)
    wanted = Destination(next if next and is_own_path(next) else review_url(language_of(request.url.path)))
    flow = provider.new_flow()
    try:
        address = await provider.address(flow, return_address(request))
    except IdentityRefused as error:
        return _refused(request, error, wanted)
    response = Redirect(address, status_code=303, headers={"cache-control": "no-store"})
    response.set_cookie(_flow_cookie(request, f"{flow}.{base64.urlsafe_b64encode(wanted.path.encode()).decode()}"))
    return response


@get(BACK, guards=[open_to_all], cache=False)
async def come_back(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Begin a session for the person whom the provider vouches for, or say why it is refused."""
    provider = provider_of(review)
    flow, wanted = _begun(request)
    try:
        identity = await provider.identity(flow, dict(request.query_params.items()), return_address(request))
        person = await review.line.run(review.office.identities.person_of, identity)
    except IdentityRefused as error:
        return _refused(request, error, wanted)
    vouched = review.office.sign_in.vouched
    begun = await review.line.run(lambda: vouched(person, is_strong=identity.is_strong, id_token=identity.id_token))
    response = (
        await code_form(request, review, wanted, begun.token)
        if isinstance(begun, CodeWanted)
        else await let_in(request, review, begun, wanted)
    )
    response.set_cookie(_flow_cookie(request, ""))
    return response


HANDLERS = (leave, come_back, sign_out)


def return_address(request: Request[Any, Any, Any]) -> str:
    """Return where the provider sends the browser back; it is registered there, once for each language."""
    return public_address(request, BACK)


def told(translator: Translator, error: IdentityRefused, provider: str) -> tuple[int, str]:
    """Return the status and the words of a refusal."""
    status, message = TOLD[error.reason]
    return status, translator.gettext(message, provider=provider, seen=error.seen[:80])


def public_address(request: Request[Any, Any, Any], path: str) -> str:
    """Return the whole address of a path of the workspace, as the public reaches it."""
    review: ReviewSite = request.app.state.review
    return review.office.noa.settings.base_url.rstrip("/") + review_url(language_of(request.url.path), path)


def provider_of(review: ReviewSite) -> "Provider":
    """Return the configured identity provider. Raises NotFound if there is none."""
    if review.office.provider is None:
        raise NotFound("No identity provider is set.")
    return review.office.provider


def _refused(request: Request[Any, Any, Any], error: IdentityRefused, wanted: Destination) -> Response[Any]:
    _log.warning("oidc_refused", reason=error.reason.value, error=str(error))
    review: ReviewSite = request.app.state.review
    status, said = told(translator_of(request), error, review.office.noa.settings.provider_name)
    response = sign_in_form(request, wanted, status=status, said=said)
    response.set_cookie(_flow_cookie(request, ""))
    return response


def _flow_cookie(request: Request[Any, Any, Any], value: str) -> Cookie:
    return own_cookie(request, FLOW_COOKIE, value, max_age=FLOW_SECONDS if value else 0)


def _begun(request: Request[Any, Any, Any]) -> tuple[str, Destination]:
    """Return the token of the sign-in that this browser began (empty for none), and the page to open afterwards."""
    flow, _, packed = own_cookie_value(request, FLOW_COOKIE).partition(".")
    try:
        path = base64.urlsafe_b64decode(packed.encode()).decode()
    except (binascii.Error, ValueError):
        path = ""
    return flow, Destination(path if is_own_path(path) else review_url(language_of(request.url.path)))
