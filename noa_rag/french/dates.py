"""Days as French texts write them in full."""

import re
from datetime import date

_MONTHS = [
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]
_WEEKDAY = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
_SPACE = r"[ \u00a0\u202f]+"
_DAY = re.compile(
    rf"(?:(?:{_WEEKDAY}){_SPACE})?(?P<day>1er|\d{{1,2}}){_SPACE}(?P<month>{'|'.join(_MONTHS)}){_SPACE}(?P<year>20\d\d)",
    re.IGNORECASE,
)


def day_named(text: str) -> date | None:
    """Return the day that a text is, such as "mardi 2 février 2027"; None for any other text, and for no such day."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    month = _MONTHS.index(found["month"].lower()) + 1
    try:
        return date(int(found["year"]), month, int(found["day"].lower().removesuffix("er")))
    except ValueError:
        return None
