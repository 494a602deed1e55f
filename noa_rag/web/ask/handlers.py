"""The chat page: the start, a question that is sent, the address of its answer, and what the visitor thinks of it.

Only what is sent by POST is asked and recorded. What is fetched shows what was answered, however often it is fetched.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.answering.distress.recognise import is_in_distress
from noa_rag.answering.reading import read_id
from noa_rag.answering.shown_again import ShownAgain
from noa_rag.answering.steps.screen import QUESTION_LIMIT
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Answer
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Ask, Language, Mode
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.domain.switch import SwitchName
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.web.ask.views import AnswerView, named_in_steps, view_answer
from noa_rag.web.entries.views import QuestionLink, question_link
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.limits import Saturated
from noa_rag.web.news.handlers import news_at_home
from noa_rag.web.paths import language_of, page_path, routes
from noa_rag.web.rendering import ONLY_FOR_ITS_VISITOR, page_or_fragment, render_page
from noa_rag.web.schemas import AskRequest, FeedbackRequest, read_ask, read_feedback
from noa_rag.web.site import Site
from noa_rag.web.widget.frames import asked_in, choices_in_link, chosen_audience, chosen_region

Suggestions = list[tuple[Theme, list[QuestionLink]]]


@get(routes("home"), include_in_schema=False)
async def home(
    request: HTMXRequest,
    site: NamedDependency[Site],
    *,
    q: FromQuery[str | None] = None,
    region: FromQuery[str | None] = None,
    audience: FromQuery[str | None] = None,
) -> Template:
    """Show the start page; a question that the address holds is written into the field, to be sent from there."""
    language = language_of(request.url.path)
    suggestions, is_demonstration = await site.line.run(_suggest, site, language)
    news = await site.line.run(news_at_home, site, language)
    return render_page(
        site,
        "chat/home.html",
        language=language,
        headers=ONLY_FOR_ITS_VISITOR if q else {},
        is_demonstration=is_demonstration,
        suggestions=suggestions,
        news=news,
        asked=(q or "").strip()[:QUESTION_LIMIT],
        region=chosen_region(site.host, region),
        audience=chosen_audience(site.host, audience),
    )


@post(routes("home"), include_in_schema=False, status_code=200)
async def ask(request: HTMXRequest, site: NamedDependency[Site]) -> Template | Redirect:
    """Answer in place for htmx; otherwise send the browser to the answer's own address.

    An answer that could not be recorded has no address: it is shown at once.
    """
    form = await read_form(request)
    names = ("q", "region", "audience", "conversation_id")
    question, region, audience, conversation_id = (text_field(form, name) for name in names)
    request.state.question = question
    if SwitchName.CHAT in site.service.switched_off().names and not is_in_distress(question):
        site.service.switched_off().require(SwitchName.CHAT)
    language = language_of(request.url.path)
    asked = read_ask(
        AskRequest(
            question=question,
            region=region,
            audience=audience,
            lang=language.value if language is Language.ENGLISH else None,
            conversation_id=conversation_id,
        )
    )
    answer, agencies, known, is_demonstration = await site.run_for(question, _ask, site, asked_in(site.host, asked))
    query = choices_in_link(site.host, region=region, audience=audience)
    link = page_path("answer", language, answer.question_id, query, host=site.host)
    if not request.htmx and not answer.is_unrecorded:
        return Redirect(link, status_code=303)
    return page_or_fragment(
        request,
        site,
        page_template="chat/answer.html",
        fragment="chat/_exchange.html",
        language=language,
        page="home" if answer.is_unrecorded else "answer",
        item_id="" if answer.is_unrecorded else answer.question_id,
        query={} if answer.is_unrecorded else query,
        canonical=None,
        headers={} if answer.is_unrecorded else {"hx-replace-url": link},
        is_demonstration=is_demonstration,
        region=region,
        audience=audience,
        **_exchange(site, ShownAgain(mask_personal_data(question.strip()), answer), agencies, known, language),
    )


@get(routes("answer"), include_in_schema=False)
async def answer_page(
    request: HTMXRequest,
    site: NamedDependency[Site],
    item_id: FromPath[str],
    *,
    region: FromQuery[str | None] = None,
    audience: FromQuery[str | None] = None,
) -> Template:
    """Show what was answered to a recorded question, as far as it may be shown today; nothing is asked."""
    language = language_of(request.url.path)
    question_id = read_id(item_id, field="question_id") or ""
    shown, agencies, known, is_demonstration = await site.line.run(_shown, site, question_id, language)
    region, audience = chosen_region(site.host, region), chosen_audience(site.host, audience)
    return render_page(
        site,
        "chat/answer.html",
        language=language,
        page="answer",
        item_id=item_id,
        query=choices_in_link(site.host, region=region, audience=audience),
        headers=ONLY_FOR_ITS_VISITOR,
        is_demonstration=is_demonstration,
        canonical=None,
        region=region,
        audience=audience,
        **_exchange(site, shown, agencies, known, language),
    )


@post(routes("feedback"), include_in_schema=False, status_code=200)
async def give_feedback(request: HTMXRequest, site: NamedDependency[Site]) -> Template | Redirect:
    """Record the verdict; thank in place for htmx, otherwise on a page of its own."""
    form = await read_form(request)
    useful = text_field(form, "useful")
    if useful not in ("yes", "no"):
        raise InvalidRequest(f"{useful!r} is neither yes nor no.", field="useful")
    feedback = read_feedback(
        FeedbackRequest(
            question_id=text_field(form, "question_id"),
            is_useful=useful == "yes",
            reason=text_field(form, "reason"),
            comment=text_field(form, "comment"),
        )
    )
    await record(site, feedback)
    language = language_of(request.url.path)
    if request.htmx:
        return render_page(site, "chat/_thanks.html", language=language)
    return Redirect(page_path("thanks", language, host=site.host), status_code=303)


@get(routes("thanks"), include_in_schema=False)
async def thanks(request: HTMXRequest, site: NamedDependency[Site]) -> Template:
    """Thank, after a verdict given without JavaScript."""
    return render_page(site, "pages/thanks.html", language=language_of(request.url.path), page="thanks")


async def record(site: Site, feedback: FeedbackRequest) -> None:
    """Hand a checked verdict to the service."""
    await site.line.run(
        site.service.record_feedback,
        feedback.question_id,
        is_useful=feedback.is_useful,
        reason=feedback.reason,
        comment=feedback.comment,
    )


def _exchange(
    site: Site,
    shown: ShownAgain,
    agencies: Mapping[AgencyId, Agency],
    known: Mapping[EntryId, EntryVersion],
    language: Language,
) -> dict[str, Any]:
    answer = shown.answer
    view: AnswerView = view_answer(
        answer, asked=shown.asked, agencies=agencies, language=language, host=site.host, known=known
    )
    is_settled = answer.rephrasing is not None and answer.rephrasing.outcome is not RephrasingOutcome.FAILED
    # An entry in another language than the answer is never rephrased: its translation stays.
    is_own_language = answer.entry is not None and answer.entry.content.language == answer.language.value
    can_rephrase = is_own_language and not (answer.is_unrecorded or shown.is_changed or is_settled)
    can_rephrase = can_rephrase and not view.notice  # help is shown as it was approved
    return {
        "answer": replace(view, is_changed=shown.is_changed),
        "conversation_id": answer.conversation_id,
        "can_rephrase": can_rephrase and site.service.has_assistant(),
        "model_is_off": SwitchName.MODEL in site.service.switched_off().names,
    }


def _ask(site: Site, ask: Ask) -> tuple[Answer, Mapping[AgencyId, Agency], Mapping[EntryId, EntryVersion], bool]:
    answer, service = site.ask(ask), site.service
    return answer, service.agencies(), service.servable_among(named_in_steps(answer)), service.is_demonstration()


def _shown(
    site: Site, question_id: str, language: Language
) -> tuple[ShownAgain, Mapping[AgencyId, Agency], Mapping[EntryId, EntryVersion], bool]:
    shown, service = site.service.shown_again(question_id, page=language), site.service
    known = service.servable_among(named_in_steps(shown.answer))
    return shown, service.agencies(), known, service.is_demonstration()


def _suggest(site: Site, language: Language) -> tuple[Suggestions, bool]:
    wanted = site.host.themes if site.host else ()
    suggestions = [
        (theme, [question_link(entry, language, host=site.host) for entry in entries])
        for theme, entries in site.service.suggestions()
    ]
    shown = [(theme, entries) for theme, entries in suggestions if entries and (not wanted or theme.id in wanted)]
    return shown, site.service.is_demonstration()


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
