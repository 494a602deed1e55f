"""Questions of 2020: on the measures of the covid pack, of every day, and some that nothing answers."""

import json
import re
from datetime import date
from functools import cache
from typing import Any

from evals.suites.cases import SUITES, read_suite
from noa_rag.french.words import fold
from noa_rag.knowledge.pack import Pack
from tests.conftest import BUNDLED_KNOWLEDGE

FIELDS = {"id", "question", "topic", "expected_entries", "days"}
COVID = BUNDLED_KNOWLEDGE / "packs" / "covid-2020" / "README.md"
ROW = re.compile(r"^\| `(?P<id>covid-[a-z-]+)` \|.*\| (?P<first>2020-\d\d-\d\d)[^|]*\|$", re.MULTILINE)
FIRST_DAY, LAST_DAY = date(2020, 3, 18), date(2020, 12, 31)


@cache
def suite() -> list[dict[str, Any]]:
    lines = (SUITES / "crisis_questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@cache
def covid_entries() -> dict[str, date]:
    """Return the entries of the covid pack with the day of their first version, as its README lists them."""
    return {row["id"]: date.fromisoformat(row["first"]) for row in ROW.finditer(COVID.read_text(encoding="utf-8"))}


def days_of(case: dict[str, Any]) -> tuple[date, date]:
    first, last = case["days"]
    return date.fromisoformat(first), date.fromisoformat(last)


def asked(text: str) -> str:
    """Return a question whatever its case, its accents and the spaces between its words."""
    return " ".join(fold(text).split())


def test_questions_name_entries_that_exist(bundled_pack: Pack) -> None:
    everyday = {str(entry_id) for entry_id, _ in bundled_pack.entries}

    for case in suite():
        known = {"none": set(), "everyday": everyday}.get(case["topic"], set(covid_entries()))
        assert set(case["expected_entries"]) <= known, case["id"]
        assert (not case["expected_entries"]) == (case["topic"] == "none"), case["id"]


def test_a_question_makes_sense_on_days_of_the_crisis_when_its_entry_was_there() -> None:
    for case in suite():
        first, last = days_of(case)

        assert FIRST_DAY <= first <= last <= LAST_DAY, case["id"]
        for entry_id in case["expected_entries"]:
            assert covid_entries().get(entry_id, FIRST_DAY) <= first, case["id"]


def test_no_question_comes_twice_or_in_the_words_of_a_base_or_of_what_is_learned(bundled_pack: Pack) -> None:
    questions = [asked(case["question"]) for case in suite()]
    known = {asked(content.question) for _, content in bundled_pack.entries}
    known |= {asked(question.text) for _, content in bundled_pack.entries for question in content.alternate_questions}
    known |= {asked(case.question) for path in (SUITES / "calibration").glob("*.jsonl") for case in read_suite(path)}

    assert len(set(questions)) == len(questions)
    assert not set(questions) & known
