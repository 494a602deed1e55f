"""What entries rest on: facts that they state, and the official texts that they cite."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NewType

from noa_rag.domain.entry import EntryContent, EntryId, Source, official_text

FactId = NewType("FactId", str)
SPACE = r"[ \u00a0\u202f]"  # between groups of digits and before a unit, typography varies
_UNITS = {"€": r"(?:€|euros?\b)", "%": r"(?:%|pour cent\b)"}


class FactKind(StrEnum):
    """What a fact is, which decides what is said once it has ended: brought up to date, passed, or over."""

    AMOUNT = "amount"
    DEADLINE = "deadline"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value as French texts write it ("1 867,02"), and the days, both included, during which it holds."""

    value: str
    source: Source
    valid_from: date | None = None
    valid_until: date | None = None

    def contains(self, day: date) -> bool:
        starts = self.valid_from is None or self.valid_from <= day
        return starts and (self.valid_until is None or day <= self.valid_until)

    def is_known_in(self, year: int, *, today: date) -> bool:
        """Return whether the value is known to hold in a year; without an end, only up to this year or its first."""
        first = self.valid_from or today
        return first.year <= year <= (self.valid_until or max(first, today)).year


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure that `entries` state; `unit` follows it in their texts; `periods` are its values, the oldest first."""

    id: FactId
    label: str
    unit: str
    periods: tuple[DatedValue, ...]
    entries: tuple[EntryId, ...] = ()
    kind: FactKind = FactKind.AMOUNT

    @property
    def newest(self) -> DatedValue:
        return self.periods[-1]

    @property
    def ends_on(self) -> date | None:
        """The last day for which a value is known; None where the newest one holds until further notice."""
        return self.newest.valid_until

    def on(self, day: date) -> DatedValue | None:
        return next((period for period in self.periods if period.contains(day)), None)


@dataclass(frozen=True, slots=True)
class OutdatedFact:
    """A figure that an answer states though it has ended: what it said, and until when that held."""

    id: FactId
    label: str
    value: str
    unit: str
    ended_on: date
    kind: FactKind = FactKind.AMOUNT


class FactBook:
    """All facts, found by the entries that use them."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.facts: Mapping[FactId, Fact] = {fact.id: fact for fact in facts}
        used: dict[EntryId, list[Fact]] = defaultdict(list)
        for fact in self.facts.values():
            for entry_id in fact.entries:
                used[entry_id].append(fact)
        self._used = {entry_id: tuple(listed) for entry_id, listed in used.items()}

    def of(self, entry_id: EntryId) -> tuple[Fact, ...]:
        """Return the facts that an entry uses."""
        return self._used.get(entry_id, ())

    def outdated(self, entry_id: EntryId, content: EntryContent, day: date) -> tuple[OutdatedFact, ...]:
        """Return the facts of an entry of which its text states a value that has ended, and none that holds that day.

        What the text states counts, not the newest value known: an entry brought up to date is current again.
        """
        facts = self.of(entry_id)
        text = whole_text(content) if facts else ""
        return tuple(outdated_fact for fact in facts if (outdated_fact := _outdated(fact, text, day)))


def in_year(facts: Iterable[Fact], year: int, *, today: date) -> list[tuple[Fact, DatedValue]]:
    """Return the facts whose value in a year is known, each with it: the last one, where it changes within the year."""
    known = ((fact, period) for fact in facts for period in fact.periods if period.is_known_in(year, today=today))
    return list({fact.id: (fact, period) for fact, period in known}.values())


def whole_text(content: EntryContent) -> str:
    """Return all that an entry says: the official text with every section."""
    return "\n\n".join((official_text(content), *(section.text for section in content.sections)))


def states(text: str, value: str, unit: str) -> bool:
    """Return whether a text states a value with its unit; spaces and emphasis do not count."""
    return _pattern(value, unit).search(text) is not None


def restated(text: str, old: str, new: str, unit: str) -> str:
    """Return a text with a value in place of another, written with the kind of space that stood there."""

    def written(found: re.Match[str]) -> str:
        spaces = re.findall(SPACE, found["value"])
        return found[0].replace(found["value"], new.replace(" ", spaces[0] if spaces else "\u00a0"), 1)

    return _pattern(old, unit).sub(written, text)


def with_value(fact: Fact, period: DatedValue) -> Fact:
    """Return a fact with one more value: the one before ends the day before, a later one is put in its place."""
    start = period.valid_from
    if start is None:
        return replace(fact, periods=(period,))
    past_values = [
        dated_value for dated_value in fact.periods if dated_value.valid_from is None or dated_value.valid_from < start
    ]
    if past_values and (past_values[-1].valid_until is None or past_values[-1].valid_until >= start):
        past_values[-1] = replace(past_values[-1], valid_until=start - timedelta(days=1))
    return replace(fact, periods=(*past_values, period))


def _outdated(fact: Fact, text: str, day: date) -> OutdatedFact | None:
    stated = [period for period in fact.periods if states(text, period.value, fact.unit)]
    if any(period.contains(day) for period in stated):
        return None
    ended = [period for period in stated if period.valid_until is not None and period.valid_until < day]
    if not ended or ended[-1].valid_until is None:
        return None
    return OutdatedFact(fact.id, fact.label, ended[-1].value, fact.unit, ended[-1].valid_until, fact.kind)


@lru_cache(maxsize=4_096)
def _pattern(value: str, unit: str) -> re.Pattern[str]:
    digits = rf"{SPACE}?".join(map(re.escape, value.split()))
    before = rf"(?<![\d,.])(?<!\d{SPACE})"
    if not unit:
        return re.compile(rf"{before}(?P<value>{digits})(?![\d]|[,.]\d)", re.IGNORECASE)
    pattern = _UNITS.get(unit) or rf"{SPACE}".join(map(re.escape, unit.split())) + r"(?!\w)"
    return re.compile(rf"{before}(?P<value>{digits})(?:\*\*|[ \u00a0\u202f])*{pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceText:
    """An official text: a fiche by its number (F35211), an article of law by Légifrance's identifier (LEGIARTI…).

    `lines` are its paragraphs. `dated_on` is the day of a fiche's last change, or the first day of an article's
    version. `state` is the legal state of an article as Légifrance names it (VIGUEUR, ABROGE…), empty for a fiche.
    """

    id: str
    title: str
    url: str
    lines: tuple[str, ...]
    dated_on: date | None = None
    state: str = ""

    def says_the_same_as(self, other: "SourceText") -> bool:
        """Return whether texts and states agree; titles, addresses, days and runs of spaces do not count."""
        return self.state == other.state and _words(self.lines) == _words(other.lines)


def _words(lines: tuple[str, ...]) -> list[str]:
    return " ".join(lines).split()
