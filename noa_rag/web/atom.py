"""Atom feeds, and the short reply to a reader that has the newest state already."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from litestar import Request, Response

MEDIA_TYPE = "application/atom+xml"
ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
# Ids are made of what never changes, and not of the address, so that a service that moves keeps its readers.
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "noa/news")


@dataclass(frozen=True, slots=True)
class Feed:
    """The fields of a whole feed; `name` is unique among feeds. Without a base address, links are relative."""

    name: str
    title: str
    language: str
    own_url: str
    page_url: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed; `name` is unique. It holds no answer, which readers would still show once withdrawn."""

    name: str
    title: str
    language: str
    at: datetime
    url: str
    author: str
    author_url: str
    category: tuple[str, str] | None
    """Its term and its label."""
    summary: str


def feed_response(
    request: Request[Any, Any, Any], feed: Feed, entries: Iterable[FeedEntry], *, headers: Mapping[str, str]
) -> Response[bytes]:
    """Return a feed, or 304 where the reader has this very state."""
    xml = atom_feed(feed, entries)
    etag = f'"{hashlib.sha256(xml).hexdigest()[:32]}"'
    sent = {"etag": etag, "last-modified": format_datetime(feed.updated_at, usegmt=True), **headers}
    if _is_known(request, etag, feed.updated_at):
        return Response(b"", status_code=304, media_type=MEDIA_TYPE, headers=sent)
    return Response(xml, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=sent)


def atom_feed(feed: Feed, entries: Iterable[FeedEntry]) -> bytes:
    """Return the feed as XML."""
    root = Element("feed", {"xmlns": ATOM, f"{{{_XML}}}lang": feed.language})
    _text(root, "id", uuid.uuid5(_IDS, feed.name).urn)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(feed.updated_at))
    _link(root, feed.own_url, rel="self", media_type=MEDIA_TYPE)
    _link(root, feed.page_url, rel="alternate", media_type="text/html")
    _text(SubElement(root, "author"), "name", "Noa")
    for entry in entries:
        _add_entry(root, entry)
    xml: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return xml


def whole_seconds(moment: datetime) -> datetime:
    """Return a moment in UTC without fractions of a second, as feeds and their headers state it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _add_entry(root: Element, entry: FeedEntry) -> None:
    element = SubElement(root, "entry")
    _text(element, "id", uuid.uuid5(_IDS, entry.name).urn)
    _text(element, "title", entry.title).set(f"{{{_XML}}}lang", entry.language)
    _text(element, "updated", _moment(entry.at))
    author = SubElement(element, "author")
    _text(author, "name", entry.author)
    if entry.author_url:
        _text(author, "uri", entry.author_url)
    _link(element, entry.url, rel="alternate", media_type="text/html")
    if entry.category is not None:
        SubElement(element, "category", {"term": entry.category[0], "label": entry.category[1]})
    _text(element, "summary", entry.summary)


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = text
    return element


def _link(parent: Element, address: str, *, rel: str, media_type: str) -> None:
    SubElement(parent, "link", {"href": address, "rel": rel, "type": media_type})


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _is_known(request: Request[Any, Any, Any], etag: str, updated_at: datetime) -> bool:
    """Whether the reader has this very state; If-None-Match takes precedence over If-Modified-Since (RFC 9110).

    The moments must be equal: when an entry is withdrawn, the newest news may be older than before.
    """
    if (tags := request.headers.get("if-none-match")) is not None:
        return tags.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    try:
        return updated_at == parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except (TypeError, ValueError):
        return False
