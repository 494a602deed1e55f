"""The figures equal a recount, in plain Python, of the very rows that were written."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from evals.follow_up_records import Records, made_up, write
from noa_rag.assembly import records as stores
from noa_rag.assembly.follow_up import FollowUps
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.figures import OWN_PAGES, Chosen
from noa_rag.domain.mark import Mark
from noa_rag.monitoring.follow_up import FollowUp
from noa_rag.monitoring.period import Period, PeriodKind
from noa_rag.monitoring.tally import Row, Tally
from tests.factories import a_new_version, a_theme, an_agency

NOW = datetime(2026, 10, 26, 10, tzinfo=UTC)  # the day after clocks went back
PARIS = ZoneInfo("Europe/Paris")
AGENCIES = ("inpi", "urssaf", "douanes")
THEMES = ("propriete-intellectuelle", "cotisations")
ENTRIES = tuple((f"fiche-{number}", AGENCIES[number % 3], THEMES[number % 2]) for number in range(12))
Question = dict[str, Any]


@pytest.fixture
def asked(records: stores.Records) -> Records:
    """2,000 questions of ten days, 300 of them in the hours around the change of the clocks."""
    records.directory.save([an_agency(one) for one in AGENCIES], [a_theme(one) for one in THEMES])
    records.entries.add_versions(
        [a_new_version(entry, agency_id=AgencyId(agency), theme=theme) for entry, agency, theme in ENTRIES]
    )
    served = [(entry, 1) for entry, _, _ in ENTRIES[:10]]  # two are never served
    rows = made_up(2_000, entries=served, agencies=AGENCIES, until=NOW, days=10, seed=7)
    for number, one in enumerate(rows.questions[:300]):
        one["asked_at"] = datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(minutes=number)
    write(records.database, rows)
    return rows


@pytest.fixture
def follow_ups(records: stores.Records) -> FollowUps:
    return FollowUps(records, lambda: NOW)


PERIODS = [
    Period.parse(PeriodKind.DAY, "2026-10-25"),
    Period.parse(PeriodKind.DAY, "2026-10-26"),
    Period.parse(PeriodKind.WEEK, "2026-W43"),
    Period.parse(PeriodKind.MONTH, "2026-10"),
]
CHOICES = [
    Chosen(),
    Chosen(agencies=frozenset({AgencyId("inpi"), AgencyId("douanes")})),
    Chosen(site=OWN_PAGES),
    Chosen(agencies=frozenset({AgencyId("urssaf")}), site="economie.gouv.fr"),
    Chosen(agencies=frozenset()),
]


@pytest.mark.parametrize("chosen", CHOICES, ids=[f"choice-{number}" for number in range(len(CHOICES))])
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_every_figure_equals_a_recount(asked: Records, follow_ups: FollowUps, period: Period, chosen: Chosen) -> None:
    figures = follow_ups.of(period, chosen)

    now = [one for one in asked.questions if is_chosen(one, chosen) and is_in(one, period)]
    before = [
        one
        for one in asked.questions
        if is_chosen(one, chosen) and is_in(one, period.before()) and one["asked_at"] < figures.compared.ends_at
    ]
    verdicts = {one["question_id"]: one for one in asked.feedback}
    assert figures.total == tallied(now, verdicts)
    assert figures.before == tallied(before, verdicts)
    sides: list[tuple[tuple[Row, ...], Callable[[Question], Any]]] = [
        (figures.agencies, agency_of),
        (figures.sites, lambda one: one["site"]),
        (figures.regions, lambda one: one["region"]),
        (figures.audiences, lambda one: one["audience"]),
        (figures.languages, lambda one: one["language"]),
    ]
    for rows, side in sides:
        assert as_dict(rows) == by(side, now, before, verdicts)
    answered, answered_before = ([one for one in some if one["entry_id"]] for some in (now, before))
    assert as_dict(figures.themes) == by(theme_of, answered, answered_before, verdicts)
    served = by(lambda one: one["entry_id"], answered, answered_before, verdicts)
    assert as_dict(figures.served) == {key: pair for key, pair in served.items() if pair[0].asked}
    assert refusals(figures) == Counter(one["reason"] for one in now if one["status"] == "abstained")
    given = [verdicts[one["id"]] for one in now if one["id"] in verdicts]
    assert {one.key: one.now for one in figures.complaints if one.now} == Counter(
        one["reason"] for one in given if not one["is_useful"]
    )
    assert [one.now.asked for one in figures.points] == per_bucket(now, period)
    durations = sorted(one["duration_seconds"] for one in now)
    for number, shown in ((50, figures.speed.p50), (95, figures.speed.p95), (99, figures.speed.p99)):
        assert shown == (durations[-(-len(durations) * number // 100) - 1] if durations else None)
    slowest = sorted(now, key=lambda one: -one["duration_seconds"])[:10]
    assert [one.question_id for one in figures.slowest] == [one["id"] for one in slowest]
    ids = {one["id"] for one in now}
    assert figures.marks == {
        mark: sum(said(one, mark) for one in asked.marks if one["question_id"] in ids) for mark in Mark
    }
    useless = [one for one in now if one["id"] in verdicts and not verdicts[one["id"]]["is_useful"]]
    last = sorted(useless, key=lambda one: (-one["asked_at"].timestamp(), one["id"]))[:10]
    assert [one.question_id for one in figures.not_useful] == [one["id"] for one in last]


def test_the_recount_has_something_to_count(asked: Records, follow_ups: FollowUps) -> None:
    month = follow_ups.of(PERIODS[-1])
    changed = follow_ups.of(PERIODS[0])

    assert month.total.asked == 2_000
    assert len(changed.points) == 25
    assert sum(one.now.asked for one in changed.points[2:4]) >= 120  # an hour that is there twice, a question a minute
    assert month.not_useful
    assert sum(month.marks.values()) > 0


def test_hours_of_the_day_before_stand_beside_those_of_the_clock(asked: Records, follow_ups: FollowUps) -> None:
    after = follow_ups.of(Period.parse(PeriodKind.DAY, "2026-10-26"))

    # That day had its 2 o'clock twice: the first stands beside, the second has no hour to stand beside.
    changed = per_bucket(asked.questions, Period.parse(PeriodKind.DAY, "2026-10-25"))
    assert [one.before for one in after.points][:5] == [changed[0], changed[1], changed[2], changed[4], changed[5]]
    assert after.points[-1].before is None  # at 11 in the morning, nothing of yesterday's evening is compared


def test_groups_count_their_members(asked: Records, records: stores.Records, follow_ups: FollowUps) -> None:
    from noa_rag.storage.figures import FigureStore

    period = PERIODS[2]
    canonical = {one["id"]: one["canonical"] for one in asked.groups}
    inside = {one["id"] for one in asked.questions if is_in(one, period)}

    with FigureStore(records.database).counting() as counts:
        found = {one.canonical: one.count for one in counts.groups(period.span(), Chosen())}

    assert found == Counter(canonical[one["group_id"]] for one in asked.members if one["question_id"] in inside)


def test_the_base_is_counted_too(asked: Records, records: stores.Records) -> None:
    records.entries.add_versions([a_new_version("revoir", review_by=date(2026, 11, 1), approved_at=NOW)])
    records.entries.withdraw(ENTRIES[11][0], author="camille", note="", at=NOW)

    base = (
        FollowUps(records, lambda: datetime(2026, 11, 26, tzinfo=UTC))
        .of(Period.parse(PeriodKind.DAY, "2026-11-26"))
        .base
    )

    assert base.entry_count == 12
    assert [one.id for one in base.never_served] == ["fiche-10", "revoir"]
    assert [one.id for one in base.due] == ["revoir"]
    # Factories approve on 24 November what this test does not date.
    assert [(str(one.month), one.entry_count, one.new_entry_count, one.withdrawn_count) for one in base.growth] == [
        ("2026-10", 1, 1, 1),
        ("2026-11", 13, 12, 0),
    ]


def is_in(question: Question, period: Period) -> bool:
    return period.first_day <= question["asked_at"].astimezone(PARIS).date() <= period.last_day


def is_chosen(question: Question, chosen: Chosen) -> bool:
    if chosen.site is not None and (question["site"] or "") != chosen.site:
        return False
    return chosen.agencies is None or agency_of(question) in chosen.agencies


def agency_of(question: Question) -> str | None:
    owners = {entry: agency for entry, agency, _ in ENTRIES}
    contact: str | None = question["contact_agency_id"]
    return owners[question["entry_id"]] if question["entry_id"] else contact


def theme_of(question: Question) -> str:
    return {entry: theme for entry, _, theme in ENTRIES}[question["entry_id"]]


def tallied(questions: Iterable[Question], verdicts: dict[str, Question]) -> Tally:
    questions = list(questions)
    came = Counter(one["status"] for one in questions)
    given = [verdicts[one["id"]]["is_useful"] for one in questions if one["id"] in verdicts]
    return Tally(came["answered"], came["clarification"], came["abstained"], len(given), sum(given))


def by(
    side: Callable[[Question], Any], now: list[Question], before: list[Question], verdicts: dict[str, Question]
) -> dict[Any, tuple[Tally, Tally]]:
    keys = {side(one) for one in (*now, *before)}
    return {
        key: (
            tallied((one for one in now if side(one) == key), verdicts),
            tallied((one for one in before if side(one) == key), verdicts),
        )
        for key in keys
    }


def as_dict(rows: tuple[Row, ...]) -> dict[Any, tuple[Tally, Tally]]:
    return {row.key: (row.now, row.before) for row in rows}


def refusals(figures: FollowUp) -> dict[Any, int]:
    return {one.key: one.now for one in figures.reasons if one.now}


def per_bucket(questions: Iterable[Question], period: Period) -> list[int]:
    return [
        sum(bucket.begins_at <= one["asked_at"] < bucket.ends_at for one in questions) for bucket in period.buckets()
    ]


def said(mark: Question, expected: Mark) -> bool:
    return bool(mark["mark"] == expected)
