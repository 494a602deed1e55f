"""Suites with mistakes, each told with its line; and the table of docs/evaluation.md, held to the code."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from evals.suites.cases import Case, CaseKind, read_suite
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidKnowledge
from tests.shared_model import REPOSITORY

KNOWN = [EntryId("marque"), EntryId("brevet")]
NEAR = {"kind": "near_miss", "expected_entries": [], "tempting_entry": "marque"}


def a_line(case_id: str = "a", **changes: object) -> str:
    fields = {"id": case_id, "question": "q ?", "kind": "in_scope", "expected_entries": ["marque"]}
    return json.dumps(fields | changes)


def complaints_about(tmp_path: Path, *lines: str | bytes) -> list[tuple[int, str]]:
    """Return the line and the words of every complaint about a suite of these lines."""
    path = a_suite(tmp_path, *lines)
    with pytest.raises(InvalidKnowledge) as raised:
        read_suite(path, known_entries=KNOWN)
    assert {complaint.path for complaint in raised.value.complaints} == {"suite.jsonl"}
    return [(complaint.line, complaint.message) for complaint in raised.value.complaints]


def a_suite(tmp_path: Path, *lines: str | bytes) -> Path:
    encoded = [line.encode() if isinstance(line, str) else line for line in lines]
    path = tmp_path / "suite.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in encoded))
    return path


def test_cases_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = a_suite(tmp_path, a_line("b", language="en"), a_line("a", **NEAR, pair="p"), a_line("c", pair="p"))

    cases = read_suite(path, known_entries=KNOWN)

    assert cases == [
        Case("b", "q ?", CaseKind.IN_SCOPE, (EntryId("marque"),), language="en"),
        Case("a", "q ?", CaseKind.NEAR_MISS, tempting_entry=EntryId("marque"), pair="p"),
        Case("c", "q ?", CaseKind.IN_SCOPE, (EntryId("marque"),), pair="p"),
    ]
    assert [case.about for case in cases] == [("marque",)] * 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes"),
        ("", "not JSON: Expecting value"),
        ('["a"]', "not a JSON object"),
        ('{"id": "a"}', "missing fields: question, kind"),
        (a_line(question=""), "missing fields: question"),
        (a_line(expected_entry="marque", note="?"), "unknown fields: expected_entry, note"),
        (a_line(kind="maybe"), "not a case: Invalid enum value 'maybe' - at `$.kind`"),
        (a_line(expected_entries="marque"), "not a case: Expected `array`, got `str` - at `$.expected_entries`"),
        (a_line(case_id=7), "not a case: Expected `str`, got `int` - at `$.id`"),
        (a_line(expected_entries=[]), "`expected_entries` must be given for in_scope cases, and only for them"),
        (a_line(kind="out_of_scope"), "`expected_entries` must be given for in_scope cases, and only for them"),
        (a_line(tempting_entry="brevet"), "`tempting_entry` belongs to near_miss cases"),
        (a_line(language="de"), "`language` is fr or en, not de"),
        (a_line(expected_entries=["marque", "inconnue"], hides=["autre"]), "unknown entries: inconnue, autre"),
        (a_line(**{**NEAR, "tempting_entry": "inconnue"}), "unknown entries: inconnue"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(tmp_path: Path, line: str, said: str) -> None:
    [(number, message)] = complaints_about(tmp_path, a_line("first"), line, a_line("last"))

    assert number == 2
    assert message.startswith(said)


def test_a_line_in_another_encoding_is_told_and_the_others_are_still_read(tmp_path: Path) -> None:
    latin = '{"id": "b", "question": "Où déposer ?"}'.encode("latin-1")

    complaints = complaints_about(tmp_path, a_line("a"), latin, a_line("c", kind="maybe"), a_line("a"))

    # `{"id": "b", "question": "O` is 26 bytes long; the ù of latin-1 comes next.
    assert complaints == [
        (2, "not UTF-8 at byte 27; save the file as UTF-8"),
        (3, "not a case: Invalid enum value 'maybe' - at `$.kind`"),
        (4, "the id `a` is used twice; line 1 has it already"),
    ]


def test_the_mark_that_windows_puts_before_utf_8_is_passed_over(tmp_path: Path) -> None:
    assert len(read_suite(a_suite(tmp_path, b"\xef\xbb\xbf" + a_line().encode()))) == 1


def test_an_id_that_comes_again_is_told_each_time_with_the_line_that_had_it_first(tmp_path: Path) -> None:
    complaints = complaints_about(tmp_path, a_line("z"), a_line("a"), a_line("a"), a_line("b"), a_line("a"))

    assert complaints == [
        (3, "the id `a` is used twice; line 2 has it already"),
        (5, "the id `a` is used twice; line 2 has it already"),
    ]


def test_a_pair_with_one_line_or_three_is_told_at_its_first_line(tmp_path: Path) -> None:
    lines = [a_line("a", pair="one"), *(a_line(f"two-{at}", pair="two") for at in range(2))]
    lines += [a_line(f"three-{at}", pair="three") for at in range(3)]

    complaints = complaints_about(tmp_path, *lines)

    assert complaints == [
        (1, "the pair `one` has 1 lines; a pair has two"),
        (4, "the pair `three` has 3 lines; a pair has two"),
    ]


def test_an_empty_suite_is_told(tmp_path: Path) -> None:
    assert complaints_about(tmp_path) == [(1, "the suite is empty")]


def test_a_missing_suite_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidKnowledge, match=r"^absent\.jsonl:0: cannot be read: No such file or directory$"):
        read_suite(tmp_path / "absent.jsonl")


def test_the_page_on_evaluations_has_every_field_of_a_case_in_a_table() -> None:
    page = (REPOSITORY / "docs" / "evaluation.md").read_text(encoding="utf-8")

    section = page.split("## Fields of a case\n")[1].split("\n## ")[0]

    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section, flags=re.MULTILINE)
    assert rows == [(field.name, field.metadata["doc"]) for field in fields(Case)]
