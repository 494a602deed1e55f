"""Links and contacts as pages show them: an address that may be followed, a number that may be dialled."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from noa_rag.domain.agency import Agency
from noa_rag.domain.entry import Contact, EntryVersion, Source, question_in, translation_of
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language
from noa_rag.web.paths import page_path


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """An entry by its question, in the language that this is in, with the address of its page.

    `is_answer_foreign` says that the answer there is in another language than the page with the link.
    """

    title: str
    url: str
    language: str
    is_answer_foreign: bool = False


def question_link(entry: EntryVersion, language: Language, *, host: HostSite | None = None) -> QuestionLink:
    """Return the link to an entry's page on the pages of a language."""
    content = entry.content
    title, in_language = question_in(content, language.value)
    is_foreign = content.language != language.value and translation_of(content, language.value) is None
    return QuestionLink(title, page_path("entry", language, entry.id, host=host), in_language, is_foreign)


def question_links(
    entries: Iterable[EntryVersion], language: Language, *, host: HostSite | None = None
) -> list[QuestionLink]:
    """Return the links to entries, those that are read in the page's own language first."""
    listed = [question_link(entry, language, host=host) for entry in entries]
    return sorted(listed, key=lambda link: link.is_answer_foreign)


@dataclass(frozen=True, slots=True)
class Link:
    """A title with its address, None when the address is not one to follow, and the title's language."""

    title: str
    url: str | None
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class ContactView:
    """Somebody to ask: a name, and what there is of an address, a number, hours, and what she is there for.

    `elsewhere` is whom to ask in other regions, `callback` the page on which to ask to be called back.
    """

    name: str
    url: str | None
    phone: str | None
    phone_url: str
    hours: str | None
    remit: str = ""
    site_name: str = ""
    elsewhere: "ContactView | None" = None
    callback: Link | None = None


def view_agency(agency: Agency) -> ContactView:
    """Return an agency's card."""
    other = agency.elsewhere
    card = _card(agency.name, agency.url, agency.phone, agency.hours)
    elsewhere = _card(other.name, other.url, other.phone, other.hours) if other else None
    url = web_url(agency.callback_url)
    callback = Link(urlsplit(url).netloc, url) if url else None
    return replace(card, remit=agency.remit, elsewhere=elsewhere, callback=callback)


def entry_contact(contact: Contact) -> ContactView:
    """Return somebody whom an entry names."""
    return _card(contact.name, contact.url, contact.phone, None)


def web_url(url: str | None) -> str | None:
    """Return an address that may be followed, None for any other."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _card(name: str, address: str | None, phone: str | None, hours: str | None) -> ContactView:
    url = web_url(address)
    return ContactView(name, url, phone, _phone_url(phone), hours, site_name=urlsplit(url).netloc if url else "")


def _phone_url(phone: str | None) -> str:
    return "tel:" + "".join(sign for sign in phone or "" if sign.isdigit() or sign == "+")


def links(sources: Iterable[Source]) -> tuple[Link, ...]:
    """Return sources with their titles, as links where their addresses may be followed."""
    return tuple(Link(source.title, web_url(source.url)) for source in sources)
