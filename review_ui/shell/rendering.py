"""Pages of the workspace: their addresses, their rendering with the navigation, and the pages of long lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from litestar import Response
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect, Template

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.days import PARIS
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.domain.queue import Waiting
from noa_rag.review.rights import Action, may
from noa_rag.translation import translator_of
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import file_address, page_path
from review_ui.shell import lookups
from review_ui.shell.session import AnyRequest, SignedIn, public_site

T = TypeVar("T")
PREFIX = "/revue"
PAGE_LENGTH = 20
STATIC = Path(__file__).parents[1] / "static"  # everything in it is public
PAGE_HEADERS = {"cache-control": "no-store", "content-language": "fr", "vary": "HX-Request", "x-robots-tag": "noindex"}


def render(
    request: AnyRequest, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Template:
    """Return a page; templates find `labels`, `named`, `url`, `may`, `csrf`, `person`, `day` and `moment` too."""
    who: SignedIn | None = getattr(request.state, "signed_in", None)
    common: dict[str, Any] = {
        "language": Language.FRENCH.value,  # for the public's own templates, as is the translator
        "translator": translator_of(Language.FRENCH),
        "labels": lookups.WORDS,
        "named": lookups.named,
        "url": lambda path="/", **query: review_url(path, query),
        "public_url": _public_url,
        "day": lambda value: day_in_words(value, Language.FRENCH) if value else "",
        "moment": lambda value: moment_in_words(value) if value else "",
        "assets": public_site(request).assets,
        "review_css": file_address(STATIC / "review.css"),
        "review_js": file_address(STATIC / "review.js"),
        "keys_js": file_address(STATIC / "keys.js"),
        "person": who.person if who else None,
        "csrf": who.csrf if who else "",
        "may": partial(_may, who),
        "navigation": navigation(request.url.path, who.person if who else None, _waiting(request)),
        "is_fragment": is_fragment(request),
        "found_in_words": lookups.finding_in_words,
    }
    return Template(template, context=common | context, status_code=status, headers={**PAGE_HEADERS, **(headers or {})})


def page_or_fragment(request: AnyRequest, page: str, fragment: str, **options: Any) -> Template:
    """Return the page, or its fragment alone when htmx asks for it."""
    return render(request, fragment if is_fragment(request) else page, **options)


def redirect(path: str = "/", query: Mapping[str, object] | None = None, *, anchor: str = "") -> Redirect:
    """Return the redirect, to be followed by GET, to a path of the workspace."""
    address = review_url(path, query)
    return Redirect(f"{address}#{anchor}" if anchor else address, status_code=303)


def file_response(text: str, *, media_type: str, name: str) -> Response[bytes]:
    """Return a text as a file to download."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(text.encode(), media_type=media_type, headers=headers)


def moment_in_words(moment: datetime) -> str:
    """Return a day with its time in Paris, such as "25 novembre 2026, 14:05"."""
    there = moment.astimezone(PARIS)
    return f"{day_in_words(there.date(), Language.FRENCH)}, {there:%H:%M}"


def is_fragment(request: AnyRequest) -> bool:
    """Return whether htmx asks for a part of a page."""
    return (
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-history-restore-request") != "true"
        and request.headers.get("hx-boosted") != "true"
    )


def review_url(path: str = "/", query: Mapping[str, object] | None = None) -> str:
    """Return the address of a path such as `/brouillons/3f…`; empty parts of the query are left out."""
    filled = [(name, str(value)) for name, value in (query or {}).items() if value not in (None, "")]
    address = PREFIX + ("" if path == "/" else path)
    return f"{address}?{urlencode(filled)}" if filled else address


def is_own_path(path: str) -> bool:
    """Return whether an address from a form or a link leads to a page of the workspace."""
    if not path.isprintable() or any(sign in path for sign in ("\\", "//")):
        return False
    return path == PREFIX or path.startswith((PREFIX + "/", PREFIX + "?"))


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a list of `total` items is shown; pages count from 1."""

    number: int
    total: int
    length: int

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.length))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.length

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """Return the items that stand on this page."""
        return items[self.offset : self.offset + self.length]


def pages_of(total: int, number: str | None, *, length: int = PAGE_LENGTH) -> Pages:
    """Return the page that an address asks for, or the nearest there is."""
    last = Pages(1, total, length).count
    return Pages(min(max(1, number_in(number, otherwise=1)), last), total, length)


def page_addresses(path: str, filters: Mapping[str, object]) -> Callable[[int], str]:
    """Return a function from a page's number to its address, filters included."""
    return lambda page: review_url(path, {**filters, "page": page if page > 1 else None})


def texts_in(form: FormMultiDict, name: str) -> tuple[str, ...]:
    """Return the texts of a field that a form may hold several times, files left out."""
    return tuple(value for value in form.getall(name, []) if isinstance(value, str))


def number_in(text: str | None, *, otherwise: int) -> int:
    """Return the number in a text, or `otherwise` where it holds none; numbers have at most nine digits."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _public_url(page: str, item_id: str = "", query: Mapping[str, str] | None = None, **more: str) -> str:
    return page_path(page, Language.FRENCH, item_id, {**(query or {}), **more})


def _may(who: SignedIn | None, action: str, agency_id: str | None = None) -> bool:
    return who is not None and may(who.person, Action(action), AgencyId(agency_id) if agency_id else None)


BENEATH_THE_QUEUE = ("brouillons", "groupes", "dossiers")  # what is reached from it
LINKS = (
    ("À traiter", "/", Action.READ),
    ("Fiches", "/fiches", Action.READ),
    ("Variantes", "/variantes", Action.READ),
    ("Comité", "/comite", Action.READ),
    ("Suivi", "/suivi", Action.READ_FIGURES),
    ("Qualité", "/qualite", Action.READ),
    ("Bandeau", "/bandeau", Action.SET_BANNER),
    ("Interrupteurs", "/interrupteurs", Action.SWITCH_PARTS),
    ("Journal", "/journal", Action.READ_AUDIT),
    ("Sites", "/sites", Action.MANAGE_SITES),
    ("Comptes", "/personnes", Action.MANAGE_PEOPLE),
    ("Contrôle des comptes", "/changements", Action.CONFIRM_ACCOUNT),
)


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """One link; `count` is how much waits there."""

    label: str
    url: str
    is_here: bool
    count: int = 0


def navigation(path: str, person: Person | None, waiting: Waiting) -> tuple[NavigationLink, ...]:
    """Return the links that a person may follow, with the current one marked."""
    if person is None:
        return ()
    allowed = [(label, review_url(place)) for label, place, action in LINKS if may(person, action)]
    return tuple(
        NavigationLink(label, url, _is_within(path, url), waiting.to_do if url == PREFIX else 0)
        for label, url in allowed
    )


def _waiting(request: AnyRequest) -> Waiting:
    waiting: Waiting = getattr(request.state, "waiting", Waiting())
    return waiting


def _is_within(path: str, url: str) -> bool:
    if url == PREFIX:
        return path == url or path.startswith(tuple(f"{PREFIX}/{place}/" for place in BENEATH_THE_QUEUE))
    return path == url or path.startswith(url + "/")
