"""Who asks what on which day of March and April 2020, and the bases that are asked as of those days.

The stream of questions is shaped as the préfecture told it in its interview: that the questions of a day more than
doubled, that the first three weeks were very high, and that 404 were asked on 20 March 2020. The other volumes are
ours, between these. The entries of 2019 are not available. Those of today stand in for them, approved on 1 March 2019
and without windows, as the neighbours that a crisis entry must be told from.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from evals.runner.bases import share_prepared
from evals.runner.folders import ROOT, WORK
from evals.suites.cases import SUITES, rows_of
from noa_rag.answering.pipeline import run
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.days import PARIS, end_of
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion, ValidityWindow
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Ask, Language
from noa_rag.knowledge.history import DatedVersion
from noa_rag.knowledge.pack import Pack, read_pack
from noa_rag.service.noa import Noa, open_noa
from noa_rag.service.records import SERVED, Records, open_records
from noa_rag.settings import Settings

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
COVID_PACK = ROOT / "knowledge" / "packs" / "covid-2020"
OPENED_AT = datetime(2019, 3, 1, 8, tzinfo=UTC)
AUTHOR = "replay"


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
    return {
        day: sorted(_of_day(day, known, chosen), key=lambda question: (question.at, question.case.id)) for day in days()
    }


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


class CovidPack:
    """The pack's entries with the versions that they had on each day."""

    def __init__(self, pack: Pack) -> None:
        self.histories: Mapping[EntryId, tuple[DatedVersion, ...]] = pack.histories or {
            entry_id: (DatedVersion(content, OPENED_AT),) for entry_id, content in pack.entries
        }

    def version_on(self, entry_id: EntryId, day: date) -> DatedVersion | None:
        """Return the version that was the newest at the end of a day, None before the first one."""
        known = [version for version in self.histories.get(entry_id, ()) if version.approved_at < end_of(day)]
        return known[-1] if known else None

    def is_served_on(self, entry_id: EntryId, day: date) -> bool:
        version = self.version_on(entry_id, day)
        return version is not None and version.status is EntryStatus.APPROVED and version.content.window.contains(day)


def read_covid_pack(base: Pack) -> CovidPack:
    """Return the covid pack, whose entries are owned by agencies of the base."""
    return CovidPack(
        read_pack(
            COVID_PACK,
            known_agencies=[agency.id for agency in base.agencies],
            known_themes=[theme.id for theme in base.themes],
            known_entries=[entry_id for entry_id, _ in base.entries],
        )
    )


@contextmanager
def opened_in_2020(base: Pack, progress: Progress, *, covid: CovidPack | None = None) -> Iterator[Noa]:
    """Yield Noa over a fresh base whose entries date from before the crisis, with the pack's history if given.

    All runs share one folder, so that texts are embedded once.
    """
    folder = WORK / "crisis"
    for made in ("noa.db", "noa.db-wal", "noa.db-shm", "drafts.lock", SERVED):
        (folder / made).unlink(missing_ok=True)
    settings = Settings(data_dir=folder, knowledge=Path())
    share_prepared(settings)
    records = open_records(settings)
    records.save(base.agencies, base.themes, [_before(entry_id, content) for entry_id, content in base.entries])
    if covid is not None:
        _add_history(records, covid)
    noa = open_noa(settings, progress, records=records)
    try:
        yield noa
    finally:
        noa.close()


def _before(entry_id: EntryId, content: EntryContent) -> NewVersion:
    timeless = replace(content, window=ValidityWindow(), validated_on=None, review_by=None)
    return NewVersion(entry_id, timeless, 0, AUTHOR, AUTHOR, OPENED_AT, note="before the crisis")


def _add_history(records: Records, covid: CovidPack) -> None:
    versions = [
        NewVersion(
            entry_id, dated.content, number, AUTHOR, AUTHOR, dated.approved_at, status=dated.status, note=dated.note
        )
        for entry_id, history in covid.histories.items()
        for number, dated in enumerate(history)
    ]
    records.entries.add_versions(versions)


@dataclass(frozen=True, slots=True)
class CrisisAnswer:
    """A question of the stream with its answer, and how good that is.

    `is_due`: an entry that answers is in force on that day. `is_right`: answered with it, in the version of the day; or
    not answered where nothing is due. `is_offered`: it stands among the choices of a clarification.
    """

    once: AskedOnce
    answer: Answer
    is_due: bool
    is_right: bool
    is_offered: bool

    @property
    def is_answered(self) -> bool:
        return self.answer.status is AnswerStatus.ANSWERED

    @property
    def about(self) -> About:
        return self.once.case.about


class Asker:
    """Asks one base.

    `pack_id` tells which entry of the pack an entry stands for, `is_version_of_day` whether its text is that day's.
    """

    def __init__(
        self,
        noa: Noa,
        *,
        is_due: Callable[[AskedOnce], bool],
        pack_id: Callable[[EntryId], EntryId] = lambda entry_id: entry_id,
        is_version_of_day: Callable[[EntryVersion, date], bool] = lambda version, day: True,
    ) -> None:
        self._noa = noa
        self._is_due = is_due
        self._pack_id = pack_id
        self._is_version_of_day = is_version_of_day
        self._known: dict[tuple[str, object], Answer] = {}

    def ask(self, once: AskedOnce) -> CrisisAnswer:
        """Return the outcome of one question on its day."""
        key = (once.case.text, self._noa.days.states_of(once.day))
        if key not in self._known:
            asking = Ask(once.case.text, language=Language.FRENCH, as_of=once.day)
            answer = run(self._noa.path(), asking).answer
            if answer is None:
                raise AssertionError("the last step must conclude")
            self._known[key] = answer
        return self._judged(once, self._known[key])

    def _judged(self, once: AskedOnce, answer: Answer) -> CrisisAnswer:
        is_due = self._is_due(once)
        expected = set(once.case.expected)
        shown = answer.entry
        is_right_entry = shown is not None and self._pack_id(shown.id) in expected
        is_right = (
            is_right_entry and shown is not None and self._is_version_of_day(shown, once.day) if is_due else not shown
        )
        offered = {self._pack_id(choice.entry_id) for choice in answer.choices}
        is_offered = answer.status is AnswerStatus.CLARIFICATION and bool(offered & expected)
        return CrisisAnswer(once, answer, is_due, is_right, is_offered)
