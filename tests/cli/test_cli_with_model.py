"""The command line with the embedded model, over one base for all tests here."""

import json
from pathlib import Path
from typing import Any

import pytest

from noa_rag.importing.entry_file import EntryFile, read_entry_file
from noa_rag.settings import Settings
from tests.cli.conftest import command_over

Command = Any
pytestmark = pytest.mark.model


@pytest.fixture
def noa(model_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command_over(model_settings, monkeypatch, capsys)


def test_an_entry_is_given_word_for_word(noa: Command, small_pack: Path) -> None:
    path = next(iter(sorted((small_pack / "entries" / "inpi").glob("*.yaml"))))
    file = read_entry_file(path, shown_as=path.name)
    assert isinstance(file, EntryFile)

    outcome = noa("ask", file.content.question, "--json")

    assert outcome.status == 0, outcome.err
    answer = json.loads(outcome.out)
    assert (answer["status"], answer["reason"]) == ("answered", None)
    assert answer["entry"]["id"] == file.id
    assert answer["text"] == answer["official_text"] == file.content.answer
    assert answer["entry"]["demonstration"] is True


def test_a_terminal_shows_agency_day_and_sources(noa: Command) -> None:
    outcome = noa("ask", "Comment déposer une marque en France ?")

    assert outcome.status == 0, outcome.err
    assert "validé le 24/11/2026, entrée" in outcome.out
    assert "Jeu de démonstration, à valider par les agences." in outcome.out
    assert "https://" in outcome.out


def test_a_question_about_something_else_is_declined_with_whom_to_ask(noa: Command) -> None:
    outcome = noa("ask", "Quelle est la recette de la tarte Tatin ?", "--json")

    answer = json.loads(outcome.out)
    assert (answer["status"], answer["entry"], answer["official_text"]) == ("abstained", None, None)
    assert answer["reason"] in {"nothing_close", "uncertain"}
    assert answer["contact"]["url"].startswith("https://")


def test_a_batch_answers_what_it_can(noa: Command, tmp_path: Path) -> None:
    lines = [{"id": 1, "question": "Comment déposer une marque ?"}, {"id": 2, "question": ""}, {"id": 3}]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    outcome = noa("ask", "--batch", tmp_path / "in.jsonl", "--out", tmp_path / "out.jsonl")

    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert outcome.status == 1
    assert [(row["id"], "error" in row) for row in rows] == [(1, False), (2, True), (3, True)]


def test_doctor_and_index_check_find_everything_well(noa: Command) -> None:
    doctor, check = noa("doctor"), noa("index", "check")

    assert (doctor.status, check.status) == (0, 0), doctor.out + check.out
    assert "bundled, sound" in doctor.out
    count = check.out.split()[0]
    assert check.out == f"{count} of {count} texts find themselves.\n"
    assert f"{count} texts find themselves" in doctor.out
