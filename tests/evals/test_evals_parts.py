"""Suites with mistakes told by line, shares with their intervals, groups and thresholds worked by hand."""

import json
from pathlib import Path

import pytest

from evals.calibrate import _lowest_with
from evals.cases import SUITES, Case, CaseKind, read_suite
from evals.fiche_groups import fiche_groups
from evals.metrics import Share, share
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidKnowledge


def a_case(case_id: str, *fiches: str) -> Case:
    return Case(case_id, "question", CaseKind.IN_SCOPE, tuple(EntryId(one) for one in fiches))


def a_line(**changes: object) -> str:
    fields = {"id": "a", "question": "q ?", "kind": "in_scope", "expected_entries": ["marque"]}
    return json.dumps(fields | changes)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not a case"),
        ('{"id": "a"}', "the field 'question' is missing"),
        (a_line(kind="maybe"), "not a case"),
        (a_line(expected_entries=[]), "must be given for in_scope cases"),
        (a_line(expected_entries=["inconnue"]), "unknown entries: inconnue"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(tmp_path: Path, line: str, said: str) -> None:
    suite = tmp_path / "suite.jsonl"
    suite.write_text(f"{a_line(id='first')}\n{line}\n", encoding="utf-8")

    with pytest.raises(InvalidKnowledge) as raised:
        read_suite(suite, known_entries=[EntryId("marque")])

    assert [(one.line, said in one.message) for one in raised.value.complaints] == [(2, True)]


def test_an_id_used_twice_is_told(tmp_path: Path) -> None:
    suite = tmp_path / "suite.jsonl"
    suite.write_text(f"{a_line()}\n{a_line()}\n", encoding="utf-8")

    with pytest.raises(InvalidKnowledge, match="used twice"):
        read_suite(suite)


def test_no_reported_question_was_calibrated_on() -> None:
    reported = {case.question for case in read_suite(SUITES / "pack_report.jsonl")}

    for name in ("pack_calibration.jsonl", "pack_calibration_more.jsonl"):
        assert not reported & {case.question for case in read_suite(SUITES / name)}


def test_a_share_carries_its_count_and_interval() -> None:
    half = share([True, False, True, False])

    # Wilson for 2 of 4, z = 1.96: middle 0.5, half-width 1.96 * sqrt(0.25/4 + 3.8415/64) / (1 + 3.8415/4) = 0.350
    assert half == Share(2, 4)
    assert half.rate == 0.5
    assert half.interval == pytest.approx((0.150, 0.850), abs=0.001)


def test_a_share_of_nothing_says_nothing() -> None:
    assert Share(0, 0).interval == (0.0, 1.0)


def test_fiches_expected_together_share_a_group() -> None:
    groups = fiche_groups([a_case("1", "F1", "F2"), a_case("2", "F2", "F3"), a_case("3", "F9")])

    assert groups["1"] == groups["2"] != groups["3"]


def test_the_threshold_is_the_lowest_that_keeps_its_bound() -> None:
    shown = [(0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.5, False)]

    # Wrong above 0.9: 0/1, 0.8: 0/2, 0.7: 1/3, 0.6: 1/4, 0.5: 2/5.
    assert _lowest_with(shown, wrong_at_most=0.25) == 0.6
    assert _lowest_with(shown, wrong_at_most=0.0) == 0.8
