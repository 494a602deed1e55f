"""News as the pages tell them, and as an Atom feed (RFC 4287)."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.days import paris_day
from noa_rag.domain.news import News
from noa_rag.domain.question import Language
from noa_rag.domain.regions import covers
from noa_rag.domain.shown_text import question_in
from noa_rag.translation import N_, Translator
from noa_rag.web.dates import day_in_words
from noa_rag.web.paths import page_path

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
