"""Figures, days and names in words, for the pages of figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from noa_rag.domain.days import PARIS, paris_day
from noa_rag.domain.figures import Key
from noa_rag.domain.question import Language
from noa_rag.domain.regions import REGIONS
from noa_rag.statistics.period import SECOND_TIME, Bucket, Period, PeriodKind
from noa_rag.translation import N_, Translator
from noa_rag.web.dates import day_in_words, month_in_words, weekday_in_words
from noa_rag.web.numbers import (
    change_in_words,
    decimal_in_words,
    number_in_words,
    seconds_in_words,
    share_in_words,
)
from review_ui.shell.rendering import moment_in_words
from review_ui.statistics import labels

KIND_NAMES = {"jour": PeriodKind.DAY, "semaine": PeriodKind.WEEK, "mois": PeriodKind.MONTH}
NAME_OF_KIND = {kind: name for name, kind in KIND_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Formats:
    """The words of one language, with the names of agencies, themes and entries by section."""

    translator: Translator
    names: Mapping[str, Mapping[str, str]]

    @property
    def language(self) -> Language:
        return self.translator.language

    def name(self, section: str, key: Key) -> str:
        """Return the name of a key of a section."""
        if key is None:
            return self.translator.gettext(labels.NONE[section])
        if section in labels.NAMES:
            message = labels.NAMES[section].get(key.replace(" ", "_"))
            return self.translator.gettext(message) if message else key
        known = {"regions": REGIONS, **self.names}
        return known.get(_SAME_NAMES.get(section, section), {}).get(key, key)

    def number(self, value: int | None) -> str:
        return "–" if value is None else number_in_words(value, self.language)

    def share(self, value: float | None) -> str:
        return share_in_words(value, self.language)

    def change(self, now: int, before: int) -> str:
        return change_in_words(now, before, self.language)

    def seconds(self, value: float | None) -> str:
        return seconds_in_words(value, self.language)

    def times(self, doublings: float) -> str:
        """Return by how much a share was multiplied."""
        return "×" + decimal_in_words(2**doublings, self.language)

    def chance(self, p_value: float) -> str:
        """Return a probability, rounded up where it is tiny."""
        floor = 0.001
        if p_value < floor:
            return "< " + decimal_in_words(floor, self.language, digits=3)
        return decimal_in_words(p_value, self.language, digits=3)

    def day(self, day: date | None) -> str:
        return day_in_words(day, self.language) if day else "–"

    def moment(self, moment: datetime) -> str:
        return moment_in_words(moment, self.language)

    def period(self, period: Period) -> str:
        """Return a title such as "25 novembre 2026" or "novembre 2026"."""
        if period.kind is PeriodKind.DAY:
            return f"{weekday_in_words(period.first_day, self.language)} {self.day(period.first_day)}"
        if period.kind is PeriodKind.MONTH:
            return month_in_words(period.first_day, self.language)
        return self.translator.gettext(
            "semaine du %(start)s au %(end)s", start=self.day(period.first_day), end=self.day(period.last_day)
        )

    def bucket(self, bucket: Bucket, kind: PeriodKind) -> str:
        """Return a row's heading: "14 h", "lundi 23 novembre 2026"."""
        there = bucket.begins_at.astimezone(PARIS)
        if kind is PeriodKind.DAY:
            message = (
                N_("%(hour)s h, une seconde fois (heure d'hiver)") if bucket.place == SECOND_TIME else N_("%(hour)s h")
            )
            return self.translator.gettext(message, hour=there.hour)
        return f"{weekday_in_words(there.date(), self.language)} {self.day(there.date())}"

    def bucket_short(self, bucket: Bucket, kind: PeriodKind) -> str:
        """Return the label below a bar, empty where a long chart has no room for it."""
        day = paris_day(bucket.begins_at)
        if kind is PeriodKind.WEEK:
            return f"{weekday_in_words(day, self.language)[:3]}."
        if kind is PeriodKind.MONTH:
            return str(day.day) if day.day % 5 == 0 or day.day == 1 else ""
        hour = bucket.begins_at.astimezone(PARIS).hour
        return str(hour) if hour % 4 == 0 and bucket.place != SECOND_TIME else ""


_SAME_NAMES = {"rising_themes": "themes", "rising_entries": "served"}
