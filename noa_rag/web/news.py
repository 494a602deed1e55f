"""What is new: a page with filters, and an Atom feed for each theme and region."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.days import paris_day, start_of
from noa_rag.domain.entry import question_in
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGIONS, covers, is_known_region
from noa_rag.domain.timeline import NEWS_DAYS, News, first_news_day
from noa_rag.translation import N_, Translator, translator_of
from noa_rag.web.atom import Feed, FeedEntry, feed_response, whole_seconds
from noa_rag.web.entries.next_steps import is_foreign_to
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import language_of, own_address, page_path, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site

KINDS = {"new": N_("Nouvelle"), "changed": N_("Modifiée")}
SUMMARIES = {
    "new": N_("Nouvelle fiche, %(day)s. Agence responsable : %(agency)s."),
    "changed": N_("Fiche modifiée, %(day)s. Agence responsable : %(agency)s."),
}


@dataclass(frozen=True, slots=True)
class NewsView:
    """One entry that is new or changed: what it asks, when, by whom, and where it is read."""

    entry_id: str
    version: int
    kind: str
    question: str
    language: str
    at: datetime
    day: str
    agency: str
    agency_url: str
    theme: str
    theme_id: str
    path: str
    is_answer_foreign: bool = False
    """Whether the answer is in another language than the page with the news."""


def view_news(
    news: Iterable[News],
    *,
    agencies: Mapping[AgencyId, Agency],
    themes: Iterable[Theme],
    language: Language,
    theme_id: str = "",
    region: str = "",
) -> tuple[NewsView, ...]:
    """Return the views of news in their order: those of a theme and those valid in a region, where these are given."""
    titles = {one.id: one.title_en if language is Language.ENGLISH else one.title for one in themes}
    return tuple(
        _view(one, agencies, titles, language)
        for one in news
        if theme_id in ("", one.entry.content.theme) and covers(one.entry.content.regions, region or None)
    )


def _view(news: News, agencies: Mapping[AgencyId, Agency], titles: Mapping[str, str], language: Language) -> NewsView:
    content = news.entry.content
    agency = agencies.get(content.agency_id)
    question, question_language = question_in(content, language.value)
    return NewsView(
        entry_id=news.entry.id,
        version=news.version,
        kind=news.kind.value,
        question=question,
        language=question_language,
        at=news.at,
        day=day_in_words(paris_day(news.at), language),
        agency=(agency.short_name or agency.name) if agency else content.agency_id,
        agency_url=agency.url if agency else "",
        theme=titles.get(content.theme, content.theme),
        theme_id=content.theme,
        path=page_path("entry", language, news.entry.id),
        is_answer_foreign=is_foreign_to(content, language),
    )


NEWS_AT_HOME = 5  # A start page is for asking.


@dataclass(frozen=True, slots=True)
class Told:
    """The news that were asked for, with the filters that were set."""

    news: tuple[NewsView, ...]
    themes: Sequence[Theme]
    theme: str
    region: str
    is_demonstration: bool

    @property
    def query(self) -> dict[str, str]:
        return {"theme": self.theme, "region": self.region}


@get(routes("news"), include_in_schema=False)
async def news_page(
    request: HTMXRequest, site: NamedDependency[Site], theme: FromQuery[str] = "", region: FromQuery[str] = ""
) -> Template:
    """List the entries that are new or changed, those of one theme or region where that is asked for."""
    language = language_of(request.url.path)
    told = await site.line.run(_told, site, language, theme, region)
    return render_page(
        site,
        "news/news.html",
        language=language,
        page="news",
        query=told.query,
        is_demonstration=told.is_demonstration,
        told=told,
        days=NEWS_DAYS,
        region=region,
        feed=feed_link(language, **told.query),
    )


@get(routes("news_feed"), include_in_schema=False)
async def news_feed(
    request: HTMXRequest, site: NamedDependency[Site], theme: FromQuery[str] = "", region: FromQuery[str] = ""
) -> Response[bytes]:
    """Return the same news as an Atom feed; a reader that knows its newest state is told so in a line."""
    language = language_of(request.url.path)
    told = await site.line.run(_told, site, language, theme, region)
    base_url = own_address(request, site.base_url)
    feed = Feed(
        name=urlencode({"lang": language.value, **told.query}),
        title=_title(told, language),
        language=language.value,
        own_url=base_url + page_path("news_feed", language, query=told.query),
        page_url=base_url + page_path("news", language, query=told.query),
        updated_at=whole_seconds(max((one.at for one in told.news), default=_since())),
    )
    entries = [_feed_entry(one, base_url, translator_of(language)) for one in told.news]
    return feed_response(request, feed, entries, headers={"cache-control": "no-cache"})


HANDLERS = (news_page, news_feed)


def news_at_home(site: Site, language: Language) -> tuple[NewsView, ...]:
    """Return the latest news for the start page; in a host site's frame there is no room for them."""
    if site.host is not None:
        return ()
    service = site.service
    latest = service.news()[:NEWS_AT_HOME]
    return view_news(latest, agencies=service.agencies(), themes=service.themes(), language=language)


def feed_link(language: Language, theme: str = "", region: str = "") -> str:
    """Return the address of a feed, as pages announce it."""
    return page_path("news_feed", language, query={"theme": theme, "region": region})


def _told(site: Site, language: Language, theme: str, region: str) -> Told:
    service = site.service
    themes = service.themes()
    if theme and theme not in {one.id for one in themes}:
        raise InvalidRequest(f"{theme!r} is no theme.", field="theme")
    if region and not is_known_region(region):
        raise InvalidRequest(f"{region!r} is no region.", field="region")
    news = view_news(
        service.news(), agencies=service.agencies(), themes=themes, language=language, theme_id=theme, region=region
    )
    return Told(news, themes, theme, region, service.is_demonstration())


def _feed_entry(news: NewsView, base_url: str, translator: Translator) -> FeedEntry:
    return FeedEntry(
        name=f"{news.entry_id}#{news.version}",
        title=news.question,
        language=news.language,
        at=news.at,
        url=base_url + news.path,
        author=news.agency,
        author_url=news.agency_url,
        category=(news.theme_id, news.theme),
        summary=translator.gettext(SUMMARIES[news.kind], day=news.day, agency=news.agency),
    )


def _title(told: Told, language: Language) -> str:
    titles = {one.id: one.title_en if language is Language.ENGLISH else one.title for one in told.themes}
    narrowed = [titles.get(told.theme, ""), REGIONS.get(told.region, told.region)]
    return " · ".join([translator_of(language).gettext("Noa, nouveautés"), *(one for one in narrowed if one)])


def _since() -> datetime:
    """Return the moment from which an empty feed has nothing to tell."""
    return start_of(first_news_day(paris_day(datetime.now(UTC))))
