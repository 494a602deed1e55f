"""`noa report`, over an empty base and over questions of two days."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from noa_rag.domain.integrations import KeyUse
from noa_rag.service.records import Records
from tests.cli.conftest import Command
from tests.factories import (
    a_new_version,
    a_recorded_question,
    a_theme,
    an_agency,
    an_answer,
    an_entry_version,
)

WHEN = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture
def asked(records: Records) -> None:
    """Three questions of 25 November, two answered and one of these found useless, and one of the day before."""
    records.directory.save([an_agency()], [a_theme()])
    records.entries.add_versions([a_new_version()])
    answered = an_answer(an_entry_version())
    for question_id, answer in (("q1", answered), ("q2", answered), ("q3", None)):
        recorded = a_recorded_question(question_id, asked_at=WHEN, site="economie.gouv.fr" if answer else None)
        records.questions.record(replace(recorded, answer=answer) if answer else recorded)
    records.questions.record(a_recorded_question("q0", asked_at=datetime(2026, 11, 24, 9, tzinfo=UTC)))
    records.questions.record_feedback("q1", is_useful=False, reason="incomplete", comment="")


def test_a_day_is_told_beside_the_day_before(noa: Command, asked: None) -> None:
    outcome = noa("report", "day", "2026-11-25")

    assert outcome.status == 0
    assert "3 questions (1 in the period before), answered 66.7 %" in outcome.out
    assert "Incomplete" in outcome.out


def test_reasons_languages_places_and_hours_are_told_in_words(noa: Command, asked: None, records: Records) -> None:
    for question_id, region in (("q4", "FR-69"), ("q5", "FR-75C"), ("q6", "FR-BRE")):
        recorded = a_recorded_question(question_id, asked_at=WHEN)
        asked_there = replace(recorded.question, region=region)
        records.questions.record(replace(recorded, question=asked_there))

    output = noa("report", "day", "2026-11-25").out
    named = json.loads(noa("report", "day", "2026-11-25", "--json").out)

    assert "No entry is close" in output
    assert {"Rhône", "Paris", "Bretagne"} <= set(output.split())
    assert "10:00" in output
    for raw in ("nothing_close", "FR-69", "FR-75C", "2026-11-25T"):
        assert raw not in output
    assert [(language["key"], language["name"]) for language in named["languages"]] == [("fr", "French")]


def test_keys_of_the_api_are_told_with_what_they_asked(noa: Command, asked: None, records: Records) -> None:
    key, _ = records.client_keys.create("Portail", per_minute=60, actor="tests")
    records.client_keys.create("Sans usage", per_minute=60, actor="tests")
    for day in (date(2026, 11, 24), date(2026, 11, 25), date(2026, 12, 1)):
        records.client_keys.add_uses({(key.id, day): KeyUse(5, 1)})

    said = noa("report", "day", "2026-11-25").out
    report = json.loads(noa("report", "month", "2026-11", "--json").out)

    assert f"Key {key.id} of Portail: 5 questions, 1 refused for its limit." in said
    assert "Sans usage" not in said
    assert report["keys"] == [{"key": key.id, "name": "Portail", "asked": 10, "refused": 2}]


def test_figures_come_as_json(noa: Command, asked: None) -> None:
    report = json.loads(noa("report", "week", "2026-11-25", "--json").out)

    assert (report["period"], report["from"]) == ("2026-W48", "2026-11-22T23:00:00+00:00")
    assert report["total"][0]["asked"] == 4
    assert report["answered_share"] == 2 / 4
    assert report["useful_share"] == 0
    assert {line["name"]: line["asked"] for line in report["sites"]} == {"economie.gouv.fr": 2, "Noa's own pages": 2}


def test_figures_narrow_to_an_agency_or_a_site(noa: Command, asked: None) -> None:
    by_agency, by_site = (
        json.loads(noa("report", "month", "2026-11", *option, "--json").out)["total"][0]["asked"]
        for option in (("--agency", "inpi"), ("--site", ""))
    )

    assert (by_agency, by_site) == (2, 2)


def test_figures_are_written_for_a_spreadsheet(noa: Command, asked: None, tmp_path: Path) -> None:
    file = tmp_path / "jour.csv"

    outcome = noa("report", "day", "2026-11-25", "--csv", file)

    text = file.read_text(encoding="utf-8").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert (outcome.status, outcome.out) == (0, "")
    assert [row["asked"] for row in rows if row["section"] == "total"] == ["3"]
    assert [row["key"] for row in rows if row["section"] == "never_served"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("day", "hier"), "is not a day such as"), (("day", "2026-11-25", "--agency", "x"), "No agency has the id 'x'")],
)
def test_what_is_unknown_is_told_in_words(noa: Command, asked: None, arguments: tuple[str, ...], told: str) -> None:
    outcome = noa("report", *arguments)

    assert outcome.status == 1
    assert told in outcome.err
