"""Who asks what on which day: a stream of questions shaped as the préfecture told it in its interview.

It says that the questions of a day more than doubled, that the first three weeks were very high, and that 404 were
asked on 20 March 2020. The other volumes are ours, between these.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from evals.suites.cases import SUITES, rows_of
from noa_rag.domain.days import PARIS
from noa_rag.domain.entry import EntryId

FIRST_DAY, LAST_DAY = date(2020, 3, 2), date(2020, 4, 12)
SEED = 2020
EARLY_DAYS = 5  # people ask this long before a measure is decided: the closures were announced on 14 March
OPENING, CLOSING = 7, 23  # hours between which nearly everybody asks

# Questions a day, Monday to Sunday.
_BEFORE = (96, 104, 101, 98, 90, 34, 27)
_WEEKS = {
    date(2020, 3, 2): _BEFORE,
    date(2020, 3, 9): (101, 108, 112, 121, 139, 96, 88),
    date(2020, 3, 16): (236, 291, 338, 371, 404, 188, 161),
    date(2020, 3, 23): (309, 288, 276, 254, 241, 112, 97),
    date(2020, 3, 30): (246, 231, 219, 208, 196, 89, 74),
    date(2020, 4, 6): (181, 172, 160, 154, 143, 61, 48),
}
# Of a day's questions, how many are about the crisis, and how many nothing answers.
_SHARES = (
    (date(2020, 3, 2), 0.03, 0.06),
    (date(2020, 3, 9), 0.10, 0.06),
    (date(2020, 3, 13), 0.40, 0.06),
    (date(2020, 3, 16), 0.72, 0.05),
    (date(2020, 3, 30), 0.66, 0.05),
    (date(2020, 4, 6), 0.60, 0.05),
)


class About(StrEnum):
    """What a question of the stream is about."""

    CRISIS = "crisis"
    EVERYDAY = "everyday"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CrisisCase:
    """A question as people asked it, with the entries that answer it and the days on which it makes sense."""

    id: str
    text: str
    topic: str
    expected: tuple[EntryId, ...]
    first: date
    last: date

    @property
    def about(self) -> About:
        if not self.expected:
            return About.NOTHING
        return About.EVERYDAY if self.topic == "everyday" else About.CRISIS


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """One question of the stream at its moment."""

    case: CrisisCase
    at: datetime

    @property
    def day(self) -> date:
        return self.at.date()


def cases() -> tuple[CrisisCase, ...]:
    """Return every labelled question of the suite `crisis_questions`."""
    return tuple(map(_case, rows_of(SUITES / "crisis_questions.jsonl")))


def _case(row: dict[str, Any]) -> CrisisCase:
    first, last = map(date.fromisoformat, row["days"])
    expected = tuple(map(EntryId, row["expected_entries"]))
    return CrisisCase(row["id"], row["question"], row["topic"], expected, first, last)


def volume_on(day: date) -> int:
    """Return how many questions are asked on a day of the script."""
    return _WEEKS[day - timedelta(days=day.weekday())][day.weekday()]


def days(first: date = FIRST_DAY, last: date = LAST_DAY) -> Iterator[date]:
    """Yield the days of the script in order."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def stream(known: Sequence[CrisisCase], *, seed: int = SEED) -> dict[date, list[AskedOnce]]:
    """Return the questions of each day in the order of their moments; the same seed gives the same stream.

    Topics that everybody asked about weigh more, the others alike; within a topic each wording is as likely.
    """
    chosen = random.Random(seed)
    return {day: sorted(_of_day(day, known, chosen), key=lambda one: (one.at, one.case.id)) for day in days()}


_ASKED_BY_ALL = {"fonds-solidarite": 5, "chomage-partiel-demande": 4, "cotisations-employeur": 2,
                 "cotisations-independant": 3, "loyer-commercial": 2, "commerces-ouverts": 2, "report-impots": 2,
                 "attestation": 2, "livraison-emporter": 2}  # fmt: skip


def _of_day(day: date, known: Sequence[CrisisCase], chosen: random.Random) -> Iterator[AskedOnce]:
    crisis, nothing = next((a, b) for first, a, b in reversed(_SHARES) if first <= day)
    by_kind: dict[About, dict[str, list[CrisisCase]]] = {about: {} for about in About}
    for case in known:
        if case.first - timedelta(days=EARLY_DAYS) <= day <= case.last or case.about is not About.CRISIS:
            by_kind[case.about].setdefault(case.topic, []).append(case)
    for _ in range(volume_on(day)):
        drawn = chosen.random()
        about = About.CRISIS if drawn < crisis else About.NOTHING if drawn < crisis + nothing else About.EVERYDAY
        topics = by_kind[about] or by_kind[About.EVERYDAY]
        names = sorted(topics)
        topic = chosen.choices(names, [_ASKED_BY_ALL.get(name, 1) for name in names])[0]
        second = int(chosen.triangular(OPENING * 3600, CLOSING * 3600, 14 * 3600))
        yield AskedOnce(chosen.choice(topics[topic]), datetime.combine(day, time(), PARIS) + timedelta(seconds=second))
