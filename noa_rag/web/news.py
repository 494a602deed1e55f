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
from noa_rag.web.in_words import day_in_words, theme_titles
from noa_rag.web.paths import own_address, page_path, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import NoaService, Site

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


def news_of(service: NoaService, theme_id: str, region: str) -> list[News]:
    """Return the news of a theme and a region, of all where these are empty. Raises InvalidRequest."""
    check_theme(service, theme_id)
    if region and not is_known_region(region):
        raise InvalidRequest(f"{region!r} is no region.", field="region")
    return [
        item
        for item in service.news()
        if theme_id in ("", item.entry.content.theme) and covers(item.entry.content.regions, region or None)
    ]


def check_theme(service: NoaService, theme_id: str) -> None:
    """Raise InvalidRequest for a theme that is not among those of the service; an empty one passes."""
    if theme_id and theme_id not in {theme.id for theme in service.themes()}:
        raise InvalidRequest(f"{theme_id!r} is no theme.", field="theme")


def _views(site: Site, news: Iterable[News]) -> tuple[NewsView, ...]:
    agencies, titles = site.service.agencies(), theme_titles(site.service.themes(), site.language)
    return tuple(_view(item, agencies, titles, site.language) for item in news)


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
class NewsList:
    """The news asked for, with the filters that were set."""

    news: tuple[NewsView, ...]
    themes: Sequence[Theme]
    theme: str
    region: str
    is_demonstration: bool

    @property
    def query(self) -> dict[str, str]:
        return {"theme": self.theme, "region": self.region}


@get(routes("news"), include_in_schema=False)
async def news_page(site: NamedDependency[Site], theme: FromQuery[str] = "", region: FromQuery[str] = "") -> Template:
    """List the entries that are new or changed, those of one theme or region where that is asked for."""
    listed = await site.line.run(_list, site, theme, region)
    return render_page(
        site,
        "news/news.html",
        page="news",
        query=listed.query,
        is_demonstration=listed.is_demonstration,
        listed=listed,
        days=NEWS_DAYS,
        region=region,
        feed=site.path("news_feed", query=listed.query),
    )


@get(routes("news_feed"), include_in_schema=False)
async def news_feed(
    request: HTMXRequest, site: NamedDependency[Site], theme: FromQuery[str] = "", region: FromQuery[str] = ""
) -> Response[bytes]:
    """Return the same news as an Atom feed; a reader that knows its newest state gets a line that says so."""
    language = site.language
    listed = await site.line.run(_list, site, theme, region)
    base_url = own_address(request, site.base_url)
    since = start_of(first_news_day(paris_day(datetime.now(UTC))))  # an empty feed has nothing newer
    feed = Feed(
        name=urlencode({"lang": language.value, **listed.query}),
        title=_title(listed, language),
        language=language.value,
        own_url=base_url + site.path("news_feed", query=listed.query),
        page_url=base_url + site.path("news", query=listed.query),
        updated_at=whole_seconds(max((item.at for item in listed.news), default=since)),
    )
    entries = [_feed_entry(item, base_url, translator_of(language)) for item in listed.news]
    return feed_response(request, feed, entries, headers={"cache-control": "no-cache"})


HANDLERS = (news_page, news_feed)


def news_at_home(site: Site) -> tuple[NewsView, ...]:
    """Return the latest news for the start page; in a host site's frame there is no room for them."""
    return () if site.host else _views(site, site.service.news()[:NEWS_AT_HOME])


def _list(site: Site, theme: str, region: str) -> NewsList:
    service = site.service
    news = _views(site, news_of(service, theme, region))
    return NewsList(news, service.themes(), theme, region, service.is_demonstration())


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


def _title(listed: NewsList, language: Language) -> str:
    titles = theme_titles(listed.themes, language)
    narrowed = [titles.get(listed.theme, ""), REGIONS.get(listed.region, listed.region)]
    return " · ".join([translator_of(language).gettext("Noa, nouveautés"), *(part for part in narrowed if part)])
