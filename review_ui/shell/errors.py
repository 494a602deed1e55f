"""Errors of the workspace as pages; where a session is over, the page keeps the form that was sent."""

import logging
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException
from litestar.types import ExceptionHandlersMap

from noa_rag.domain.errors import (
    Forbidden,
    InvalidContent,
    InvalidQuestion,
    NotAllowedNow,
    NotFound,
    StorageUnavailable,
    VersionConflict,
)
from noa_rag.translation import N_, Translator
from noa_rag.web.errors import MalformedBody
from noa_rag.web.limits import Saturated
from review_ui.shell.labels import why_not_now
from review_ui.shell.rendering import is_fragment, render, translator_of
from review_ui.shell.resuming import resume, set_up_first
from review_ui.shell.session import FactorWanted, ForgedForm, OtherSession, SessionOver
from review_ui.shell.sign_in import sign_in_again

BUSY_RETRY_SECONDS = 3

KIND_OF_ERROR: dict[type[Exception], tuple[int, str]] = {
    Forbidden: (403, "forbidden"),
    ForgedForm: (403, "forged"),
    NotFound: (404, "missing"),
    NotFoundException: (404, "missing"),
    VersionConflict: (409, "conflict"),
    NotAllowedNow: (409, "not_now"),
    InvalidContent: (422, "invalid"),
    Saturated: (503, "busy"),
    StorageUnavailable: (503, "busy"),
    MalformedBody: (400, "malformed"),
    InvalidQuestion: (400, "malformed"),
}
KIND_OF_STATUS = {404: "missing", 405: "missing", 413: "too_large"}
# Each kind with its title and what is said below it.
PROBLEMS = {
    "malformed": (
        N_("Formulaire illisible"),
        N_(
            "Ce qui a été envoyé est incomplet ou mal codé. Revenez en arrière : votre texte est "
            "dans le formulaire. Rien n'a été changé."
        ),
    ),
    "too_large": (
        N_("Le texte envoyé est trop long"),
        N_(
            "Une réponse compte 100 000 caractères au plus. Revenez en arrière et raccourcissez-la. "
            "Rien n'a été changé."
        ),
    ),
    "forbidden": (
        N_("Vous n'avez pas ce droit"),
        N_(
            "Votre compte ne permet pas cette action pour cette agence. Rien n'a été changé. "
            "Demandez à un référent de l'agence, ou à un administrateur."
        ),
    ),
    "forged": (
        N_("Envoi refusé"),
        N_("Ce formulaire ne vient pas d'une page de Noa. Rien n'a été changé. Repartez de la liste."),
    ),
    "missing": (
        N_("Introuvable"),
        N_("Cette page n'existe pas, ou plus. Vérifiez l'adresse, ou repartez de la liste."),
    ),
    "conflict": (
        N_("Quelqu'un a agi entre-temps"),
        N_(
            "Cette page montrait un état plus ancien. Rien n'a été écrasé. Votre texte est gardé "
            "ci-dessous : comparez-le avec l'état actuel."
        ),
    ),
    "not_now": (N_("Ce n'est pas possible maintenant"), N_("L'état du dossier ne le permet pas.")),
    "invalid": (N_("Le texte ne peut pas être gardé ainsi"), N_("Corrigez les points ci-dessous.")),
    "internal": (
        N_("Quelque chose n'a pas marché"),
        N_("Rien n'a été perdu. Réessayez dans un instant ; si cela revient, prévenez l'administrateur."),
    ),
    "busy": (N_("Trop de travail en cours"), N_("Réessayez dans quelques secondes.")),
}
_LOGGER = logging.getLogger("noa.review")


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return the page of any error, without internal details."""
    if isinstance(error, OtherSession):
        return resume(request, next_path=request.url.path, fields=error.fields, status=409)
    if isinstance(error, FactorWanted):
        return set_up_first(request, error)
    if isinstance(error, SessionOver):
        return sign_in_again(request, error)
    status, kind = _kind(error)
    if status >= 500 and kind == "internal":
        _LOGGER.error("%s %s: %s", request.method, request.url.path, type(error).__name__, exc_info=error)
    translator = translator_of(request)
    headers = {"retry-after": str(BUSY_RETRY_SECONDS)} if status == 503 else {}
    return problem(
        request,
        status=status,
        title=translator.gettext(PROBLEMS[kind][0]),
        detail=_detail(error, kind, translator),
        headers=headers,
    )


def problem(
    request: Request[Any, Any, Any], *, status: int, title: str, detail: str, headers: dict[str, str] | None = None
) -> Response[Any]:
    """Return the page of a problem, or its fragment where htmx asked for one."""
    template = "review_ui/shell/_problem.html" if is_fragment(request) else "review_ui/shell/problem.html"
    return render(request, template, status=status, headers=headers, title=title, detail=detail)


def _kind(error: Exception) -> tuple[int, str]:
    for kind, (status, name) in KIND_OF_ERROR.items():
        if isinstance(error, kind):
            return status, name
    if isinstance(error, HTTPException) and error.status_code < 500:
        return error.status_code, KIND_OF_STATUS.get(error.status_code, "malformed")
    return 500, "internal"


def _detail(error: Exception, kind: str, translator: Translator) -> str:
    if isinstance(error, NotAllowedNow):
        return why_not_now(translator, error.reason)
    return translator.gettext(PROBLEMS[kind][1])


HANDLERS: ExceptionHandlersMap = {HTTPException: respond, Exception: respond}
