"""An answer rephrased after the official text was shown."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.question import Mode
from noa_rag.web.ask.views import named_in_steps, view_answer
from noa_rag.web.paths import language_of, page_path, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site
from noa_rag.web.waiting_line import Saturated


@post(routes("rephrase"), include_in_schema=False, status_code=200)
async def rephrase(
    request: HTMXRequest, site: NamedDependency[Site], item_id: FromPath[str]
) -> Template | Redirect | Response[None]:
    """Show the rephrased answer in its place for htmx, which changes nothing where none stands; else on its page."""
    language = language_of(request.url.path)
    await request.body()  # what comes after it is that the visitor leaves
    async with _leaving(request) as has_left:
        try:
            answer = await site.assistant_line.run(site.service.rephrase, item_id, is_cancelled=has_left.is_set)
        except Saturated:
            if not request.htmx:
                raise
            answer = None
    if not request.htmx:
        return Redirect(page_path("answer", language, item_id, host=site.host), status_code=303)
    if answer is None or answer.mode is not Mode.ASSISTED:
        return Response(None, status_code=204)
    agencies = await site.line.run(site.service.agencies)
    known = await site.line.run(site.service.servable_among, named_in_steps(answer))
    if answer.entry is not None:
        answer = replace(answer, outdated=await site.line.run(site.service.outdated_facts, answer.entry))
    view = view_answer(answer, asked="", agencies=agencies, language=language, host=site.host, known=known)
    return render_page(site, "chat/_answer_body.html", language=language, answer=view, can_rephrase=False)


@asynccontextmanager
async def _leaving(request: Request[Any, Any, Any]) -> AsyncIterator[threading.Event]:
    """Give an event that is set when the visitor's connection ends: nobody generates for somebody who has left."""
    has_left = threading.Event()

    async def watch() -> None:
        while not has_left.is_set():
            message = await request.receive()
            if message["type"] == "http.disconnect":
                has_left.set()

    watching = asyncio.create_task(watch())
    try:
        yield has_left
    except asyncio.CancelledError:
        has_left.set()
        raise
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
