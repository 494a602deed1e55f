"""What is older than its period goes, its figures stay, and nothing that stays refers to what went."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import DraftId, DraftState
from noa_rag.domain.figures import OWN_PAGES, Chosen, Tally
from noa_rag.service.records import Records, open_records
from noa_rag.service.retention import BATCH, KEPT, cutoffs, purge
from noa_rag.settings import Settings
from noa_rag.statistics.follow_up import Count, FollowUp, FollowUps
from noa_rag.statistics.period import Period, PeriodKind
from noa_rag.statistics.tally import Row, Speed
from noa_rag.storage.question_tables import (
    agenda_decisions,
    answer_marks,
    answers_given,
    entry_verdicts,
    purged_questions,
    question_groups,
    question_references,
    questions,
    recorded_cases,
)
from noa_rag.storage.retention import RetentionStore
from noa_rag.storage.tables import drafts, in_utc, metadata
from tests.databases import BACKENDS, empty_database
from tests.factories import a_group_draft, a_new_version, a_theme, an_agency
from tests.made_up_records import MadeUpRecords, made_up, write
from tests.statistics.follow_up_recount import AGENCIES, ENTRIES, THEMES

ASKED_UNTIL = datetime(2026, 3, 10, 12, tzinfo=UTC)
LATER = datetime(2027, 4, 9, 1, tzinfo=UTC)  # 396 days after the 9th of March has begun
CHOICES = [Chosen(), Chosen(agencies=frozenset({AgencyId("inpi")})), Chosen(site=OWN_PAGES), Chosen(site="inpi.fr")]
PERIODS = [
    Period.of(PeriodKind.DAY, date(2026, 3, 7)),
    Period.of(PeriodKind.DAY, date(2026, 3, 9)),
    Period.of(PeriodKind.WEEK, date(2026, 3, 9)),
    Period.of(PeriodKind.MONTH, date(2026, 3, 9)),
]


@pytest.fixture(params=BACKENDS)
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    """400 questions of ten days, on SQLite and on PostgreSQL."""
    with empty_database(request.param, tmp_path) as address:
        records = open_records(Settings(data_dir=tmp_path, database_url=address, knowledge=Path()))
        records.directory.save([an_agency(agency) for agency in AGENCIES], [a_theme(theme) for theme in THEMES])
        records.entries.add_versions(
            [a_new_version(entry, agency_id=AgencyId(agency), theme=theme) for entry, agency, theme in ENTRIES]
        )
        write(records.database, asked())
        yield records
        records.close()


def asked() -> MadeUpRecords:
    served = [(entry, 1) for entry, _, _ in ENTRIES[:-1]]
    return made_up(400, entries=served, agencies=AGENCIES, until=ASKED_UNTIL, days=10, seed=3)


def purged(records: Records, *, now: datetime = LATER, **periods: int) -> dict[str, int]:
    settings = replace(Settings(), **periods)
    return purge(records.database, settings, now=now, actor="noa", rest=lambda _: False)


def count_of(records: Records, table: object, *conditions: object) -> int:
    query = select(func.count()).select_from(table).where(*conditions)  # type: ignore[call-overload]
    with records.database.reading() as connection:
        return int(connection.execute(query).scalar_one())


def figures(records: Records, *, now: datetime = LATER) -> list[FollowUp]:
    """Return every figure but the questions that are shown by their words."""
    all_figures = [FollowUps(records, lambda: now).of(period, chosen) for period in PERIODS for chosen in CHOICES]
    return [replace(period, slowest=(), not_useful=()) for period in all_figures]


def without_speed(found: list[FollowUp]) -> list[FollowUp]:
    return [replace(period, speed=Speed(None, None, None)) for period in found]


def test_every_table_has_a_period_and_a_reason() -> None:
    named = [table for period in KEPT for table in period.tables]

    assert sorted(named) == sorted(metadata.tables)
    assert all(period.why and period.period(Settings()) for period in KEPT)


def test_what_is_too_old_goes_in_whole_days_and_the_rest_stays(records: Records) -> None:
    until = datetime(2026, 3, 9, tzinfo=UTC)
    old = count_of(records, questions, questions.c.asked_at < until)
    assert 0 < old < 400
    assert RetentionStore(records.database).due(cutoffs(Settings(), LATER))["questions"] == old

    removed = purged(records)

    assert removed["questions"] == old
    assert count_of(records, questions) == 400 - old
    assert count_of(records, questions, questions.c.asked_at < until) == 0
    assert purged(records) == {}


def test_the_figures_of_purged_days_are_those_of_before(records: Records) -> None:
    before = figures(records)

    purged(records)

    after = figures(records)
    assert without_speed(after) == without_speed(before)
    for later, other in zip(after, before, strict=True):
        assert later.speed.p95 == pytest.approx(other.speed.p95, abs=0.006)


def judge(records: Records, entry_id: str, given_at: datetime, *, question_id: str | None = None) -> None:
    verdict = {"entry_id": entry_id, "question_id": question_id, "site": "inpi.fr", "given_at": given_at}
    with records.database.writing() as connection:
        connection.execute(
            insert(entry_verdicts).values(**verdict, is_useful=False, reason="unclear", comment="trop long")
        )


def test_verdicts_on_entries_go_like_questions_and_leave_their_counts(records: Records) -> None:
    with records.database.reading() as connection:
        rows = connection.execute(select(questions.c.id, questions.c.asked_at).order_by(questions.c.asked_at)).first()
    assert rows is not None
    judge(records, "fiche-0", in_utc(rows.asked_at), question_id=rows.id)
    judge(records, "fiche-0", datetime(2026, 3, 7, 10, 12, tzinfo=UTC))
    judge(records, "fiche-0", datetime(2026, 2, 1, 10, 12, tzinfo=UTC))  # nobody asked anything on that day
    judge(records, "fiche-0", LATER)
    months = [Period.of(PeriodKind.MONTH, day) for day in (date(2026, 2, 1), date(2026, 3, 1))]

    def told() -> list[tuple[Tally, tuple[Row, ...], tuple[Count, ...]]]:
        all_figures = [FollowUps(records, lambda: LATER).of(month) for month in months]
        return [
            (period_figures.total, period_figures.agencies, period_figures.complaints) for period_figures in all_figures
        ]

    before = told()
    removed = purged(records)

    assert before[0][0] == Tally(judged=1)
    assert removed["entry_verdicts"] == 3
    assert told() == before
    assert count_of(records, entry_verdicts) == 1


def test_counts_know_no_minute_and_no_order_within_the_hour(records: Records) -> None:
    purged(records)

    with records.database.reading() as connection:
        rows = connection.execute(select(purged_questions).order_by(purged_questions.c.id)).all()
    values = {value for row in rows for value in row[1:]}
    of_visitors = {
        question[name] for question in asked().questions for name in ("id", "conversation_id", "text", "normalised")
    }
    assert len(rows) > 50
    assert {(row.asked_at.minute, row.asked_at.second, row.asked_at.microsecond) for row in rows} == {(0, 0, 0)}
    assert not values & of_visitors
    assert [row.asked_at for row in rows] != sorted(row.asked_at for row in rows)  # ids are random


def test_groups_whose_questions_are_gone_go_unless_a_draft_or_a_decision_needs_them(records: Records) -> None:
    with records.database.writing() as connection:
        connection.execute(update(question_groups).values(created_at=ASKED_UNTIL - timedelta(days=9)))
        ids = list(connection.execute(select(question_groups.c.id).order_by(question_groups.c.id)).scalars())
    drafted, published, decided, *others = ids
    declined = replace(
        a_group_draft(drafted, updated_at=ASKED_UNTIL, state=DraftState.DECLINED), id=DraftId("declined")
    )
    approved = replace(
        a_group_draft(published, updated_at=ASKED_UNTIL, state=DraftState.APPROVED), id=DraftId("published")
    )
    with records.review.changing() as change:
        change.add_draft(declined)
        change.add_draft(approved)
    decision = {"month": "2026-03", "decision": "later", "note": "", "decided_by": "carla", "decided_at": ASKED_UNTIL}
    with records.database.writing() as connection:
        connection.execute(insert(agenda_decisions).values(group_id=decided, **decision))

    everything_old = ASKED_UNTIL + timedelta(days=398)
    removed = purged(records, now=everything_old)

    assert removed["question_groups"] == len(others)
    assert sorted(group.id for group in records.review.groups()) == sorted([drafted, published, decided])
    assert figures(records, now=everything_old)

    removed = purged(records, now=ASKED_UNTIL + timedelta(days=732))

    assert (removed["drafts"], removed["question_groups"], removed["agenda_decisions"]) == (1, 2, 1)
    assert [group.id for group in records.review.groups()] == [published]
    assert count_of(records, drafts) == 1


def test_batches_are_audited_with_their_figures_and_the_chain_holds(records: Records) -> None:
    removed = purged(records)

    entries = records.audit.entries(actions=["records_purged"])
    of_questions = [entry for entry in entries if entry.subject == "questions"]
    assert len(of_questions) == -(-removed["questions"] // BATCH)
    assert sum(int(question.detail["questions"] or 0) for question in of_questions) == removed["questions"]
    assert records.audit.verify() == []


def test_nothing_about_a_purged_question_is_left(records: Records) -> None:
    with records.database.writing() as connection:
        first = connection.execute(select(questions.c.id).order_by(questions.c.asked_at)).scalar()
        connection.execute(insert(answers_given).values(question_id=first, kept="{}", hash="0" * 64))
        connection.execute(
            insert(question_references).values(reference="BCDFGHJKMNPQ", question_id=first, created_at=ASKED_UNTIL)
        )

    removed = purged(records, now=ASKED_UNTIL + timedelta(days=400))

    assert (removed["answers_given"], removed["question_references"]) == (1, 1)
    for table in metadata.sorted_tables:
        if "question_id" in table.c and table is not recorded_cases:
            assert count_of(records, table, table.c.question_id.is_not(None)) == 0
    assert count_of(records, answer_marks) == 0
    assert count_of(records, purged_questions) == 400
