"""Opening hours in words: the days and times of a week, and whether somebody answers at a moment."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from noa_rag.domain.days import PARIS
from noa_rag.domain.opening import Span, closes_at, opens_at, read_hours
from noa_rag.domain.question import Language
from noa_rag.translation import N_, Translator, translator_of

WEEKDAYS = (N_("lundi"), N_("mardi"), N_("mercredi"), N_("jeudi"), N_("vendredi"), N_("samedi"), N_("dimanche"))


def hours_in_words(hours: str | None, language: Language) -> str | None:
    """Return "du lundi au vendredi, de 9 h à 18 h" for hours that are data; those in words stay as they are."""
    spans = read_hours(hours)
    if not spans:
        return hours
    return " ; ".join(_span(span, translator_of(language)) for span in spans)


def open_now(hours: str | None, language: Language, *, now: datetime) -> str:
    """Return whether an office is open, and until when or from when; empty where its hours are not data."""
    spans, translator = read_hours(hours), translator_of(language)
    if not spans:
        return ""
    closes = closes_at(spans, now)
    if closes is not None:
        return translator.gettext("Ouvert maintenant, ferme à %(time)s", time=_clock(closes, translator))
    return _closed(spans, translator, now)


def _closed(spans: Sequence[Span], translator: Translator, now: datetime) -> str:
    opens, today = opens_at(spans, now), now.astimezone(PARIS).date()
    if opens is None:
        return translator.gettext("Fermé en ce moment")
    clock = _clock(opens.time(), translator)
    if opens.date() == today:
        return translator.gettext("Fermé en ce moment, ouvre à %(time)s", time=clock)
    if opens.date() == today + timedelta(days=1):
        return translator.gettext("Fermé en ce moment, rouvre demain à %(time)s", time=clock)
    day = translator.gettext(WEEKDAYS[opens.weekday()])
    return translator.gettext("Fermé en ce moment, rouvre %(day)s à %(time)s", day=day, time=clock)


def _span(span: Span, translator: Translator) -> str:
    first, last = (translator.gettext(WEEKDAYS[day]) for day in (span.first, span.last))
    opens, closes = _clock(span.opens, translator), _clock(span.closes, translator)
    if span.first == span.last:
        return translator.gettext("le %(day)s, de %(opens)s à %(closes)s", day=first, opens=opens, closes=closes)
    return translator.gettext(
        "du %(first)s au %(last)s, de %(opens)s à %(closes)s", first=first, last=last, opens=opens, closes=closes
    )


def _clock(moment: time, translator: Translator) -> str:
    if moment.minute:
        minute = f"{moment.minute:02}"
        return translator.gettext("%(hour)s h %(minute)s", hour=moment.hour, minute=minute)
    return translator.gettext("%(hour)s h", hour=moment.hour)
