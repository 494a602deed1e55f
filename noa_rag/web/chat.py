"""The chat page: the start, a question asked by link, and a question sent by form."""

from collections.abc import Mapping

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Answer
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.question import Ask, Language
from noa_rag.web.entry_text import QuestionLink, question_link
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.frames import asked_in, choices_in_link, chosen_audience, chosen_region
from noa_rag.web.news import news_at_home
from noa_rag.web.paths import language_of, page_path, routes
from noa_rag.web.reading import read_ask
from noa_rag.web.rendering import page_or_fragment, render_page
from noa_rag.web.schemas import AskRequest
from noa_rag.web.site import Site
from noa_rag.web.views import named_in_steps, view_answer

LINK_LIMIT = 2_000  # Proxies cut headers at 4 KB, and an accented letter takes 6 bytes; longer answers have no link.

Suggestions = list[tuple[Theme, list[QuestionLink]]]


@get(routes("home"), include_in_schema=False)
async def home(
    request: HTMXRequest,
    site: NamedDependency[Site],
    *,
    q: FromQuery[str | None] = None,
    region: FromQuery[str | None] = None,
    audience: FromQuery[str | None] = None,
    c: FromQuery[str | None] = None,
) -> Template:
    """Show the start page, or the answer to the question that the address holds.

    `c` is the conversation that the question belongs to: without it, a follow-up could not be understood.
    """
    language = language_of(request.url.path)
    if q is not None:
        return await _answer(
            request,
            site,
            question=q,
            region=chosen_region(site.host, region),
            audience=chosen_audience(site.host, audience),
            conversation_id=c or "",
        )
    suggestions, is_demonstration = await site.line.run(_suggest, site, language)
    news = await site.line.run(news_at_home, site, language)
    return render_page(
        site,
        "chat/home.html",
        language=language,
        is_demonstration=is_demonstration,
        suggestions=suggestions,
        news=news,
    )


@post(routes("home"), include_in_schema=False, status_code=200)
async def ask(request: HTMXRequest, site: NamedDependency[Site]) -> Template | Redirect:
    """Answer in place for htmx; otherwise send the browser to the answer's own address."""
    form = await read_form(request)
    names = ("q", "region", "audience", "conversation_id")
    question, region, audience, conversation_id = (text_field(form, name) for name in names)
    request.state.question = question
    query = _query(site, question, region, audience, conversation_id)
    link = _link(site, language_of(request.url.path), query)
    if request.htmx or not question.strip() or len(link) > LINK_LIMIT:
        return await _answer(
            request,
            site,
            question=question,
            region=region,
            audience=audience,
            conversation_id=conversation_id,
        )
    return Redirect(link, status_code=303)


async def _answer(
    request: HTMXRequest, site: Site, *, question: str, region: str, audience: str, conversation_id: str
) -> Template:
    request.state.question = question
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
    answer, agencies, known, is_demonstration = await site.line.run(_ask, site, asked_in(site.host, asked))
    # The address of a question that says itself what it is about can be shared: it holds no conversation.
    held = answer.conversation_id if answer.understood_as else ""
    query = _query(site, question, region, audience, held)
    link = _link(site, language, query)
    return page_or_fragment(
        request,
        site,
        page_template="chat/answer.html",
        fragment="chat/_exchange.html",
        language=language,
        query=query,
        headers={"hx-replace-url": link} if len(link) <= LINK_LIMIT else {},
        is_demonstration=is_demonstration,
        region=region,
        audience=audience,
        conversation_id=answer.conversation_id,
        answer=view_answer(
            answer, asked=question.strip(), agencies=agencies, language=language, host=site.host, known=known
        ),
        can_rephrase=answer.entry is not None and site.service.has_assistant(),
    )


def _query(site: Site, question: str, region: str, audience: str, held: str) -> dict[str, str]:
    """Return the query of an answer's own address: the question, what the visitor chose, and the conversation."""
    chosen = choices_in_link(site.host, region=region, audience=audience)
    return {"q": question, **chosen} | ({"c": held} if held else {})


def _link(site: Site, language: Language, query: Mapping[str, str]) -> str:
    return page_path("home", language, query=query, host=site.host)


def _ask(site: Site, ask: Ask) -> tuple[Answer, Mapping[AgencyId, Agency], Mapping[EntryId, EntryVersion], bool]:
    answer, service = site.ask(ask), site.service
    return answer, service.agencies(), service.servable_among(named_in_steps(answer)), service.is_demonstration()


def _suggest(site: Site, language: Language) -> tuple[Suggestions, bool]:
    wanted = site.host.themes if site.host else ()
    suggestions = [
        (theme, [question_link(entry, language, host=site.host) for entry in entries])
        for theme, entries in site.service.suggestions()
    ]
    shown = [(theme, entries) for theme, entries in suggestions if entries and (not wanted or theme.id in wanted)]
    return shown, site.service.is_demonstration()
