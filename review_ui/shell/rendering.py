"""Rendering of the workspace's pages, or of the fragments that htmx asks for, with the navigation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from litestar import Request, Response
from litestar.response import Redirect, Template

from noa_rag import translation
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import PARIS
from noa_rag.domain.errors import Worded
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.domain.queue import Waiting
from noa_rag.review.rights import Action, may
from noa_rag.translation import N_, NP_, Translator
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import file_address, language_of, page_path
from review_ui.shell import labels
from review_ui.shell.labels import LOCALE, finding_in_words, named
from review_ui.shell.paths import other_language_url, review_url
from review_ui.shell.session import SignedIn, public_site

STATIC = Path(__file__).parents[1] / "static"  # everything in it is public
PAGE_HEADERS = {"cache-control": "no-store", "vary": "HX-Request", "x-robots-tag": "noindex"}


def render(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Template:
    """Return a page; templates find `labels`, `named`, `url`, `may`, `csrf`, `person`, `day` and `moment` too."""
    translator = translator_of(request)
    language = translator.language
    who: SignedIn | None = getattr(request.state, "signed_in", None)
    common: dict[str, Any] = {
        "language": language.value,
        "translator": translator,
        "labels": labels,
        "named": partial(named, translator),
        "url": partial(_url, language),
        "public_url": partial(_public_url, language),
        "day": lambda value: day_in_words(value, language) if value else "",
        "moment": lambda value: moment_in_words(value, language) if value else "",
        "assets": public_site(request).assets,
        "review_css": file_address(STATIC / "review.css"),
        "review_js": file_address(STATIC / "review.js"),
        "keys_js": file_address(STATIC / "keys.js"),
        "other_language_url": other_language_url(request.url.path, str(request.url.query or "")),
        "person": who.person if who else None,
        "csrf": who.csrf if who else "",
        "may": partial(_may, who),
        "navigation": navigation(language, request.url.path, who.person if who else None, _waiting(request)),
        "is_fragment": is_fragment(request),
        "found_in_words": partial(_found_in_words, language),
        "colon": "\N{NO-BREAK SPACE}: " if language is Language.FRENCH else ": ",
    }
    return Template(
        template,
        context=common | context,
        status_code=status,
        headers={**PAGE_HEADERS, "content-language": language.value, **(headers or {})},
    )


def page_or_fragment(request: Request[Any, Any, Any], page: str, fragment: str, **options: Any) -> Template:
    """Return the page, or its fragment alone when htmx asks for it."""
    return render(request, fragment if is_fragment(request) else page, **options)


def redirect(
    request: Request[Any, Any, Any], path: str = "/", query: Mapping[str, object] | None = None, *, anchor: str = ""
) -> Redirect:
    """Return the redirect, to be followed by GET, to a path of the workspace in the language of the request."""
    address = review_url(language_of(request.url.path), path, query)
    return Redirect(f"{address}#{anchor}" if anchor else address, status_code=303)


def file_response(text: str, *, media_type: str, name: str) -> Response[bytes]:
    """Return a text as a file to download."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(text.encode(), media_type=media_type, headers=headers)


def translator_to(language: Language) -> Translator:
    """Return the translator of the workspace's pages to a language."""
    return translation.translator_of(language, LOCALE)


def translator_of(request: Request[Any, Any, Any]) -> Translator:
    """Return the translator to the language of the request."""
    return translator_to(language_of(request.url.path))


def moment_in_words(moment: datetime, language: Language) -> str:
    """Return a day with its time in Paris, such as "25 novembre 2026, 14:05"."""
    there = moment.astimezone(PARIS)
    return f"{day_in_words(there.date(), language)}, {there:%H:%M}"


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """Return whether htmx asks for a part of a page."""
    return (
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-history-restore-request") != "true"
        and request.headers.get("hx-boosted") != "true"
    )


def _url(language: Language, path: str = "/", **query: Any) -> str:
    return review_url(language, path, query)


def _public_url(
    language: Language, page: str, item_id: str = "", query: Mapping[str, str] | None = None, **more: str
) -> str:
    return page_path(page, language, item_id, {**(query or {}), **more})


def _may(who: SignedIn | None, action: str, agency_id: str | None = None) -> bool:
    return who is not None and may(who.person, Action(action), AgencyId(agency_id) if agency_id else None)


def _found_in_words(language: Language, finding: str) -> str:
    what = finding.values.get("what", "") if isinstance(finding, Worded) else ""
    renamed = {"what": translator_to(language).gettext(labels.AUDIT_DETAILS[str(what)])} if what else {}
    return finding_in_words(language, finding, **renamed)


NOTHING_WAITS = Waiting()
BENEATH_THE_QUEUE = ("brouillons", "groupes", "dossiers")  # what is reached from it
LINKS = (
    (N_("À traiter"), "/", Action.READ),
    (N_("Fiches"), "/fiches", Action.READ),
    (N_("Variantes"), "/variantes", Action.READ),
    (N_("Comité"), "/comite", Action.READ),
    (N_("Suivi"), "/suivi", Action.READ_FIGURES),
    (N_("Qualité"), "/qualite", Action.READ),
    (N_("Bandeau"), "/bandeau", Action.SET_BANNER),
    (N_("Interrupteurs"), "/interrupteurs", Action.SWITCH_PARTS),
    (N_("Journal"), "/journal", Action.READ_AUDIT),
    (N_("Sites"), "/sites", Action.MANAGE_SITES),
    (NP_("navigation", "Comptes"), "/personnes", Action.MANAGE_PEOPLE),
    (N_("Contrôle des comptes"), "/changements", Action.CONFIRM_ACCOUNT),
)


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """One link; `label` is the key of its words, `count` how much waits there."""

    label: str
    url: str
    is_here: bool
    count: int = 0


def navigation(
    language: Language, path: str, person: Person | None, waiting: Waiting = NOTHING_WAITS
) -> tuple[NavigationLink, ...]:
    """Return the links that a person may follow, with the current one marked."""
    if person is None:
        return ()
    home = review_url(language)
    allowed = [(label, review_url(language, place)) for label, place, action in LINKS if may(person, action)]
    return tuple(
        NavigationLink(label, url, _is_within(path, url, home), waiting.to_do if url == home else 0)
        for label, url in allowed
    )


def _waiting(request: Request[Any, Any, Any]) -> Waiting:
    waiting: Waiting = getattr(request.state, "waiting", NOTHING_WAITS)
    return waiting


def _is_within(path: str, url: str, home: str) -> bool:
    if url == home and path.startswith(tuple(f"{home}/{place}/" for place in BENEATH_THE_QUEUE)):
        return True
    return path == url or (path.startswith(url + "/") and url != home)
