"""Signing in, by password and, for whoever has a second factor, by a code or a security key."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.errors import SignInFailed, SignInOver
from noa_rag.review.sign_in import Begun, CodeWanted
from noa_rag.translation import N_, Translator
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.shell.paths import is_own_path, review_url
from review_ui.shell.rendering import is_fragment, redirect, render, translator_of
from review_ui.shell.resuming import WHOLE_PAGE, as_kept, elsewhere, factor_wanted, kept_fields, resume
from review_ui.shell.session import (
    ReviewSite,
    SessionOver,
    SignedIn,
    known_browser_cookie,
    open_to_all,
    origin_of,
    review_site,
    session_cookie,
    signed_in_with,
)

TOLD_IN_SECONDS = 90  # longer waits are told in minutes


@dataclass(frozen=True, slots=True)
class Destination:
    """What comes after signing in: a page of the workspace, and the form that was being sent to it, if one was."""

    path: str
    kept: str = ""

    @classmethod
    def read(cls, request: Request[Any, Any, Any], form: FormMultiDict) -> "Destination":
        path = text_field(form, "next")
        return cls(path if is_own_path(path) else review_url(language_of(request.url.path)), text_field(form, "kept"))


@get("/connexion", guards=[open_to_all])
async def sign_in_page(request: HTMXRequest, next: FromQuery[str | None] = None) -> Response[Any]:  # noqa: A002
    """Show the sign-in form, or redirect somebody who is signed in already."""
    language = language_of(request.url.path)
    there = next if next and is_own_path(next) else review_url(language)
    if request.state.signed_in is not None:
        return Redirect(there, status_code=303)
    return sign_in_form(request, Destination(there))


@post("/connexion", guards=[open_to_all], status_code=200)
async def sign_in(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Begin a session under a new id and redirect to the page that was wanted, or ask for the code."""
    form = await read_form(request)
    if review.office.noa.settings.local_passwords == "off":
        said = translator_of(request).gettext("Les mots de passe de Noa ne servent plus ici.")
        return sign_in_form(request, Destination.read(request, form), status=403, said=said)
    wanted, user_name = Destination.read(request, form), text_field(form, "user_name").strip()
    origin, translator = origin_of(request), translator_of(request)
    try:
        password = text_field(form, "password")
        begun = await review.line.run(review.office.sign_in.sign_in, user_name, password, origin.address, origin.device)
    except SignInFailed as error:
        request.app.state.observing.on_failed_sign_in("password")
        status, said, headers = too_early(translator, error)
        said = said or translator.gettext(
            "Identifiant ou mot de passe incorrect. Vérifiez-les, puis réessayez ; un administrateur "
            "peut remettre le mot de passe à zéro."
        )
        return sign_in_form(request, wanted, status=status, said=said, headers=headers, user_name=user_name)
    if isinstance(begun, CodeWanted):
        return await code_form(request, review, wanted, begun.token)
    return await let_in(request, review, begun, wanted)


@get(["/connexion/code", "/connexion/cle"], guards=[open_to_all])
async def code_page(request: HTMXRequest) -> Redirect:
    """Begin again: a second factor is asked for once the password was given."""
    return redirect(request, "/connexion")


@post("/connexion/code", guards=[open_to_all], status_code=200)
async def give_code(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Complete a sign-in with a code of the second factor, or with a recovery code."""
    return await _complete(request, review, review.office.sign_in.complete, "code", WRONG_CODE)


@post("/connexion/cle", guards=[open_to_all], status_code=200)
async def give_key(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Complete a sign-in with what a security key has signed."""
    return await _complete(request, review, review.office.sign_in.complete_with_key, "response", WRONG_KEY)


async def _complete(
    request: HTMXRequest, review: ReviewSite, complete: Callable[[str, str, str, str], Begun], field: str, wrong: str
) -> Response[Any]:
    form = await read_form(request)
    wanted, waiting = Destination.read(request, form), text_field(form, "waiting")
    origin, translator = origin_of(request), translator_of(request)
    try:
        begun = await review.line.run(complete, waiting, text_field(form, field), origin.address, origin.device)
    except SignInFailed as error:
        request.app.state.observing.on_failed_sign_in("second_factor")
        status, said, headers = too_early(translator, error)
        said = said or translator.gettext(wrong)
        return await code_form(request, review, wanted, waiting, status=status, said=said, of=field, headers=headers)
    except SignInOver:
        said = translator.gettext("Plus de dix minutes ont passé depuis le mot de passe. Recommencez la connexion.")
        return sign_in_form(request, wanted, status=401, said=said)
    return await let_in(request, review, begun, wanted)


@post("/connexion/reprise", guards=[open_to_all], status_code=200)
async def take_up(request: HTMXRequest) -> Response[Any]:
    """Show a kept form again to somebody who has signed in, or set up her second factor, in another tab."""
    wanted = Destination.read(request, await read_form(request))
    who: SignedIn | None = request.state.signed_in
    if who is None:
        return sign_in_form(request, wanted, status=401)
    if who.lacks_factor:
        return factor_wanted(request, next_path=wanted.path, kept=wanted.kept)
    return resume(request, next_path=wanted.path, fields=kept_fields(wanted.kept))


HANDLERS = (sign_in_page, sign_in, code_page, give_code, give_key, take_up)
WRONG_CODE = N_(
    "Code incorrect, ou déjà utilisé. Attendez le code suivant, puis réessayez ; vérifiez aussi que l'heure de votre "
    "téléphone est juste."
)
WRONG_KEY = N_("Cette clé n'a pas été acceptée. Réessayez, ou tapez un code de secours.")


async def let_in(
    request: Request[Any, Any, Any], review: ReviewSite, begun: Begun, wanted: Destination
) -> Response[Any]:
    """End the previous session, and return the response to a sign-in with the cookies of the new one."""
    before: SignedIn | None = request.state.signed_in
    if before is not None:
        await review.line.run(review.office.sign_in.sign_out, before.token)
    request.state.signed_in = who = await signed_in_with(review, begun.token)
    assert who is not None, "the session began a moment ago"
    response: Response[Any]
    if not (fields := kept_fields(wanted.kept)):
        response = Redirect(wanted.path, status_code=303)
    elif who.lacks_factor:
        response = factor_wanted(request, next_path=wanted.path, kept=wanted.kept)
    else:
        response = resume(request, next_path=wanted.path, fields=fields)
    response.set_cookie(session_cookie(request, begun.token))
    if begun.device:
        response.set_cookie(known_browser_cookie(request, begun.device))
    return response


def sign_in_again(request: Request[Any, Any, Any], error: SessionOver) -> Template:
    """Return the sign-in page in place of another, with the form that was being sent in a hidden field.

    A page that asked for a fragment stays as it is, with any text being typed; the fragment says what to do.
    """
    path, query = request.url.path, str(request.url.query or "")
    if request.method not in ("GET", "HEAD"):
        headers = WHOLE_PAGE if is_fragment(request) else {}
        return sign_in_form(request, Destination(path, as_kept(error)), status=401, headers=headers)
    if is_fragment(request):
        return elsewhere(
            request,
            title=N_("Votre session a expiré"),
            words=N_(
                "Cette page garde ce que vous y avez écrit. Reconnectez-vous dans un autre onglet, puis revenez ici."
            ),
            link=N_("Se reconnecter dans un nouvel onglet"),
            path="/connexion",
            status=401,
        )
    there = Destination(f"{path}?{query}" if query else path)
    return sign_in_form(request, there, status=401, intro=N_("Connectez-vous pour continuer."))


def too_early(translator: Translator, error: SignInFailed) -> tuple[int, str, dict[str, str]]:
    """Return status, words and headers of a refusal; the words are empty if the attempt was wrong, not too early."""
    seconds = error.retry_seconds
    if not seconds:
        return 401, "", {}
    if seconds <= TOLD_IN_SECONDS:
        said = translator.gettext("Trop d'essais. Réessayez dans %(seconds)s s.", seconds=seconds)
    else:
        said = translator.gettext("Trop d'essais. Réessayez dans %(minutes)s min.", minutes=math.ceil(seconds / 60))
    return 429, said, {"retry-after": str(seconds)}


def sign_in_form(
    request: Request[Any, Any, Any],
    wanted: Destination,
    *,
    status: int = 200,
    said: str = "",
    user_name: str = "",
    intro: str = N_(
        "Cet espace est réservé aux personnes qui tiennent les fiches à jour. Les entrepreneurs "
        "posent leurs questions sur le site public, sans compte."
    ),
    headers: Mapping[str, str] | None = None,
) -> Template:
    settings = review_site(request).office.noa.settings
    return render(
        request,
        "review_ui/shell/sign_in.html",
        status=status,
        headers=headers,
        title=N_("Votre session a expiré") if wanted.kept else N_("Se connecter"),
        intro=N_("Reconnectez-vous : ce que vous avez écrit est gardé sur cette page et repris juste après.")
        if wanted.kept
        else intro,
        provider=settings.provider_name,
        takes_passwords=settings.local_passwords == "on",
        problem=said,
        user_name=user_name,
        next_path=wanted.path,
        kept=wanted.kept,
    )


async def code_form(
    request: Request[Any, Any, Any],
    review: ReviewSite,
    wanted: Destination,
    waiting: str,
    *,
    status: int = 200,
    said: str = "",
    of: str = "code",
    headers: Mapping[str, str] | None = None,
) -> Template:
    """Ask for the second factor; `said` is the problem with the field `of`."""
    party = review.office.security_keys.party
    return render(
        request,
        "review_ui/shell/sign_in_code.html",
        status=status,
        headers=headers,
        asked=await review.line.run(review.office.sign_in.asked, waiting),
        key_origin=party.origin if party else "",
        problem=said,
        is_code_wrong=bool(said) and of == "code",
        waiting=waiting,
        next_path=wanted.path,
        kept=wanted.kept,
    )
