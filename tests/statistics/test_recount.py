"""The figures equal a recount, in plain Python, of the very rows that were written."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.failure import GroupId, Noise
from noa_rag.domain.figures import OWN_PAGES, Chosen
from noa_rag.domain.queue import ItemId, Pile, QueueItem
from noa_rag.domain.rephrasing import Rephrasing, RephrasingOutcome
from noa_rag.service import records as stores
from noa_rag.statistics.follow_up import FollowUps
from noa_rag.statistics.period import Period, PeriodKind
from noa_rag.storage.figures import FigureStore
from noa_rag.storage.question_tables import group_members, questions
from tests.factories import a_new_version, a_theme, an_agency
from tests.made_up_records import MadeUpRecords, made_up, write
from tests.statistics.follow_up_recount import AGENCIES, ENTRIES, OWNERS, THEMES, assert_same, is_in, per_bucket

NOW = datetime(2026, 10, 26, 10, tzinfo=UTC)  # the day after clocks went back


@pytest.fixture
def asked(records: stores.Records) -> MadeUpRecords:
    """2,000 questions of ten days, 300 of them in the hours around the change of the clocks."""
    records.directory.save([an_agency(agency) for agency in AGENCIES], [a_theme(theme) for theme in THEMES])
    records.entries.add_versions(
        [a_new_version(entry, agency_id=AgencyId(agency), theme=theme) for entry, agency, theme in ENTRIES]
    )
    served = [(entry, 1) for entry, _, _ in ENTRIES[:10]]  # two are never served
    rows = made_up(2_000, entries=served, agencies=AGENCIES, until=NOW, days=10, seed=7)
    for number, question in enumerate(rows.questions[:300]):
        question["asked_at"] = datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(minutes=number)
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
def test_every_figure_equals_a_recount(
    asked: MadeUpRecords, follow_ups: FollowUps, period: Period, chosen: Chosen
) -> None:
    figures = follow_ups.of(period, chosen)

    assert_same(figures, asked, chosen)
    assert_same(follow_ups.of(period, chosen), asked, chosen)  # from the columns that the first reader kept


def test_every_figure_equals_a_recount_after_the_records_changed(
    asked: MadeUpRecords, records: stores.Records, follow_ups: FollowUps
) -> None:
    follow_ups.of(PERIODS[-1])  # somebody looked before
    judged, corrected, grouped, late = (dict(question) for question in asked.questions[300:304])
    late["id"] = "f" * 32
    corrected |= {"region": "FR-BRE", "site": None, "asked_at": corrected["asked_at"] - timedelta(days=1)}
    member = {"question_id": grouped["id"], "group_id": asked.groups[0]["id"], "kind": "abstained"}
    members = [*(row for row in asked.members if row["question_id"] != grouped["id"]), member]
    verdict = {"question_id": judged["id"], "is_useful": False, "reason": "outdated"}
    attempts = [Rephrasing("m", "p", RephrasingOutcome.SHOWN), Rephrasing("m", "p", RephrasingOutcome.FAILED)]
    records.questions.record_feedback(judged["id"], is_useful=True, reason=None, comment="")
    records.questions.record_feedback(judged["id"], is_useful=False, reason="outdated", comment="")
    for attempt in attempts:
        records.questions.record_rephrasing(judged["id"], attempt)
    with records.database.writing() as connection:
        connection.execute(update(questions).where(questions.c.id == corrected["id"]).values(corrected))
        connection.execute(insert(questions).values(late))
        connection.execute(delete(group_members).where(group_members.c.question_id == grouped["id"]))
        connection.execute(insert(group_members).values(member))
    records.entries.add_versions(
        [a_new_version("fiche-1", agency_id=AgencyId("inpi"), theme=THEMES[1], expected_version=1)]
    )

    changed = MadeUpRecords(
        [*(corrected if question["id"] == corrected["id"] else question for question in asked.questions), late],
        [*(row for row in asked.feedback if row["question_id"] != judged["id"]), verdict],
        asked.groups,
        members,
        asked.marks,
        [
            *asked.rephrasings,
            *({"question_id": judged["id"], "outcome": attempt.outcome, "reason": ""} for attempt in attempts),
        ],
    )
    for period in PERIODS:
        for chosen in CHOICES:
            assert_same(follow_ups.of(period, chosen), changed, chosen, owners={**OWNERS, "fiche-1": "inpi"})


def test_the_recount_has_something_to_count(asked: MadeUpRecords, follow_ups: FollowUps) -> None:
    month = follow_ups.of(PERIODS[-1])
    changed = follow_ups.of(PERIODS[0])

    assert month.total.asked == 2_000
    assert len(changed.points) == 25
    assert (
        sum(point.now.asked for point in changed.points[2:4]) >= 120
    )  # an hour that is there twice, a question a minute
    assert month.not_useful
    assert sum(month.marks.values()) > 0


def test_hours_of_the_day_before_stand_beside_those_of_the_clock(asked: MadeUpRecords, follow_ups: FollowUps) -> None:
    after = follow_ups.of(Period.parse(PeriodKind.DAY, "2026-10-26"))

    # That day had its 2 o'clock twice: the first stands beside, the second has no hour to stand beside.
    changed = per_bucket(asked.questions, Period.parse(PeriodKind.DAY, "2026-10-25"))
    assert [point.before for point in after.points][:5] == [changed[0], changed[1], changed[2], changed[4], changed[5]]
    assert after.points[-1].before is None  # at 11 in the morning, nothing of yesterday's evening is compared


def test_groups_count_their_members(asked: MadeUpRecords, records: stores.Records, follow_ups: FollowUps) -> None:
    period = PERIODS[2]
    canonical = {group["id"]: group["canonical"] for group in asked.groups}
    inside = {question["id"] for question in asked.questions if is_in(question, period)}

    with FigureStore(records.database).counting() as counts:
        by_text = {group.canonical: group.count for group in counts.asked(period.span(), Chosen()).groups()}

    assert by_text == Counter(
        canonical[member["group_id"]] for member in asked.members if member["question_id"] in inside
    )


def test_noise_is_no_subject_that_rises(asked: MadeUpRecords, records: stores.Records) -> None:
    first, second = (GroupId(group["id"]) for group in asked.groups[:2])
    records.queue.place([QueueItem(ItemId(first), Pile.OUT_OF_SCOPE, owner_reason=Noise.ABUSE)])
    records.queue.place([QueueItem(ItemId(second), Pile.OUT_OF_SCOPE)])

    with FigureStore(records.database).counting() as counts:
        group_ids = {group.group_id for group in counts.asked(PERIODS[3].span(), Chosen()).groups()}

    assert first not in group_ids
    assert second in group_ids


def test_the_base_is_counted_too(asked: MadeUpRecords, records: stores.Records) -> None:
    records.entries.add_versions([a_new_version("revoir", review_by=date(2026, 11, 1), approved_at=NOW)])
    records.entries.withdraw(ENTRIES[11][0], author="camille", note="", at=NOW)

    base = (
        FollowUps(records, lambda: datetime(2026, 11, 26, tzinfo=UTC))
        .of(Period.parse(PeriodKind.DAY, "2026-11-26"))
        .base
    )

    assert base.entry_count == 12
    assert [entry.id for entry in base.never_served] == ["fiche-10", "revoir"]
    assert [entry.id for entry in base.due] == ["revoir"]
    # Factories approve on 24 November what this test does not date.
    assert [
        (str(month.month), month.entry_count, month.new_entry_count, month.withdrawn_count) for month in base.growth
    ] == [
        ("2026-10", 1, 1, 1),
        ("2026-11", 13, 12, 0),
    ]
