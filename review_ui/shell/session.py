"""Who is asking, and of which office: the session cookie, guards named for their right, the check of every form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, cast
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.handlers.base import BaseRouteHandler

from noa_rag.domain.errors import NoaError
from noa_rag.domain.people import Person
from noa_rag.review.rights import Action, require
from noa_rag.review.sign_in_attempts import KNOWN_FOR, Origin
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form
from noa_rag.web.limits import WaitingLine
from noa_rag.web.site import Site
from noa_rag.web.widget import is_own_page
from review_ui.shell.lookups import waiting_for

P = ParamSpec("P")
T = TypeVar("T")
LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
CSRF_FIELD = "_csrf"
SESSION_COOKIE = "noa_review"
BROWSER_COOKIE = "noa_browser"
Connection = ASGIConnection[Any, Any, Any, Any]
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person signed in, with the token of her session and the token that her forms carry.

    `lacks_factor` where her role demands a second factor that she has yet to set up.
    """

    person: Person
    token: str
    csrf: str
    lacks_factor: bool = False


class SessionOver(NoaError):
    """Nobody is signed in; `fields` is the form that was sent, so that its text can be kept."""

    def __init__(self, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__("The session is over, or was never begun.")
        self.fields = fields


class OtherSession(SessionOver):
    """A form was sent from a page of an earlier session while somebody is signed in."""


class FactorWanted(SessionOver):
    """Her role demands a second factor: until she has set it up, she reaches nothing but her account."""


class ForgedForm(NoaError):
    """A form came without the token of the session, or from another site."""


class ReviewGuard(Protocol):
    """A guard that says which right it asks for; None where nobody needs to be signed in."""

    action: Action | None

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None: ...


def requires(action: Action) -> ReviewGuard:
    """Return a guard that requires this right for at least one agency, and the session's token in every form."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        request = cast("AnyRequest", connection)
        signed_in = await _signed_in(request)
        if signed_in is None:
            raise SessionOver(await _fields(request))
        request.state.signed_in = signed_in
        if request.method not in ("GET", "HEAD"):
            await _check_form(request, signed_in)
        if signed_in.lacks_factor and action is not Action.OWN_ACCOUNT:
            raise FactorWanted(await _fields(request))
        require(signed_in.person, action)
        if request.headers.get("hx-request") != "true":  # a page, whose navigation says how much waits
            site: ReviewSite = request.app.state.review
            request.state.waiting = await site.run(waiting_for, site.office, signed_in.person)

    named = cast("ReviewGuard", guard)
    named.action = action
    return named


async def _open_to_all(connection: Connection, _: BaseRouteHandler) -> None:
    request = cast("AnyRequest", connection)
    if request.method not in ("GET", "HEAD"):
        _check_origin(request)
    request.state.signed_in = await _signed_in(request)


open_to_all = cast("ReviewGuard", _open_to_all)
open_to_all.action = None


def signed_in(request: AnyRequest) -> SignedIn:
    """Return who sent the request, on a route whose guard requires a right."""
    account: SignedIn = request.state.signed_in
    return account


def origin_of(request: AnyRequest) -> Origin:
    """Return where an attempt to sign in comes from."""
    return Origin(request.client.host if request.client else "", known_browser(request))


def session_cookie(request: AnyRequest, token: str) -> Cookie:
    """Return the cookie that holds a session; an empty token ends it."""
    return own_cookie(request, SESSION_COOKIE, token, max_age=None if token else 0)


def known_browser(request: AnyRequest) -> str:
    """Return the token of a browser that has signed in before; empty for any other."""
    return own_cookie_value(request, BROWSER_COOKIE)


def known_browser_cookie(request: AnyRequest, device: str) -> Cookie:
    """Return the cookie that identifies this browser at its next sign-in. It grants no access."""
    return own_cookie(request, BROWSER_COOKIE, device, max_age=int(KNOWN_FOR.total_seconds()), samesite="strict")


def own_cookie(
    request: AnyRequest, name: str, value: str, *, max_age: int | None, samesite: Literal["lax", "strict"] = "lax"
) -> Cookie:
    """Return a cookie that no script reads.

    It is Secure and named `__Host-…`, except on plain http to this machine itself, where browsers and
    tools would not send such a cookie back.
    """
    secure = not _is_local(request)
    return Cookie(
        key=_cookie_name(name, secure=secure),
        value=value,
        path="/",
        httponly=True,
        secure=secure,
        samesite=samesite,
        max_age=max_age,
    )


def own_cookie_value(request: AnyRequest, name: str) -> str:
    """Return the value of such a cookie, empty if the request has none."""
    return request.cookies.get(_cookie_name(name, secure=not _is_local(request)), "")


async def _signed_in(request: AnyRequest) -> SignedIn | None:
    site: ReviewSite = request.app.state.review
    token = own_cookie_value(request, SESSION_COOKIE)
    return await signed_in_with(site, token) if token else None


async def signed_in_with(site: "ReviewSite", token: str) -> SignedIn | None:
    """Return whose session this token holds, None for a session that is over."""
    sign_ins = site.office.sign_in
    session = await site.run(sign_ins.session_of, token)
    if session is None:
        return None
    return SignedIn(session.person, token, sign_ins.csrf_token(token), sign_ins.lacks_factor(session))


async def _check_form(request: AnyRequest, who: SignedIn) -> None:
    _check_origin(request)
    site: ReviewSite = request.app.state.review
    form = await read_form(cast("Any", request))
    given = request.headers.get("x-csrf-token") or form.get(CSRF_FIELD, "")
    if isinstance(given, str) and site.office.sign_in.csrf_is_right(who.token, given):
        return
    if request.headers.get("origin"):  # `_check_origin` has seen that it is our own
        raise OtherSession(await _fields(request))
    raise ForgedForm("The form does not carry the token of this session.")


def _check_origin(request: AnyRequest) -> None:
    origin = request.headers.get("origin")
    if origin and not is_own_page(request, origin):
        raise ForgedForm(f"The form comes from {origin!r}.")


async def _fields(request: AnyRequest) -> tuple[tuple[str, str], ...]:
    if request.method in ("GET", "HEAD"):
        return ()
    form = await read_form(cast("Any", request))
    return tuple((name, value) for name, value in form.multi_items() if isinstance(value, str) and name != CSRF_FIELD)


def _is_local(request: AnyRequest) -> bool:
    try:
        host = urlsplit("//" + request.headers.get("host", "")).hostname
    except ValueError:  # such as [
        return False
    return request.url.scheme == "http" and host in LOCAL_HOSTS


def _cookie_name(name: str, *, secure: bool) -> str:
    return f"__Host-{name}" if secure else name


THREAD_COUNT = 2
MAX_WAITING = 32  # dozens of referents, and replays that take seconds; the public site has a line of its own


@dataclass(frozen=True, slots=True)
class ReviewSite:
    """Handed to handlers as the dependency `review`."""

    office: Office
    line: WaitingLine

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, made in the waiting line of the workspace. Raises Saturated."""
        return await self.line.run(call, *args, **kwargs)


Review = NamedDependency[ReviewSite]


def site_over(office: Office) -> ReviewSite:
    """Return the office with a new waiting line."""
    return ReviewSite(office, WaitingLine(max_waiting=MAX_WAITING, thread_count=THREAD_COUNT))


def review_site(request: AnyRequest) -> ReviewSite:
    """Return the site that handlers receive as the dependency `review`."""
    site: ReviewSite = request.app.state.review
    return site


def public_site(request: AnyRequest) -> Site:
    """Return the public site that the review is served beside."""
    site: Site = request.app.state.site
    return site
