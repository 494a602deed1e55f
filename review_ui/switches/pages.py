"""The page of the switches: how each part stands, and the form that suspends or restores it."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.people import PersonId
from noa_rag.domain.switches import SwitchName
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from noa_rag.storage.switches import REASON_LIMIT
from noa_rag.translation import N_
from noa_rag.web.forms import read_form, text_field
from review_ui.shell.rendering import redirect, render
from review_ui.shell.session import ReviewSite, requires, signed_in

PARTS = {
    SwitchName.CHAT: (
        N_("Les questions du public"),
        N_(
            "Sur le site et dans les widgets. Les fiches restent à lire ; un message de détresse reçoit toujours "
            "l'aide."
        ),
    ),
    SwitchName.API: (N_("L'API"), N_("Les programmes reçoivent une erreur 503 qui nomme l'administration à joindre.")),
    SwitchName.WIDGET: (N_("Le widget"), N_("Sur tous les sites inscrits. Le site de Noa n'est pas touché.")),
    SwitchName.MODEL: (
        N_("Le modèle de langage"),
        N_("Les réponses sont les textes officiels, y compris celles qui ont été reformulées auparavant."),
    ),
}
PROBLEMS = {
    "missing": N_("Écrivez pourquoi : le motif figure au journal."),
    "too_long": N_("Le motif est trop long."),
    "invisible_character": N_("Le motif contient un signe invisible ou un retour à la ligne."),
}
SAID = {
    "suspendu": N_("C'est suspendu : le public le voit d'ici deux secondes."),
    "retabli": N_("C'est rétabli : le public le voit d'ici deux secondes."),
}


@get("/interrupteurs", guards=[requires(Action.SWITCH_PARTS)])
async def switches_page(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show how each part stands."""
    return await _page(request, review)


@post("/interrupteurs/{name:str}/suspendre", guards=[requires(Action.SWITCH_PARTS)], status_code=200)
async def switch_off(request: HTMXRequest, review: NamedDependency[ReviewSite], name: FromPath[str]) -> Response[Any]:
    """Suspend a part: here at once, on other workers within a second."""
    return await _turned(request, review, name, on=False)


@post("/interrupteurs/{name:str}/retablir", guards=[requires(Action.SWITCH_PARTS)], status_code=200)
async def switch_on(request: HTMXRequest, review: NamedDependency[ReviewSite], name: FromPath[str]) -> Response[Any]:
    """Restore a part."""
    return await _turned(request, review, name, on=True)


HANDLERS = (switches_page, switch_off, switch_on)


async def _turned(request: HTMXRequest, review: ReviewSite, name: str, *, on: bool) -> Response[Any]:
    if name not in tuple(SwitchName):
        raise NotFound(f"No part is called `{name}`.")
    reason, actor = text_field(await read_form(request), "reason"), signed_in(request).person.id
    try:
        await review.line.run(_turn, review.office, SwitchName(name), on, reason, actor)
    except InvalidRequest as error:
        return await _page(request, review, wrong=name, problem=error.kind, typed=reason)
    return redirect(request, "/interrupteurs", {"fait": "retabli" if on else "suspendu"})


def _turn(office: Office, name: SwitchName, on: bool, reason: str, actor: PersonId) -> None:
    office.noa.records.switches.turn(name, on=on, reason=reason, actor=actor)
    office.noa.refresh_switches()


async def _page(
    request: Request[Any, Any, Any], review: ReviewSite, *, wrong: str = "", problem: str = "", typed: str = ""
) -> Template:
    return render(
        request,
        "review_ui/switches/switches.html",
        status=422 if problem else 200,
        switches=await review.line.run(review.office.noa.records.switches.all),
        parts=PARTS,
        limit=REASON_LIMIT,
        wrong=wrong,
        problem=PROBLEMS.get(problem, ""),
        typed=typed,
        done="" if problem else SAID.get(request.query_params.get("fait", ""), ""),
    )
