"""What is new: a page with filters, and an Atom feed for each theme and region."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

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
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import language_of, own_address, page_path, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site

MEDIA_TYPE = "application/atom+xml"
ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
# Ids are made of what never changes, and not of the address, so that a service that moves keeps its readers.
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "noa/news")
register_namespace("", ATOM)

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


def view_news(
    news: Iterable[News],
    *,
    agencies: Mapping[AgencyId, Agency],
    themes: Iterable[Theme],
    language: Language,
    theme_id: str = "",
    region: str = "",
) -> tuple[NewsView, ...]:
    """Return news in their order; with a theme, that theme's alone, with a region, what holds there."""
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
    )


@dataclass(frozen=True, slots=True)
class Feed:
    """What is said of a whole feed; `name` tells it from the other feeds. Without `base_url` links are relative."""

    name: str
    title: str
    language: str
    own_url: str
    page_url: str
    base_url: str
    updated_at: datetime


def atom_feed(feed: Feed, news: Sequence[NewsView], translator: Translator) -> bytes:
    """Return the feed as XML. It holds questions and links, no answers: readers would go on showing withdrawn ones."""
    root = Element(f"{{{ATOM}}}feed", {f"{{{_XML}}}lang": feed.language})
    _text(root, "id", uuid.uuid5(_IDS, feed.name).urn)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(feed.updated_at))
    _link(root, feed.own_url, rel="self", media_type=MEDIA_TYPE)
    _link(root, feed.page_url, rel="alternate", media_type="text/html")
    _text(SubElement(root, f"{{{ATOM}}}author"), "name", "Noa")
    for one in news:
        _entry(root, one, feed, translator)
    xml: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return xml


def _entry(root: Element, news: NewsView, feed: Feed, translator: Translator) -> None:
    entry = SubElement(root, f"{{{ATOM}}}entry")
    _text(entry, "id", uuid.uuid5(_IDS, f"{news.entry_id}#{news.version}").urn)
    _text(entry, "title", news.question).set(f"{{{_XML}}}lang", news.language)
    _text(entry, "updated", _moment(news.at))
    author = SubElement(entry, f"{{{ATOM}}}author")
    _text(author, "name", news.agency)
    if news.agency_url:
        _text(author, "uri", news.agency_url)
    _link(entry, feed.base_url + news.path, rel="alternate", media_type="text/html")
    SubElement(entry, f"{{{ATOM}}}category", {"term": news.theme_id, "label": news.theme})
    _text(entry, "summary", translator.gettext(SUMMARIES[news.kind], day=news.day, agency=news.agency))


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = text
    return element


def _link(parent: Element, address: str, *, rel: str, media_type: str) -> None:
    SubElement(parent, f"{{{ATOM}}}link", {"href": address, "rel": rel, "type": media_type})


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


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
