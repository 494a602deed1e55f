"""Days, numbers and titles as people read them, without the machine's locale."""

import re
from collections.abc import Iterable
from datetime import date

from noa_rag.domain.agency import Theme
from noa_rag.domain.question import Language

_FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ENGLISH = "January February March April May June July August September October November December"
_DAYS = {
    Language.FRENCH: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    Language.ENGLISH: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_MONTHS = {Language.FRENCH: _FRENCH.split(), Language.ENGLISH: _ENGLISH.split()}


def day_in_words(day: date, language: Language) -> str:
    """Return "24 novembre 2026" or "24 November 2026"; French writes the first of a month "1er"."""
    number = "1er" if day.day == 1 and language is Language.FRENCH else str(day.day)
    return f"{number}\N{NO-BREAK SPACE}{_MONTHS[language][day.month - 1]}\N{NO-BREAK SPACE}{day.year}"


def month_in_words(day: date, language: Language) -> str:
    """Return the month of a day, "novembre 2026" or "November 2026"."""
    return f"{_MONTHS[language][day.month - 1]}\N{NO-BREAK SPACE}{day.year}"


def weekday_in_words(day: date, language: Language) -> str:
    """Return "mercredi" or "Wednesday"."""
    return _DAYS[language][day.weekday()]


_DAY = re.compile(
    rf"(?:(?:{'|'.join(_DAYS[Language.FRENCH])}) )?(?P<day>1er|\d{{1,2}}) "
    rf"(?P<month>{'|'.join(_MONTHS[Language.FRENCH])}) (?P<year>20\d\d)"
)


def day_named(text: str) -> date | None:
    """Return the day that a French text names, such as "mardi 2 février 2027"; None for other texts and days."""
    match = _DAY.fullmatch(" ".join(text.lower().split()))
    if match is None:
        return None
    month = _MONTHS[Language.FRENCH].index(match["month"]) + 1
    try:
        return date(int(match["year"]), month, int(match["day"].removesuffix("er")))
    except ValueError:
        return None


NARROW, WIDE = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def quoted(text: str, language: Language) -> str:
    """Return "« taux »" with narrow no-break spaces, or "“rate”"; as text, marks are copied and read aloud."""
    return f"“{text}”" if language is Language.ENGLISH else f"«{NARROW}{text}{NARROW}»"


def number_in_words(value: int, language: Language) -> str:
    """Return "12 345" or "12,345"."""
    text = f"{value:,}"
    return text if language is Language.ENGLISH else text.replace(",", NARROW)


def decimal_in_words(value: float, language: Language, *, digits: int = 1) -> str:
    """Return "0,5" or "0.5"."""
    text = f"{value:.{digits}f}"
    return text if language is Language.ENGLISH else text.replace(".", ",")


def share_in_words(share: float | None, language: Language, *, digits: int = 1) -> str:
    """Return "55,3 %" or "55.3%"; a dash where there is nothing to share."""
    if share is None:
        return "–"
    number = decimal_in_words(100 * share, language, digits=digits)
    return f"{number}%" if language is Language.ENGLISH else f"{number}{WIDE}%"


def change_in_words(now: int, before: int, language: Language) -> str:
    """Return "+25 %" or "−25%"; a dash where nothing was before."""
    if not before:
        return "–"
    change = round(100 * (now - before) / before)
    sign = "+" if change > 0 else MINUS if change < 0 else ""
    return sign + share_in_words(abs(change) / 100, language, digits=0)


def seconds_in_words(seconds: float | None, language: Language) -> str:
    """Return "12 ms" or "1,5 s", with as many digits as can be believed."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{1_000 * seconds:.0f}{WIDE}ms"
    return f"{decimal_in_words(seconds, language)}{WIDE}s"


def theme_titles(themes: Iterable[Theme], language: Language) -> dict[str, str]:
    """Return the titles of themes, by id."""
    return {theme.id: theme.title_en if language is Language.ENGLISH else theme.title for theme in themes}
