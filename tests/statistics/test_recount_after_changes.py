"""Whatever changes in the records of days that are over, and whoever looked before, the figures equal a recount."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.figures import OWN_PAGES, Chosen
from noa_rag.domain.rephrasing import Rephrasing, RephrasingOutcome
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from noa_rag.statistics.follow_up import FollowUps
from noa_rag.statistics.period import Period, PeriodKind
from noa_rag.storage.question_tables import answer_marks, feedback, group_members, questions, rephrasings
from tests.databases import BACKENDS, empty_database
from tests.factories import a_new_version, a_theme, an_agency
from tests.made_up_records import MadeUpRecords, made_up, write
from tests.statistics.follow_up_recount import AGENCIES, ENTRIES, OWNERS, THEMES, Question, assert_same

NOW = datetime(2026, 10, 27, 10, tzinfo=UTC)  # two days after clocks went back
CHOICES = [
    Chosen(),
    *(Chosen(agencies=frozenset({AgencyId(agency)})) for agency in AGENCIES),
    Chosen(agencies=frozenset(map(AgencyId, AGENCIES[:2])), site="economie.gouv.fr"),
    Chosen(site=OWN_PAGES),
]


class RecordsThatChange:
    """A small base, and beside it the same rows in plain lists."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.stores = open_records(Settings(data_dir=folder, database_url=database_url, knowledge=Path()))
        self.stores.directory.save([an_agency(one) for one in AGENCIES], [a_theme(one) for one in THEMES])
        self.stores.entries.add_versions(
            [a_new_version(entry, agency_id=AgencyId(agency), theme=theme) for entry, agency, theme in ENTRIES]
        )
        self.follow_ups = FollowUps(self.stores, lambda: NOW)
        self.owners = dict(OWNERS)
        served = [(entry, 1) for entry, _, _ in ENTRIES]
        made = made_up(120, entries=served, agencies=AGENCIES, until=NOW, days=9, seed=11)
        write(self.stores.database, made)
        self.later = list(made_up(60, entries=served, agencies=AGENCIES, until=NOW, days=9, seed=12).questions)
        self.questions = list(made.questions)
        self.feedback = {one["question_id"]: one for one in made.feedback}
        self.members = list(made.members)
        self.marks = list(made.marks)
        self.rephrasings = list(made.rephrasings)
        self.groups = made.groups

    def look(self, chance: Random) -> None:
        """Compare a period, which also keeps the days that it reads."""
        day = (NOW - timedelta(days=chance.randrange(9))).date()
        self.compare(Period.of(chance.choice(list(PeriodKind)), day), chance.choice(CHOICES))

    def compare(self, period: Period, chosen: Chosen) -> None:
        rows = MadeUpRecords(
            self.questions, list(self.feedback.values()), self.groups, self.members, self.marks, self.rephrasings
        )
        assert_same(self.follow_ups.of(period, chosen), rows, chosen, owners=self.owners)

    def judge(self, chance: Random) -> None:
        """A visitor gives a verdict days later, or another one."""
        question, is_useful = self._question(chance), chance.random() < 0.5
        reason = None if is_useful else "outdated"
        self.stores.questions.record_feedback(question["id"], is_useful=is_useful, reason=reason, comment="")
        self.feedback[question["id"]] = {"question_id": question["id"], "is_useful": is_useful, "reason": reason}

    def ask(self, chance: Random) -> None:
        """A question of a day that is over is recorded late."""
        if self.later:
            question = self.later.pop()
            self._run(insert(questions).values(question))
            self.questions.append(question)

    def purge(self, chance: Random) -> None:
        """The oldest questions go, with all that is about them."""
        before = min(one["asked_at"] for one in self.questions) + timedelta(hours=chance.randrange(1, 60))
        gone = {one["id"] for one in self.questions if one["asked_at"] < before}
        if len(gone) == len(self.questions):
            return
        for table in (feedback, group_members, answer_marks, rephrasings):
            self._run(delete(table).where(table.c.question_id.in_(gone)))
        self._run(delete(questions).where(questions.c.id.in_(gone)))
        self.questions = [one for one in self.questions if one["id"] not in gone]
        self.feedback = {key: one for key, one in self.feedback.items() if key not in gone}
        for rows in (self.members, self.marks, self.rephrasings):
            rows[:] = [one for one in rows if one["question_id"] not in gone]

    def correct(self, chance: Random) -> None:
        """A recorded question is put right, be it the day that it was asked on."""
        question = self._question(chance)
        values: Question = {
            "region": chance.choice(["FR-IDF", None]),
            "site": chance.choice(["inpi.fr", None]),
            "duration_seconds": chance.random(),
            "asked_at": question["asked_at"] - timedelta(minutes=chance.choice([0, 1, 1_000])),
        }
        if question["entry_id"]:
            values["entry_id"] = chance.choice(ENTRIES)[0]
        self._run(update(questions).where(questions.c.id == question["id"]).values(values))
        question.update(values)

    def group(self, chance: Random) -> None:
        question = self._question(chance)
        if all(one["question_id"] != question["id"] for one in self.members):
            member = {"question_id": question["id"], "group_id": chance.choice(self.groups)["id"], "kind": "abstained"}
            self._run(insert(group_members).values(member))
            self.members.append(member)

    def rephrase(self, chance: Random) -> None:
        """A visitor asks for a rephrasing, perhaps once more."""
        question, outcome = self._question(chance), chance.choice(list(RephrasingOutcome))
        reason = "" if outcome is RephrasingOutcome.SHOWN else chance.choice(["busy", "nothing is left"])
        self.stores.questions.record_rephrasing(question["id"], Rephrasing("m", "p", outcome, reason=reason))
        self.rephrasings.append({"question_id": question["id"], "outcome": outcome.value, "reason": reason})

    def hand_over(self, chance: Random) -> None:
        """An entry gets another owner, whose questions those of the past are from then on."""
        entry, _, theme = chance.choice(ENTRIES)
        owner = chance.choice(AGENCIES)
        version = next(one.version for one in self.stores.changed_since(-1)[1] if one.id == entry)
        self.stores.entries.add_versions(
            [a_new_version(entry, agency_id=AgencyId(owner), theme=theme, expected_version=version)]
        )
        self.owners[entry] = owner

    def _question(self, chance: Random) -> Question:
        return chance.choice(self.questions)

    def _run(self, statement: object) -> None:
        with self.stores.database.writing() as connection:
            connection.execute(statement)  # type: ignore[call-overload]


CHANGES: list[Callable[[RecordsThatChange, Random], None]] = [
    *[RecordsThatChange.look] * 4,
    RecordsThatChange.judge,
    RecordsThatChange.ask,
    RecordsThatChange.purge,
    RecordsThatChange.correct,
    RecordsThatChange.group,
    RecordsThatChange.rephrase,
    RecordsThatChange.hand_over,
]


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=20, deadline=None, phases=set(Phase) - {Phase.shrink})  # which would take minutes
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=4, max_size=25), chance=st.randoms(use_true_random=False))
def test_figures_equal_a_recount_whatever_changed(
    backend: str, changes: list[Callable[[RecordsThatChange, Random], None]], chance: Random
) -> None:
    with TemporaryDirectory() as folder, empty_database(backend, Path(folder)) as address:
        records = RecordsThatChange(Path(folder), address)
        records.compare(Period.parse(PeriodKind.MONTH, "2026-10"), Chosen())  # every day is kept
        try:
            for change in changes:
                change(records, chance)
            for kind in PeriodKind:
                for chosen in CHOICES:
                    records.compare(Period.of(kind, NOW.date() - timedelta(days=1)), chosen)
        finally:
            records.stores.close()
