"""Signing in and out, and sending a form again that was sent when its session was over."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.errors import SignInFailed
from noa_rag.translation import N_, Translator
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.shell.labels import FIELDS, VERDICT_FIELDS, named
from review_ui.shell.paths import is_own_path, review_url
from review_ui.shell.rendering import is_fragment, redirect, render, translator_of, translator_to
from review_ui.shell.session import (
    ReviewSite,
    SessionOver,
    SignedIn,
    known_browser,
    known_browser_cookie,
    open_to_all,
    session_cookie,
)

WHOLE_PAGE = {"hx-retarget": "body", "hx-reswap": "innerHTML"}  # where htmx asked for a fragment
TOLD_IN_SECONDS = 90  # longer waits are told in minutes


@get("/connexion", guards=[open_to_all])
async def sign_in_page(request: HTMXRequest, next: FromQuery[str | None] = None) -> Response[Any]:  # noqa: A002
    """Show the sign-in form, or redirect somebody who is signed in already."""
    language = language_of(request.url.path)
    there = next if next and is_own_path(next) else review_url(language)
    if request.state.signed_in is not None:
        return Redirect(there, status_code=303)
    return _form(request, next_path=there)


@post("/connexion", guards=[open_to_all], status_code=200)
async def sign_in(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Begin a session under a new id and redirect to the page that was wanted."""
    form = await read_form(request)
    language = language_of(request.url.path)
    wanted, kept = text_field(form, "next"), text_field(form, "kept")
    there = wanted if is_own_path(wanted) else review_url(language)
    user_name = text_field(form, "user_name").strip()
    address = request.client.host if request.client else ""
    translator = translator_to(language)
    before: SignedIn | None = request.state.signed_in
    sign_ins = review.office.sign_in
    try:
        password = text_field(form, "password")
        begun = await review.line.run(sign_ins.sign_in, user_name, password, address, known_browser(request))
    except SignInFailed as error:
        if error.retry_seconds:
            said = _too_early(translator, error.retry_seconds)
            headers = {"retry-after": str(error.retry_seconds)}
            return _form(request, status=429, said=said, headers=headers, **_again(user_name, there, kept))
        return _form(
            request,
            status=401,
            said=translator.gettext(
                "Identifiant ou mot de passe incorrect. Vérifiez-les, puis réessayez ; un administrateur "
                "peut remettre le mot de passe à zéro."
            ),
            **_again(user_name, there, kept),
        )
    if before is not None:
        await review.line.run(sign_ins.sign_out, before.token)
    response: Response[Any]
    fields = _kept_fields(kept)
    if fields:
        person = await review.line.run(sign_ins.person_of, begun.token)
        assert person is not None, "the session began a moment ago"
        request.state.signed_in = SignedIn(person, begun.token, sign_ins.csrf_token(begun.token))
        response = resume(request, next_path=there, fields=fields)
    else:
        response = Redirect(there, status_code=303)
    response.set_cookie(session_cookie(request, begun.token))
    response.set_cookie(known_browser_cookie(request, begun.device))
    return response


@post("/deconnexion", guards=[open_to_all], status_code=303)
async def sign_out(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """End the session here and in the database."""
    who: SignedIn | None = request.state.signed_in
    if who is not None:
        await review.line.run(review.office.sign_in.sign_out, who.token)
    response = redirect(request, "/connexion")
    response.set_cookie(session_cookie(request, ""))
    return response


HANDLERS = (sign_in_page, sign_in, sign_out)


def sign_in_again(request: Request[Any, Any, Any], error: SessionOver) -> Template:
    """Return the sign-in page in place of another, with the form that was being sent in a hidden field.

    A page that asked for a part of itself stays as it is, whatever is being written in it: the part says what to do.
    """
    path, query = request.url.path, str(request.url.query or "")
    if request.method in ("GET", "HEAD"):
        if is_fragment(request):
            return render(request, "review_ui/shell/_session_over.html", status=401)
        there = f"{path}?{query}" if query else path
        return _form(request, status=401, next_path=there, intro=N_("Connectez-vous pour continuer."))
    headers = WHOLE_PAGE if is_fragment(request) else {}
    kept = json.dumps(error.fields, ensure_ascii=False)
    return _form(request, status=401, next_path=path, kept=kept, headers=headers)


def _form(
    request: Request[Any, Any, Any],
    *,
    next_path: str,
    status: int = 200,
    said: str = "",
    user_name: str = "",
    kept: str = "",
    intro: str = N_(
        "Cet espace est réservé aux personnes qui tiennent les fiches à jour. Les entrepreneurs "
        "posent leurs questions sur le site public, sans compte."
    ),
    headers: Mapping[str, str] | None = None,
) -> Template:
    return render(
        request,
        "review_ui/shell/sign_in.html",
        status=status,
        headers=headers,
        title=N_("Votre session a expiré") if kept else N_("Se connecter"),
        intro=N_("Reconnectez-vous : ce que vous avez écrit est gardé sur cette page et repris juste après.")
        if kept
        else intro,
        problem=said,
        user_name=user_name,
        next_path=next_path,
        kept=kept,
    )


def _too_early(translator: Translator, seconds: int) -> str:
    if seconds <= TOLD_IN_SECONDS:
        return translator.gettext("Trop d'essais. Réessayez dans %(seconds)s s.", seconds=seconds)
    return translator.gettext("Trop d'essais. Réessayez dans %(minutes)s min.", minutes=math.ceil(seconds / 60))


def _again(user_name: str, next_path: str, kept: str) -> dict[str, Any]:
    return {"user_name": user_name, "next_path": next_path, "kept": kept}


def _kept_fields(kept: str) -> list[tuple[str, str]]:
    """Return the fields of the form that was being sent, none where the text is not a list of pairs."""
    try:
        listed = json.loads(kept) if kept else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(listed, list):
        return []
    pairs = [tuple(one) for one in listed if isinstance(one, list) and len(one) == 2]
    return [(name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str)]


TECHNICAL = {"revision", "base_version", "version", "to_version", "entry", "next"}
LONG = 60  # characters that still fit one line
# The last part of an address, and the words of the button that leads there.
BUTTONS = {
    "approuver": N_("Approuver et publier"),
    "enregistrer": N_("Enregistrer le brouillon"),
    "refuser": N_("Refuser le brouillon"),
    "demander": N_("Demander ces modifications"),
    "transmettre": N_("Transmettre"),
    "rattacher": N_("Rattacher"),
}
SEND = N_("Envoyer maintenant")


@dataclass(frozen=True, slots=True)
class KeptField:
    """One field of the form; `rows` is 0 where one line is enough, `is_hidden` where it is not meant to be read."""

    name: str
    label: str
    value: str
    rows: int
    is_hidden: bool


def resume(
    request: Request[Any, Any, Any], *, next_path: str, fields: Sequence[tuple[str, str]], status: int = 200
) -> Template:
    """Return the page that shows the fields of a form again, with a button that sends them."""
    translator = translator_of(request)
    act = next_path.rsplit("/", 1)[-1]
    return render(
        request,
        "review_ui/shell/resume.html",
        status=status,
        headers=WHOLE_PAGE if is_fragment(request) else {},
        next_path=next_path,
        fields=[_kept(name, value, translator) for name, value in fields],
        button=translator.gettext(BUTTONS.get(act, SEND)),
        publishes=act == "approuver",
    )


def _kept(name: str, value: str, translator: Translator) -> KeptField:
    is_long = len(value) > LONG or "\n" in value
    return KeptField(
        name=name,
        label=str(named(translator, FIELDS | VERDICT_FIELDS, name)),
        value=value,
        rows=min(20, max(3, len(value) // 70)) if is_long else 0,
        is_hidden=name in TECHNICAL or not value.strip(),
    )
