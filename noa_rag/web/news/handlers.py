"""What is new: a page with filters, and an Atom feed for each theme and region."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.agency import Theme
from noa_rag.domain.days import paris_day, start_of
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.news import NEWS_DAYS, first_news_day
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGIONS, is_known_region
from noa_rag.translation import translator_of
from noa_rag.web.news.views import MEDIA_TYPE, Feed, NewsView, atom_feed, view_news
from noa_rag.web.paths import language_of, own_address, page_path, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site

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
    updated_at = max((one.at for one in told.news), default=_since()).astimezone(UTC).replace(microsecond=0)
    feed = Feed(
        name=urlencode({"lang": language.value, **told.query}),
        title=_title(told, language),
        language=language.value,
        own_url=base_url + page_path("news_feed", language, query=told.query),
        page_url=base_url + page_path("news", language, query=told.query),
        base_url=base_url,
        updated_at=updated_at,
    )
    xml = atom_feed(feed, told.news, translator_of(language))
    etag = f'"{hashlib.sha256(xml).hexdigest()[:32]}"'
    headers = {"etag": etag, "last-modified": format_datetime(updated_at, usegmt=True), "cache-control": "no-cache"}
    if _is_known(request, etag, updated_at):
        return Response(b"", status_code=304, media_type=MEDIA_TYPE, headers=headers)
    return Response(xml, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


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


def _title(told: Told, language: Language) -> str:
    titles = {one.id: one.title_en if language is Language.ENGLISH else one.title for one in told.themes}
    narrowed = [titles.get(told.theme, ""), REGIONS.get(told.region, told.region)]
    return " · ".join([translator_of(language).gettext("Noa, nouveautés"), *(one for one in narrowed if one)])


def _since() -> datetime:
    """Return the moment from which an empty feed has nothing to tell."""
    return start_of(first_news_day(paris_day(datetime.now(UTC))))


def _is_known(request: HTMXRequest, etag: str, updated_at: datetime) -> bool:
    """Whether the reader has this very state; If-None-Match goes before If-Modified-Since (RFC 9110).

    Only the very same moment counts: when an entry is withdrawn, the newest news may be older than before.
    """
    if (tags := request.headers.get("if-none-match")) is not None:
        return tags.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    try:
        return updated_at == parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (TypeError, ValueError):
        return False
