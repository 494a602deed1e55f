"""A version approved for days to come: today's text is served until its first day, then the new one, by itself."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryStatus, NewVersion, ValidityWindow
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from tests.databases import BACKENDS
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa

SMIC = EntryId("smic")
NEW_YEAR, FIRST = date(2027, 1, 1), date(2026, 1, 1)
DECEMBER = datetime(2026, 12, 10, 9, tzinfo=UTC)
TODAY_TEXT, COMING_TEXT = "Le SMIC est de 1 823 euros.", "Le SMIC est de 1 867 euros."


@dataclass
class Clock:
    """The clock on the wall, which tests turn."""

    moment: datetime = DECEMBER

    def today(self) -> date:
        return paris_day(self.moment)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("service.noa", "service.browsing", "review.preview"):
        monkeypatch.setattr(f"noa_rag.{module}.today_in_paris", clock.today)
    return clock


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def workers(settings: Settings, records: Records, tmp_path: Path, clock: Clock) -> Iterator[list[Noa]]:
    """Two services over one base: "smic" as it holds today, and a version approved in December for the new year."""
    records.directory.save([an_agency()], [a_theme()])
    with ExitStack() as running:
        services = []
        for number in (1, 2):
            folder = tmp_path / str(number)
            own = replace(settings, data_dir=folder, database_url=settings.effective_database_url)
            services.append(a_noa(own, open_records(own), folder))
            running.callback(services[-1].close)
        yield services


def approve(records: Records, *versions: NewVersion) -> None:
    records.entries.add_versions(versions)


def today_text(**changes: object) -> NewVersion:
    given = {
        "question": "Quel est le montant du SMIC ?",
        "answer": TODAY_TEXT,
        "approved_at": datetime(2026, 1, 5, tzinfo=UTC),
    }
    return a_new_version(SMIC, **(given | changes))  # type: ignore[arg-type]


def coming_text(**changes: object) -> NewVersion:
    given = {
        "question": "Quel est le montant du SMIC en 2027 ?",
        "answer": COMING_TEXT,
        "expected_version": 1,
        "approved_at": DECEMBER - timedelta(days=1),
        "window": ValidityWindow(NEW_YEAR),
    }
    return a_new_version(SMIC, **(given | changes))  # type: ignore[arg-type]


def shown_everywhere(noa: Noa) -> set[str]:
    """Return the text of "smic" wherever the public meets it."""
    entry = noa.ask(Ask("quel est le montant du SMIC ?")).entry
    hits = noa.search("montant du SMIC", region=None, language=None).hits
    served = (
        entry,
        hits[0].version if hits else None,
        noa.entry(SMIC),
        noa.servable_among([SMIC]).get(SMIC),
        next(iter(noa.servable()), None),
        next(iter(noa.theme_entries("propriete-intellectuelle")), None),
    )
    return {entry.content.answer if entry else "nothing" for entry in served}


def test_todays_text_stays_until_the_coming_one_takes_its_place_by_itself(workers: list[Noa], clock: Clock) -> None:
    approve(workers[0].records, today_text(), coming_text())
    for noa in workers:
        noa.refresh()
    assert [shown_everywhere(noa) for noa in workers] == [{TODAY_TEXT}, {TODAY_TEXT}]

    clock.moment = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    assert [shown_everywhere(noa) for noa in workers] == [{TODAY_TEXT}, {TODAY_TEXT}]

    clock.moment += timedelta(seconds=1)  # midnight in Paris; no worker has looked at its clock yet
    assert [shown_everywhere(noa) for noa in workers] == [{COMING_TEXT}, {COMING_TEXT}]
    for noa in workers:
        assert noa.lag.since() is not None  # the task that follows the base sees a new day
        noa.refresh()
    assert [shown_everywhere(noa) for noa in workers] == [{COMING_TEXT}, {COMING_TEXT}]
    assert [noa.index.snapshot.versions for noa in workers] == [{SMIC: 2}, {SMIC: 2}]


def test_a_withdrawal_takes_away_what_is_to_come_too(workers: list[Noa], clock: Clock) -> None:
    noa = workers[0]
    approve(noa.records, today_text(), coming_text())
    noa.refresh()

    noa.records.entries.withdraw(SMIC, author="camille", note="loi changée", at=DECEMBER)
    noa.refresh()

    assert shown_everywhere(noa) == {"nothing"}
    assert noa.ask(Ask("quel est le montant du SMIC ?", as_of=NEW_YEAR)).entry is None
    approve(noa.records, coming_text(expected_version=3, approved_at=DECEMBER))
    noa.refresh()
    assert shown_everywhere(noa) == {"nothing"}
    clock.moment = datetime(2027, 1, 1, 9, tzinfo=UTC)
    assert shown_everywhere(noa) == {COMING_TEXT}


DAYS = [FIRST + timedelta(days=number) for number in range(8)]
days = st.one_of(st.none(), st.sampled_from(DAYS))
windows = st.tuples(days, days).map(
    lambda pair: ValidityWindow(*pair) if None in pair else ValidityWindow(*sorted(pair))  # type: ignore[type-var]
)
deeds = st.lists(
    st.tuples(st.sampled_from(DAYS), st.one_of(windows, windows, windows, st.none())), min_size=1, max_size=7
)
"""The day of each approval, in order, and its window; None: the entry is withdrawn that day."""


def shown_on(day: date, history: Sequence[tuple[date, ValidityWindow | None]], known_on: date) -> int | None:
    """Return the highest approved version whose window contains the day, not withdrawn since.

    One that has begun by that day replaced the older ones, but for those that begin after its end.
    """
    standing: dict[int, tuple[date, date]] = {}
    for number, (approved_on, window) in enumerate(history, start=1):
        if approved_on <= known_on and window is None:
            standing = {}
        elif approved_on <= known_on and window is not None:
            first, last = window.valid_from or date.min, window.valid_until or date.max
            if first <= day:
                standing = {version: days for version, days in standing.items() if days[0] > last}
                standing[number] = (first, last)
    return max((number for number, (first, last) in standing.items() if first <= day <= last), default=None)


@pytest.mark.slow
@with_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=deeds.map(lambda listed: sorted(listed, key=lambda change: change[0])))
def test_each_day_has_the_highest_approved_version_that_holds_on_it(
    workers: list[Noa], clock: Clock, history: list[tuple[date, ValidityWindow | None]]
) -> None:
    writer, noa = workers
    entry_id = EntryId(f"fiche-{len(writer.records.entry_ids())}")
    question = f"Que dit la fiche {entry_id} ?"

    for day in DAYS:
        clock.moment = datetime(2026, 1, 1, 9, tzinfo=UTC) + (day - FIRST)
        for number, (approved_on, window) in enumerate(history):
            if approved_on == day:
                version = a_new_version(
                    entry_id,
                    expected_version=number,
                    question=question,
                    answer=f"Version {number + 1} de {entry_id}.",
                    approved_at=clock.moment,
                    window=window or ValidityWindow(),
                    status=EntryStatus.APPROVED if window else EntryStatus.WITHDRAWN,
                )
                writer.records.entries.add_versions([version])
        noa.refresh()
        expected = shown_on(day, history, known_on=day)
        served = [noa.entry(entry_id), next((entry for entry in noa.servable() if entry.id == entry_id), None)]
        assert [entry and entry.version for entry in served] == [expected, expected], day
        assert noa.index.snapshot.versions.get(entry_id) == expected, day

    for day in DAYS:
        expected = shown_on(day, history, known_on=day)
        shown, answered = noa.entry(entry_id, on=day), noa.ask(Ask(question, as_of=day)).entry
        assert (shown and shown.version) == expected, day
        assert (answered.version if answered and answered.id == entry_id else None) == expected, day
        valid, _ = noa.days.states_of(day)
        assert {entry for entry in valid if entry[0] == entry_id} == ({(entry_id, expected)} if expected else set()), (
            day
        )
