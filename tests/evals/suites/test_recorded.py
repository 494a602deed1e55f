"""Marks and recorded questions as labelled cases, and runs inside a service."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evals.metrics.figure import paired_difference
from evals.runner.evaluate import figures
from evals.runner.runs import NotARun
from evals.runner.service_runs import Cancelled, ServiceRuns
from evals.runner.tracing import traced
from evals.suites.cases import Case, CaseKind, read_suite
from evals.suites.suite_list import Suite, case_fields, case_of_marks, cases_of_base, export_cases, recorded_cases
from noa_rag.domain.answer import Mark, MarkedAnswer, SentenceMark, overall
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.people import PersonId
from noa_rag.domain.ports import no_progress
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from noa_rag.storage.recorded_cases import RecordedCaseStore
from tests.evals.run_factory import MARQUE, a_case, a_refusal, an_answer_with
from tests.factories import a_new_version, a_theme, an_agency
from tests.fake_noa import a_noa

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ENTRY = EntryId("deposer-une-marque")
ANSWER = MarkedAnswer("Comment déposer ma marque ?", ENTRY)


@pytest.fixture
def noa(settings: Settings, records: Records, tmp_path: Path) -> Iterator[Noa]:
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version()])
    noa = a_noa(settings, records, tmp_path)
    yield noa
    noa.close()


def marks(*given: Mark, whole: Mark | None = None) -> list[SentenceMark]:
    numbered = [SentenceMark(number, f"Phrase {number}.", mark) for number, mark in enumerate(given, start=1)]
    return [*([SentenceMark(0, "", whole)] if whole else []), *numbered]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (marks(Mark.RIGHT, Mark.RIGHT), Mark.RIGHT),
        (marks(Mark.RIGHT, Mark.WRONG), Mark.PARTLY),
        (marks(Mark.WRONG), Mark.WRONG),
        (marks(Mark.RIGHT, whole=Mark.WRONG), Mark.WRONG),
        ([], None),
    ],
)
def test_an_answer_is_what_its_sentences_say_unless_the_whole_was_marked(
    given: list[SentenceMark], expected: Mark | None
) -> None:
    assert overall(given) is expected


def test_right_and_partly_right_expect_the_entry_and_wrong_does_not() -> None:
    right = case_of_marks(ANSWER, marks(Mark.RIGHT))
    partly = case_of_marks(ANSWER, marks(Mark.RIGHT, Mark.WRONG))
    wrong = case_of_marks(ANSWER, marks(Mark.WRONG))
    instead = case_of_marks(ANSWER, marks(Mark.WRONG), answers_instead=EntryId("autre"))

    assert right == partly
    assert right is not None
    assert (right["kind"], right["expected_entries"]) == ("in_scope", [ENTRY])
    assert wrong is not None
    assert (wrong["kind"], wrong["tempting_entry"]) == ("near_miss", ENTRY)
    assert instead is not None
    assert (instead["kind"], instead["expected_entries"]) == ("in_scope", ["autre"])
    assert case_of_marks(ANSWER, []) is None


def test_a_case_never_holds_personal_data() -> None:
    fields = case_fields("Je suis au 06 12 34 56 78, quelle aide ?", CaseKind.OUT_OF_SCOPE)

    assert "06 12" not in fields["question"]


def test_labels_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="expected_entries"):
        case_fields("Quelle aide ?", CaseKind.IN_SCOPE)


def test_cases_come_back_as_a_suite_and_leave_as_one(records: Records, noa: Noa, tmp_path: Path) -> None:
    store, by = RecordedCaseStore(records.database), PersonId("quentin")
    store.keep(case_fields("Une marque ?", CaseKind.IN_SCOPE, expected=[ENTRY]), question_id=None, by=by, at=NOW)
    store.keep(case_fields("Un brevet ?", CaseKind.NEAR_MISS, tempting=ENTRY), question_id=None, by=by, at=NOW)
    gone = case_fields("Autre ?", CaseKind.IN_SCOPE, expected=[EntryId("disparue")])
    store.keep(gone, question_id=None, by=by, at=NOW)
    path = tmp_path / "recorded.jsonl"

    assert export_cases(recorded_cases(store), path) == 3

    assert sorted(read_suite(path), key=lambda case: case.id) == sorted(recorded_cases(store), key=lambda case: case.id)
    assert all("hides" not in json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert {case.question for case in cases_of_base(noa)} == {"Une marque ?", "Un brevet ?"}


def test_the_entry_that_was_marked_wrong_is_counted_when_it_is_shown_again() -> None:
    near = a_case("n", CaseKind.NEAR_MISS)
    outcomes = [an_answer_with(MARQUE, near), a_refusal(a_case("m", CaseKind.NEAR_MISS))]

    by_name = {figure.name: figure for figure in figures({"recorded": outcomes})["recorded"]}

    shown = by_name["near miss: answered with the entry marked wrong"]
    assert (shown.value, shown.count) == (1 / 2, 2)


def test_a_question_is_traced_with_what_each_retriever_said(noa: Noa) -> None:
    trace = traced(noa, "comment déposer une marque")

    (entry,) = trace.found
    assert (entry.entry_id, entry.dense_rank, entry.lexical_rank, entry.fused_rank, entry.decided_rank) == (
        ENTRY, 1, 1, 1, 1,
    )  # fmt: skip
    assert entry.dense > 0.5
    assert entry.lexical > 0
    assert entry.evidence["covered"] > 0
    assert trace.answer is not None
    assert trace.answer.entry is not None
    assert traced(noa, "comment déposer une marque", hidden=[ENTRY]).found == ()
    assert traced(noa, "\x00").answer is None
    assert noa.records.review.asked_since(None) == []


def a_suite(count: int) -> Suite:
    cases = [Case(str(number), f"Question {number} ?", CaseKind.OUT_OF_SCOPE) for number in range(count)]
    return Suite("out_of_scope", "a test", lambda _: cases)


def test_a_run_in_the_service_is_listed_once_it_is_whole(noa: Noa, tmp_path: Path) -> None:
    runs = ServiceRuns(tmp_path)
    seen: list[int] = []

    result = runs.run(noa, [a_suite(3)], progress=lambda doing, done, total: seen.append(len(runs.list())))

    (listed,) = runs.list()
    assert set(seen) == {0}
    assert (listed.name, listed.suites, listed.entry_count) == (result.folder.name, {"out_of_scope": 3}, 1)
    assert listed.broken_count is not None
    assert (runs.folder(listed.name) / "report.html").is_file()


def test_a_run_that_is_cancelled_leaves_nothing_and_the_next_one_runs(noa: Noa, tmp_path: Path) -> None:
    runs = ServiceRuns(tmp_path)

    def cancel_at_two(doing: str, done: int, total: int) -> None:
        if done == 2:
            runs.cancel()

    with pytest.raises(Cancelled):
        runs.run(noa, [a_suite(50)], progress=cancel_at_two)

    assert list(runs.home.iterdir()) == []
    runs.cancel()  # nothing runs: nothing is marked for the next one
    assert runs.run(noa, [a_suite(1)], progress=no_progress).folder.is_dir()


def test_what_a_killed_process_left_behind_is_no_run(tmp_path: Path) -> None:
    runs = ServiceRuns(tmp_path)
    (runs.home / ".under-way" / "2026-11-24T10-00-00").mkdir(parents=True)
    (runs.home / "half").mkdir()

    assert runs.list() == []
    for name in ("half", ".under-way", "..", "../..", "a/b", ""):
        with pytest.raises(NotARun):
            runs.folder(name)


def test_the_paired_interval_says_whether_a_difference_is_more_than_chance() -> None:
    clear = paired_difference("x", 100, worse=2, better=20)
    none = paired_difference("x", 100, worse=0, better=0)
    even = paired_difference("x", 100, worse=10, better=10)

    assert clear.value == pytest.approx((20 - 2) / 100)
    assert 0.05 < clear.low < clear.value < clear.high < 0.3
    assert (none.value, none.low) == (0.0, -none.high)
    assert none.high == pytest.approx(0.037, abs=0.001)  # the Wilson bound of 0 of 100
    assert even.low < 0 < even.high
