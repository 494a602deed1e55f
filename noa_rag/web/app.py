"""The public web: pages, JSON API and static files around one NoaService, with the headers of every response."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import MutableScopeHeaders, State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.plugins.htmx import HTMXPlugin
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from noa_rag.domain.integrations import HostSite
from noa_rag.domain.limits import Buckets
from noa_rag.web import dossier, errors, news, pages, search, tracking
from noa_rag.web.api.description import OPENAPI, api_docs
from noa_rag.web.api.handlers import MAX_BODY_BYTES, api_router, health, ready
from noa_rag.web.api.openai import openai_router
from noa_rag.web.ask import handlers as chat
from noa_rag.web.ask.rephrasing import rephrase
from noa_rag.web.entries import handlers as entries
from noa_rag.web.entries.themes import theme_page
from noa_rag.web.forms import with_readable_requests
from noa_rag.web.limits import RateLimit, WaitingLine, not_draining, within_rate
from noa_rag.web.operations.observing import UNWATCHED, Observing, with_request_ids
from noa_rag.web.pages import robots, sitemap
from noa_rag.web.paths import find_assets, static_router
from noa_rag.web.rendering import template_config
from noa_rag.web.site import NoaService, Part, Site
from noa_rag.web.widget import site_of, widget_loader

ASSISTANT_THREADS = 4  # they wait for the model, which has a bound of its own, and compute little
ASSISTANT_WAITING = 8


def create_app(
    service: NoaService,
    *,
    static_dir: Path,
    base_url: str | None = None,
    theme: str = "neutral",
    max_waiting: int = 64,
    rate_limit: int = 0,
    buckets: Buckets | None = None,
    parts: Sequence[Part] = (),
    observing: Observing = UNWATCHED,
) -> Litestar:
    """Return the web application.

    Everything in `static_dir` is public: htmx.min.js, the operator's logo, a design system. `base_url` is where
    the public reaches this site, for canonical addresses. With more than `max_waiting` calls in line it answers 503;
    with more than `rate_limit` questions a minute from one address, 429 (0: no limit), counted in `buckets` or for this
    process. `parts` are added by packages above this one, `observing` adds logs, metrics and traces.
    """
    # The review stays out of it: whoever is at work there is signed in, and signing in has delays of its own.
    public = Router(
        "/",
        route_handlers=[
            chat.home,
            chat.ask,
            chat.answer_page,
            entries.entry_page,
            entries.take_choice,
            theme_page,
            entries.journeys_page,
            entries.calendar,
            *search.HANDLERS,
            *dossier.HANDLERS,
            rephrase,
            chat.give_feedback,
            chat.thanks,
            *tracking.HANDLERS,
            *news.HANDLERS,
            *pages.HANDLERS,
            api_docs,
            api_router(),
            openai_router(),
        ],
        guards=[within_rate],
    )
    app = Litestar(
        route_handlers=[
            public,
            widget_loader,
            robots,
            sitemap,
            health,
            ready,
            static_router(static_dir, *(part.static for part in parts)),
            *(handler for part in parts for handler in part.handlers),
            *observing.handlers,
        ],
        dependencies={"site": Provide(site_of)},
        guards=[not_draining],
        state=State(
            state_over(
                service,
                static_dir=static_dir,
                base_url=base_url,
                theme=theme,
                max_waiting=max_waiting,
                rate_limit=rate_limit,
                buckets=buckets,
                parts=parts,
                observing=observing,
            )
        ),
        plugins=[HTMXPlugin()],
        template_config=template_config(*(part.templates for part in parts)),
        openapi_config=OPENAPI,
        exception_handlers=errors.HANDLERS,
        middleware=list(observing.middleware),
        before_send=[add_security_headers],
        lifespan=[_close_lines, *observing.lifespans],
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,  # errors.py writes to the log of whoever runs the application
    )
    # Around the router and not as middleware, which an unknown address never reaches.
    for around in observing.around:
        app.asgi_handler = around(app.asgi_handler)
    app.asgi_handler = with_request_ids(
        with_heads(with_readable_requests(app.asgi_handler)), logs_requests=observing.logs_requests
    )
    return app


def state_over(
    service: NoaService,
    *,
    static_dir: Path,
    base_url: str | None = None,
    theme: str = "neutral",
    max_waiting: int = 64,
    rate_limit: int = 0,
    buckets: Buckets | None = None,
    parts: Sequence[Part] = (),
    observing: Observing = UNWATCHED,
) -> dict[str, Any]:
    """Return the part of the application's state that depends on the service, for its handlers."""
    site = Site(
        service,
        WaitingLine(max_waiting=max_waiting, on_change=partial(observing.on_line, "answers")),
        WaitingLine(
            max_waiting=ASSISTANT_WAITING,
            thread_count=ASSISTANT_THREADS,
            on_change=partial(observing.on_line, "assistant"),
        ),
        WaitingLine(max_waiting=max_waiting, on_change=partial(observing.on_line, "urgent")),
        find_assets(static_dir, theme),
        base_url,
        on_answer=observing.on_answer,
    )
    own = {"site": site, "rate_limit": RateLimit(rate_limit, buckets), "observing": observing}
    lines = [site.line, site.assistant_line, *(line for part in parts for line in part.lines)]
    own |= {"lines": lines, "is_leaving": False, "is_draining": False}
    return own | {name: value for part in parts for name, value in part.state.items()}


@asynccontextmanager
async def _close_lines(app: Litestar) -> AsyncIterator[None]:
    yield
    for line in (*app.state.lines, app.state.site.urgent_line):
        line.close()


POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors {ancestors}; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # An address may hold a question: other sites are not told.
}


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add the headers as a response starts; a hook, so that error responses carry them too."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        host = scope.get("state", {}).get("host")
        for name, value in {**HEADERS, "content-security-policy": content_policy(host)}.items():
            headers.setdefault(name, value)


def content_policy(host: HostSite | None) -> str:
    """Return the policy of a page: nobody may frame it but, in a widget, the pages of its host site."""
    return POLICY.format(ancestors=" ".join(host.origins) if host else "'none'")


def with_heads(app: ASGIApp) -> ASGIApp:
    """Return the application, made to answer HEAD as it answers GET, without the body."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        # A copy: if the server's own scope said GET, it would expect as many bytes as the headers promise.
        await app({**scope, "method": "GET"}, receive, send_without_body)

    return call
