"""Days in words, without the machine's locale."""

from datetime import date

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
