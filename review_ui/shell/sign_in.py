"""Signing in, by password and, for whoever has a second factor, by a code or a security key."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.errors import SignInFailed, SignInOver
from noa_rag.review.sign_in import Begun, CodeWanted
from noa_rag.web.forms import read_form, text_field
from review_ui.shell.lookups import WORDS
from review_ui.shell.rendering import is_fragment, is_own_path, redirect, render, review_url
from review_ui.shell.session import (
    AnyRequest,
    Review,
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
    def read(cls, request: AnyRequest, form: FormMultiDict) -> "Destination":
        path = text_field(form, "next")
        return cls(path if is_own_path(path) else review_url(), text_field(form, "kept"))


@get("/connexion", guards=[open_to_all])
async def sign_in_page(request: HTMXRequest, next: FromQuery[str | None] = None) -> Response[Any]:  # noqa: A002
    """Show the sign-in form, or redirect somebody who is signed in already."""
    there = next if next and is_own_path(next) else review_url()
    if request.state.signed_in is not None:
        return Redirect(there, status_code=303)
    return sign_in_form(request, Destination(there))


@post("/connexion", guards=[open_to_all], status_code=200)
async def sign_in(request: HTMXRequest, review: Review) -> Response[Any]:
    """Begin a session under a new id and redirect to the page that was wanted, or ask for the code."""
    form = await read_form(request)
    if review.office.noa.settings.local_passwords == "off":
        said = "Les mots de passe de Noa ne servent plus ici."
        return sign_in_form(request, Destination.read(request, form), status=403, said=said)
    wanted, user_name = Destination.read(request, form), text_field(form, "user_name").strip()
    origin = origin_of(request)
    try:
        password = text_field(form, "password")
        begun = await review.run(review.office.sign_in.sign_in, user_name, password, origin.address, origin.device)
    except SignInFailed as error:
        request.app.state.observing.on_failed_sign_in("password")
        status, said, headers = too_early(error)
        said = said or (
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
    return redirect("/connexion")


@post("/connexion/code", guards=[open_to_all], status_code=200)
async def give_code(request: HTMXRequest, review: Review) -> Response[Any]:
    """Complete a sign-in with a code of the second factor, or with a recovery code."""
    return await _complete(request, review, review.office.sign_in.complete, "code", WRONG_CODE)


@post("/connexion/cle", guards=[open_to_all], status_code=200)
async def give_key(request: HTMXRequest, review: Review) -> Response[Any]:
    """Complete a sign-in with what a security key has signed."""
    return await _complete(request, review, review.office.sign_in.complete_with_key, "response", WRONG_KEY)


async def _complete(
    request: HTMXRequest, review: ReviewSite, complete: Callable[[str, str, str, str], Begun], field: str, wrong: str
) -> Response[Any]:
    form = await read_form(request)
    wanted, waiting = Destination.read(request, form), text_field(form, "waiting")
    origin = origin_of(request)
    try:
        begun = await review.run(complete, waiting, text_field(form, field), origin.address, origin.device)
    except SignInFailed as error:
        request.app.state.observing.on_failed_sign_in("second_factor")
        status, said, headers = too_early(error)
        said = said or wrong
        return await code_form(request, review, wanted, waiting, status=status, said=said, of=field, headers=headers)
    except SignInOver:
        said = "Plus de dix minutes ont passé depuis le mot de passe. Recommencez la connexion."
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
WRONG_CODE = (
    "Code incorrect, ou déjà utilisé. Attendez le code suivant, puis réessayez ; vérifiez aussi que l'heure de votre "
    "téléphone est juste."
)
WRONG_KEY = "Cette clé n'a pas été acceptée. Réessayez, ou tapez un code de secours."


async def let_in(request: AnyRequest, review: ReviewSite, begun: Begun, wanted: Destination) -> Response[Any]:
    """End the previous session, and return the response to a sign-in with the cookies of the new one."""
    before: SignedIn | None = request.state.signed_in
    if before is not None:
        await review.run(review.office.sign_in.sign_out, before.token)
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


def sign_in_again(request: AnyRequest, error: SessionOver) -> Template:
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
            title="Votre session a expiré",
            words="Cette page garde ce que vous y avez écrit. Reconnectez-vous dans un autre onglet, puis revenez ici.",
            link="Se reconnecter dans un nouvel onglet",
            path="/connexion",
            status=401,
        )
    there = Destination(f"{path}?{query}" if query else path)
    return sign_in_form(request, there, status=401, intro="Connectez-vous pour continuer.")


def too_early(error: SignInFailed) -> tuple[int, str, dict[str, str]]:
    """Return status, words and headers of a refusal; the words are empty if the attempt was wrong, not too early."""
    seconds = error.retry_seconds
    if not seconds:
        return 401, "", {}
    if seconds <= TOLD_IN_SECONDS:
        said = f"Trop d'essais. Réessayez dans {seconds} s."
    else:
        said = f"Trop d'essais. Réessayez dans {math.ceil(seconds / 60)} min."
    return 429, said, {"retry-after": str(seconds)}


def sign_in_form(
    request: AnyRequest,
    wanted: Destination,
    *,
    status: int = 200,
    said: str = "",
    user_name: str = "",
    intro: str = (
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
        title="Votre session a expiré" if wanted.kept else "Se connecter",
        intro="Reconnectez-vous : ce que vous avez écrit est gardé sur cette page et repris juste après."
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
    request: AnyRequest,
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
        asked=await review.run(review.office.sign_in.asked, waiting),
        key_origin=party.origin if party else "",
        problem=said,
        is_code_wrong=bool(said) and of == "code",
        waiting=waiting,
        next_path=wanted.path,
        kept=wanted.kept,
    )


WHOLE_PAGE = {"hx-retarget": "body", "hx-reswap": "innerHTML"}  # where htmx asked for a fragment

TECHNICAL = {"revision", "base_version", "version", "to_version", "entry", "next"}
# The last part of an address, and the words of the button that leads there.
BUTTONS = {
    "approuver": "Approuver et publier",
    "enregistrer": "Enregistrer le brouillon",
    "refuser": "Refuser le brouillon",
    "demander": "Demander ces modifications",
    "transmettre": "Transmettre",
    "rattacher": "Rattacher",
}


def as_kept(error: SessionOver) -> str:
    """Return the fields of the form that was being sent, as JSON for one hidden field."""
    return json.dumps(error.fields, ensure_ascii=False)


def kept_fields(kept: str) -> list[tuple[str, str]]:
    """Return the fields of the form that was being sent, none where the text is not a list of pairs."""
    try:
        listed = json.loads(kept) if kept else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(listed, list):
        return []
    pairs = [tuple(item) for item in listed if isinstance(item, list) and len(item) == 2]
    return [(name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)]


def set_up_first(request: AnyRequest, error: SessionOver) -> Response[Any]:
    """Send somebody whose role demands a second factor to her account; text being sent or typed is kept."""
    if request.method not in ("GET", "HEAD"):
        return factor_wanted(request, next_path=request.url.path, kept=as_kept(error))
    if not is_fragment(request):
        return redirect("/compte")
    return elsewhere(
        request,
        title="Un second facteur est demandé",
        words="Cette page garde ce que vous y avez écrit. Ajoutez-le dans un autre onglet, puis revenez ici.",
        link="Ajouter un second facteur",
        path="/compte",
    )


def factor_wanted(request: AnyRequest, *, next_path: str, kept: str) -> Template:
    """Return the page that keeps a form while its writer sets up a second factor in another tab."""
    headers = WHOLE_PAGE if is_fragment(request) else {}
    return render(request, "review_ui/shell/kept.html", status=403, headers=headers, next_path=next_path, kept=kept)


def elsewhere(request: AnyRequest, *, title: str, words: str, link: str, path: str, status: int = 403) -> Template:
    """Return a part of a page that says what to do in another tab; the page around it stays as it is."""
    return render(
        request, "review_ui/shell/_elsewhere.html", status=status, title=title, words=words, link=link, path=path
    )


def resume(request: AnyRequest, *, next_path: str, fields: Sequence[tuple[str, str]], status: int = 200) -> Template:
    """Return the page that shows the fields of a form again, with a button that sends them."""
    act = next_path.rsplit("/", 1)[-1]
    return render(
        request,
        "review_ui/shell/resume.html",
        status=status,
        headers=WHOLE_PAGE if is_fragment(request) else {},
        next_path=next_path,
        fields=fields,
        technical=TECHNICAL,
        names={**WORDS["fields"], **WORDS["verdict_fields"]},
        button=BUTTONS.get(act, "Envoyer maintenant"),
        publishes=act == "approuver",
    )
