"""What visitors read where a part of the service is switched off."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from noa_rag.domain.agency import Agency
from noa_rag.domain.question import Language
from noa_rag.domain.switches import SwitchedOff, SwitchName
from noa_rag.translation import N_, translator_of
from noa_rag.web.limits import is_cry_for_help
from noa_rag.web.site import Site

# By the kind of problem, its title and what is said below it; whom to ask stands beside. The language model has none:
# the approved text is shown, and says so.
SWITCHED_OFF_TEXTS: Mapping[str, tuple[str, str]] = {
    "chat_off": (
        N_("Noa ne prend pas de question pour le moment"),
        N_(
            "Le service est suspendu par l'équipe qui en répond. Les réponses déjà publiées restent à lire, par thème "
            "et par la recherche."
        ),
    ),
    "api_off": (
        N_("L'API est suspendue pour le moment"),
        N_("L'équipe qui répond de Noa l'a suspendue. Réessayez plus tard ; d'ici là, renvoyez vers le site de Noa."),
    ),
    "widget_off": (
        N_("Noa n'est pas disponible sur ce site pour le moment"),
        N_(
            "Le service est suspendu par l'équipe qui en répond. Votre question peut être posée directement à "
            "l'administration."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class ClosedView:
    """In words, that no question is taken, and whom to ask instead."""

    title: str
    detail: str
    contact: Agency | None


def chat_closed(site: Site, language: Language) -> ClosedView | None:
    """Return what stands in the place of the form; None while questions are taken."""
    off = site.service.switched_off()
    if SwitchName.CHAT not in off.names:
        return None
    translator, (title, detail) = translator_of(language), SWITCHED_OFF_TEXTS["chat_off"]
    return ClosedView(translator.gettext(title), translator.gettext(detail), off.contact)


async def api_is_on(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard the API while it is switched off; a message of distress is answered all the same."""
    site: Site = connection.app.state.site
    try:
        site.service.switched_off().require(SwitchName.API)
    except SwitchedOff:
        if not await is_cry_for_help(connection):
            raise
