"""The days that an entry states, as a calendar takes them (iCalendar, RFC 5545)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from noa_rag.domain.entry import EntryVersion
from noa_rag.web.entries.next_steps import Deadline

LINE_BYTES = 75  # RFC 5545, 3.1: a longer line is folded
MEDIA_TYPE = "text/calendar"


def calendar_of(entry: EntryVersion, dates: Iterable[Deadline], *, address: str, now: datetime) -> bytes:
    """Return whole-day events for the days that an entry states; `address` is that of its page, empty where unknown."""
    events = [line for one in dates for line in _event(entry, one, address, now)]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Noa//Noa//FR", *events, "END:VCALENDAR"]
    return b"".join(_folded(line) for line in lines)


def _event(entry: EntryVersion, deadline: Deadline, address: str, now: datetime) -> Sequence[str]:
    told = f"{entry.content.question}\n{address}".strip()
    return [
        "BEGIN:VEVENT",
        f"UID:{deadline.fact.id}-{deadline.on:%Y%m%d}@noa",  # the same at each download: a calendar replaces the event
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{deadline.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{deadline.on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(deadline.fact.label)}",
        f"DESCRIPTION:{_text(told)}",
        "TRANSP:TRANSPARENT",
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
