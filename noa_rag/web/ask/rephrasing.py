"""A rephrasing that is shown as it comes: each sentence as soon as it is verified, and at the end what stands.

A page gets the whole body of the answer anew each time, one after the other in one response, each with `END` behind it.
It shows the last one that is whole; without JavaScript the answer's own page shows what stands.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Stream

from noa_rag.domain.answer import Answer
from noa_rag.domain.question import Mode
from noa_rag.web.ask.exchanges import exchange_now
from noa_rag.web.ask.views import view_answer
from noa_rag.web.limits import Saturated
from noa_rag.web.paths import routes
from noa_rag.web.rendering import PAGE_HEADERS, render_page
from noa_rag.web.site import Site

END = "<!--end of body-->"
NOT_BUFFERED = {"cache-control": "no-store", "x-accel-buffering": "no"}  # nginx would hold it back until the end


@post(routes("rephrase"), include_in_schema=False, status_code=200)
async def rephrase(
    request: HTMXRequest, site: NamedDependency[Site], item_id: FromPath[str]
) -> Stream | Redirect | Response[None]:
    """Show the rephrased answer in its place for htmx, which changes nothing where none stands; else on its page."""
    await request.body()  # what comes after it is that the visitor leaves
    async with _leaving(request) as has_left:
        answers = as_verified(site, item_id, has_left)
        try:
            first = await anext(answers)
            if not request.htmx:
                async for _ in answers:
                    pass
        except Saturated:
            if not request.htmx:
                raise
            first = None
    if not request.htmx:
        return Redirect(site.path("answer", item_id), status_code=303)
    if first is None or first.mode is not Mode.ASSISTED:
        return Response(None, status_code=204)
    bodies = _bodies(request, site, first, answers)
    return Stream(bodies, media_type="text/html; charset=utf-8", headers={**PAGE_HEADERS, **NOT_BUFFERED})


async def as_verified(site: Site, question_id: str, has_left: threading.Event) -> AsyncGenerator[Answer | None, None]:
    """Yield the answer to a recorded question with the sentences verified so far, each time that there are more.

    The last one is final: perhaps the official text, or None when there is no answer. The model stops when `has_left`
    is set; closing the generator sets it. Raises Saturated.
    """
    loop = asyncio.get_running_loop()
    coming: asyncio.Queue[Answer | None] = asyncio.Queue()

    def show(answer: Answer) -> None:
        loop.call_soon_threadsafe(coming.put_nowait, answer)

    def end(done: asyncio.Task[Answer | None]) -> None:
        if not done.cancelled():
            done.exception()  # marks it as retrieved: nobody may be left to receive it
        coming.put_nowait(None)

    running = asyncio.create_task(
        site.assistant_line.run(site.service.rephrase, question_id, is_cancelled=has_left.is_set, show=show)
    )
    running.add_done_callback(end)
    try:
        while (so_far := await coming.get()) is not None:
            yield so_far
        yield running.result()
    finally:
        has_left.set()


async def _bodies(
    request: HTMXRequest, site: Site, first: Answer, others: AsyncGenerator[Answer | None, None]
) -> AsyncIterator[str]:
    """Yield the answer's body each time that more of it is verified; finally the official one if that fails."""
    shown = first
    yield await _body(request, site, first) + END
    async with aclosing(others):
        async for answer in others:
            if answer is None or answer.text == shown.text:
                continue
            shown = answer
            yield await _body(request, site, answer) + END


async def _body(request: HTMXRequest, site: Site, answer: Answer) -> str:
    if answer.entry is not None:
        answer = replace(answer, outdated=await site.line.run(site.service.outdated_facts, answer.entry))
    exchange = await site.line.run(exchange_now, site, answer, "")
    page = render_page(
        site,
        "chat/_answer_body.html",
        answer=view_answer(answer, exchange.views, asked=""),
        can_rephrase=False,
        is_withdrawn=answer.mode is not Mode.ASSISTED,
    )
    rendered: str = request.app.template_engine.get_template(page.template_name).render(**page.context)  # type: ignore[union-attr]
    return rendered


@asynccontextmanager
async def _leaving(request: Request[Any, Any, Any]) -> AsyncIterator[threading.Event]:
    """Yield an event that is set when the visitor disconnects, so that the model can stop."""
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
