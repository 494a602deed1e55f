"""The chat page: the start, a question that is sent, the address of its answer, and what the visitor thinks of it.

Only what is sent by POST is asked and recorded. What is fetched shows what was answered, however often it is fetched.
"""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.answering.distress.recognise import is_in_distress
from noa_rag.answering.reading import read_id
from noa_rag.answering.steps.understand import QUESTION_LIMIT
from noa_rag.domain.agency import Theme
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.limits import IS_BEYOND_LIMIT
from noa_rag.domain.ports import EntryVerdict
from noa_rag.domain.question import Ask, Language
from noa_rag.domain.switches import SwitchName
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.web.ask.exchanges import (
    Exchange,
    asked_on,
    earlier_in_link,
    exchange_context,
    exchange_now,
    exchanges_again,
    model_is_off,
    read_earlier,
)
from noa_rag.web.entries.next_steps import QuestionLink, question_links
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.news import news_at_home
from noa_rag.web.paths import routes
from noa_rag.web.rendering import ONLY_FOR_ITS_VISITOR, page_or_fragment, render_page
from noa_rag.web.schemas import AskRequest, FeedbackRequest, read_ask, read_feedback
from noa_rag.web.site import Site
from noa_rag.web.widget import asked_in, choices_in_link, chosen_audience, chosen_region

NEWEST = "reponse"  # where a page opens on which something was just answered: at the last exchange


@get(routes("home"), include_in_schema=False)
async def home(
    site: NamedDependency[Site],
    *,
    q: FromQuery[str | None] = None,
    region: FromQuery[str | None] = None,
    audience: FromQuery[str | None] = None,
) -> Template:
    """Show the start page; a question that the address holds is written into the field, to be sent from there."""
    return await _start(site, (q or "").strip(), region=region, audience=audience)


async def _start(site: Site, question: str, *, region: str | None, audience: str | None) -> Template:
    (tasks, themes), is_demonstration = await site.read(_begin_with, site)
    news = await site.line.run(news_at_home, site)
    return render_page(
        site,
        "chat/home.html",
        headers=ONLY_FOR_ITS_VISITOR if question else {},
        is_demonstration=is_demonstration,
        tasks=tasks,
        themes=themes,
        news=news,
        asked=question[:QUESTION_LIMIT],
        region=chosen_region(site.host, region),
        audience=chosen_audience(site.host, audience),
    )


@post(routes("home"), include_in_schema=False, status_code=200)
async def ask(request: HTMXRequest, site: NamedDependency[Site]) -> Template | Redirect:
    """Answer in place for htmx; otherwise send the browser to the answer's own address.

    An answer that could not be recorded has no address: it is shown at once. So is help beyond the rate limit, which
    would refuse the page at its address. A question to be changed (`edit`) is written into the field, and not asked.
    """
    form = await read_form(request)
    names = ("q", "region", "audience", "conversation_id")
    question, region, audience, conversation_id = (text_field(form, name) for name in names)
    if text_field(form, "edit"):
        return await _start(site, question.strip(), region=region, audience=audience)
    request.state.question = question
    if SwitchName.CHAT in site.service.switched_off().names and not is_in_distress(question):
        site.service.switched_off().require(SwitchName.CHAT)
    sent = read_ask(
        AskRequest(
            question=question,
            region=region,
            audience=audience,
            lang=site.language.value if site.language is Language.ENGLISH else None,
            conversation_id=conversation_id,
        )
    )
    exchange, is_demonstration = await site.run_for(question, _ask, site, asked_in(site.host, sent))
    answer = exchange.shown.answer
    earlier = asked_on(request, but=answer.question_id)
    query = choices_in_link(site.host, region=region, audience=audience) | earlier_in_link(earlier)
    link = site.path("answer", answer.question_id, query)
    has_address = not (answer.is_unrecorded or IS_BEYOND_LIMIT.get())
    if not request.htmx and has_address:
        return Redirect(f"{link}#{NEWEST}", status_code=303)
    return page_or_fragment(
        request,
        site,
        page_template="chat/answer.html",
        fragment="chat/_exchange.html",
        page="answer" if has_address else "home",
        item_id=answer.question_id if has_address else "",
        query=query if has_address else {},
        canonical=None,
        headers={"hx-replace-url": link} if has_address else {},
        is_demonstration=is_demonstration,
        region=region,
        audience=audience,
        conversation_id=answer.conversation_id,
        model_is_off=model_is_off(site),
        **exchange_context(site, exchange),
    )


@get(routes("answer"), include_in_schema=False)
async def answer_page(
    site: NamedDependency[Site],
    item_id: FromPath[str],
    *,
    region: FromQuery[str | None] = None,
    audience: FromQuery[str | None] = None,
    earlier: FromQuery[str | None] = None,
) -> Template:
    """Show what was answered to a recorded question, and to those that its address says were asked before it.

    As far as it may be shown today; nothing is asked.
    """
    question_id = read_id(item_id, field="question_id") or ""
    ids = read_earlier(earlier, but=question_id)
    (before, newest), is_demonstration = await site.read(exchanges_again, site, question_id, ids)
    region, audience = chosen_region(site.host, region), chosen_audience(site.host, audience)
    earlier_ones, last = [exchange_context(site, exchange) for exchange in before], exchange_context(site, newest)
    notes = [context["note"] for context in (*earlier_ones, last)]
    return render_page(
        site,
        "chat/answer.html",
        page="answer",
        item_id=item_id,
        query=choices_in_link(site.host, region=region, audience=audience) | earlier_in_link(ids),
        headers=ONLY_FOR_ITS_VISITOR,
        is_demonstration=is_demonstration,
        canonical=None,
        region=region,
        audience=audience,
        conversation_id=newest.shown.answer.conversation_id,
        model_is_off=model_is_off(site),
        earlier=earlier_ones,
        newest_anchor=NEWEST,
        **last | {"note": "\n\n".join(note for note in notes if note)},
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
            entry_id=text_field(form, "entry_id"),
            is_useful=useful == "yes",
            reason=text_field(form, "reason"),
            comment=text_field(form, "comment"),
        )
    )
    await record(site, feedback)
    if request.htmx:
        return render_page(site, "chat/_thanks.html")
    return Redirect(site.path("thanks"), status_code=303)


@get(routes("thanks"), include_in_schema=False)
async def thanks(site: NamedDependency[Site]) -> Template:
    """Thank, after a verdict given without JavaScript."""
    return render_page(site, "pages/thanks.html", page="thanks")


async def record(site: Site, feedback: FeedbackRequest) -> None:
    """Hand a checked verdict to the service."""
    if feedback.entry_id:
        verdict = EntryVerdict(
            entry_id=EntryId(feedback.entry_id),
            is_useful=feedback.is_useful,
            reason=feedback.reason,
            comment=feedback.comment,
            question_id=feedback.question_id or None,
            site=site.host.key if site.host else None,
        )
        await site.line.run(site.service.record_entry_verdict, verdict)
        return
    await site.line.run(
        site.service.record_feedback,
        feedback.question_id,
        is_useful=feedback.is_useful,
        reason=feedback.reason,
        comment=feedback.comment,
    )


def _ask(site: Site, ask: Ask) -> tuple[Exchange, bool]:
    answer = site.ask(ask)  # first: it refuses what is too long to be masked
    exchange = exchange_now(site, answer, mask_personal_data(ask.text.strip()))
    return exchange, site.service.is_demonstration()


def _begin_with(site: Site) -> tuple[list[QuestionLink], list[Theme]]:
    """Return the links to what people come for, and the themes that hold an entry; of a host site, its own alone."""
    used = {entry.content.theme for entry in site.service.servable()}
    wanted = used & set(site.host.themes) if site.host and site.host.themes else used
    tasks = [entry for entry in site.service.start_tasks() if entry.content.theme in wanted]
    links = question_links(tasks, site.language, host=site.host)
    return links, [theme for theme in site.service.themes() if theme.id in wanted]
