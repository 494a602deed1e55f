"""What a reader does next: a link, the procedure online, a telephone call, a date for the calendar, further entries.

All of it comes from the entry and its agency as they were vetted; nothing is looked up, and no address is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from noa_rag.answering.hours import hours_in_words, open_now
from noa_rag.domain.agency import Agency, LocalOffice
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import Contact, EntryContent, EntryId, EntryVersion, Source, question_in, translation_of
from noa_rag.domain.facts import Fact, states, whole_text
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.opening import read_hours
from noa_rag.domain.question import Language
from noa_rag.translation import translator_of
from noa_rag.web.in_words import day_in_words, day_named
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
    address = page_path("entry", language, entry.id, host=host)
    return QuestionLink(title, address, in_language, is_foreign_to(content, language))


def is_foreign_to(content: EntryContent, language: Language) -> bool:
    """Return whether the answer of an entry can only be read in another language."""
    return content.language != language.value and translation_of(content, language.value) is None


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

    `hours` are in `hours_language`; `open_now` says whether somebody answers at this moment, and until or from when.
    `elsewhere` is whom to ask in other regions, `callback` the page on which to ask to be called back.
    """

    name: str
    url: str | None
    phone: str | None
    phone_url: str
    hours: str | None
    remit: str = ""
    site_name: str = ""
    hours_language: str = "fr"
    open_now: str = ""
    elsewhere: "ContactView | None" = None
    callback: Link | None = None


def view_agency(agency: Agency, language: Language, *, now: datetime | None = None) -> ContactView:
    """Return an agency's card, as it is at a moment: by default now."""
    other, now = agency.elsewhere, now or datetime.now(UTC)
    card = _office(agency, language, now)
    elsewhere = _office(other, language, now) if other else None
    url = web_url(agency.callback_url)
    callback = Link(urlsplit(url).netloc, url) if url else None
    return replace(card, remit=agency.remit, elsewhere=elsewhere, callback=callback)


def entry_contact(contact: Contact) -> ContactView:
    """Return somebody whom an entry names."""
    return _card(contact.name, contact.url, contact.phone)


def web_url(url: str | None) -> str | None:
    """Return an address that may be followed, None for any other."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _office(office: Agency | LocalOffice, language: Language, now: datetime) -> ContactView:
    return replace(
        _card(office.name, office.url, office.phone),
        hours=hours_in_words(office.hours, language),
        hours_language=language.value if read_hours(office.hours) else "fr",
        open_now=open_now(office.hours, language, now=now),
    )


def _card(name: str, address: str | None, phone: str | None) -> ContactView:
    url = web_url(address)
    return ContactView(name, url, phone, _phone_url(phone), None, site_name=urlsplit(url).netloc if url else "")


def _phone_url(phone: str | None) -> str:
    return "tel:" + "".join(sign for sign in phone or "" if sign.isdigit() or sign == "+")


def links(sources: Iterable[Source]) -> tuple[Link, ...]:
    """Return sources with their titles, as links where their addresses may be followed."""
    return tuple(Link(source.title, web_url(source.url)) for source in sources)


SERVICES_LIMIT = 3
FIGURES_LIMIT = 3  # an entry that states more is a table, of which no row comes first
RELATED_LIMIT = 4
NEAR_DAYS = 60  # a day is said to be so many away; farther ones are easier to grasp by their date


@dataclass(frozen=True, slots=True)
class DatedView:
    """A day that the entry states: what ends or begins, the day in words, and how far away it is if it is near."""

    label: str
    day: str
    away: str = ""


@dataclass(frozen=True, slots=True)
class NextSteps:
    """What follows an answer. `calendar_url` is empty where the entry states no day to come.

    `figures` are the amounts and rates that the entry states today, by their labels; `site_name` is where all of its
    services are.
    """

    services: tuple[Link, ...] = ()
    site_name: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    contact: ContactView | None = None
    dates: tuple[DatedView, ...] = ()
    calendar_url: str = ""
    related: tuple[QuestionLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day that an entry states, with the fact that it comes from."""

    fact: Fact
    on: date


def next_steps(
    entry: EntryVersion,
    agency: Agency | None,
    language: Language,
    *,
    known: Mapping[EntryId, EntryVersion],
    facts: Sequence[Fact],
    host: HostSite | None = None,
    region: str | None = None,
) -> NextSteps:
    """Return what a reader of an entry can do next, where she is; `known` are the entries that may be shown today."""
    today = today_in_paris()
    dates = deadlines(entry.content, facts, today)
    office = agency.serving(region) if agency else None
    related = (known[entry_id] for entry_id in entry.content.related if entry_id in known)
    services = _services(entry.content)
    sites = {urlsplit(service.url or "").netloc for service in services}
    return NextSteps(
        services=services,
        site_name=sites.pop() if len(sites) == 1 else "",
        figures=figures(entry.content, facts, today),
        contact=view_agency(office, language) if office else None,
        dates=tuple(dated_view(deadline, today, language) for deadline in dates),
        calendar_url=page_path("calendar", language, entry.id) if dates else "",
        related=tuple(question_links(related, language, host=host)[:RELATED_LIMIT]),
    )


def dated_view(deadline: Deadline, today: date, language: Language) -> DatedView:
    """Return a day that an entry states, in the words of a language but for its label."""
    day = day_in_words(deadline.on, language)
    return DatedView(deadline.fact.label, day, _away(deadline.on, today, language))


def _away(day: date, today: date, language: Language) -> str:
    """Return "today", "tomorrow" or "in 14 days" in a language, nothing for a day that is far away."""
    gettext, days = translator_of(language).gettext, (day - today).days
    if days > NEAR_DAYS:
        return ""
    if days < 2:
        return gettext("demain") if days else gettext("aujourd'hui")
    return gettext("dans %(days)s jours", days=days)


def deadlines(content: EntryContent, facts: Sequence[Fact], today: date) -> list[Deadline]:
    """Return the days to come among the facts of an entry, the nearest first: those that its text states."""
    text = whole_text(content) if facts else ""
    dates = []
    for fact in facts:
        value = fact.on(today)
        day = day_named(value.value) if value else None
        if value and day and day >= today and states(text, value.value, fact.unit):
            dates.append(Deadline(fact, day))
    return sorted(dates, key=lambda deadline: (deadline.on, deadline.fact.id))


def figures(content: EntryContent, facts: Sequence[Fact], today: date) -> tuple[tuple[str, str], ...]:
    """Return the figures of today that the text of an entry states, with their units; none where they are many."""
    text = whole_text(content) if facts else ""
    current = [(fact, value.value) for fact in facts if fact.unit and (value := fact.on(today))]
    stated = tuple(
        (fact.label, f"{value} {fact.unit}".replace(" ", "\N{NO-BREAK SPACE}"))
        for fact, value in current
        if states(text, value, fact.unit)
    )
    return stated if len(stated) <= FIGURES_LIMIT else ()


def _services(content: EntryContent) -> tuple[Link, ...]:
    """Return the online services that the entry names; a link in its text may lead to another procedure."""
    return tuple(link for link in links(content.online_services) if link.url)[:SERVICES_LIMIT]


LINE_BYTES = 75  # RFC 5545, 3.1: a longer line is folded
MEDIA_TYPE = "text/calendar"
ALARM = "TRIGGER:-P6DT15H"  # at nine o'clock, seven days before: a day begins at midnight


def calendar_of(
    dated: Iterable[tuple[EntryVersion, Iterable[Deadline]]], *, address: str, language: Language, now: datetime
) -> bytes:
    """Return whole-day events for the days that entries state; `address` is Noa's own, empty where unknown."""
    events = [
        line
        for entry, dates in dated
        for deadline in dates
        for line in _event(entry, deadline, address and address + page_path("entry", language, entry.id), now)
    ]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Noa//Noa//FR", *events, "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _event(entry: EntryVersion, deadline: Deadline, address: str, now: datetime) -> Sequence[str]:
    description = f"{entry.content.question}\n{address}".strip()
    return [
        "BEGIN:VEVENT",
        f"UID:{deadline.fact.id}-{deadline.on:%Y%m%d}@noa",  # the same at each download: a calendar replaces the event
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{deadline.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{deadline.on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(deadline.fact.label)}",
        f"DESCRIPTION:{_text(description)}",
        "TRANSP:TRANSPARENT",
        *("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(deadline.fact.label)}", ALARM, "END:VALARM"),
        "END:VEVENT",
    ]


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(line: str) -> bytes:
    """Return a line with its end, in pieces of at most 75 bytes; a character is never cut."""
    pieces, piece = [], b""
    for sign in line:
        encoded = sign.encode()
        if len(piece) + len(encoded) > LINE_BYTES:
            pieces.append(piece)
            piece = b" "
        piece += encoded
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
