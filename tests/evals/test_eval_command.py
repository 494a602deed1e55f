"""`noa eval` as it is run: suites, exit status and mistakes, without the model."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals.runner.evaluate import ReleaseGate
from evals.runner.folders import RESULTS
from evals.runner.runs import CaseOutcome
from evals.suites.suite_list import EVERY_SUITE, REPHRASING
from noa_rag.domain.answer import AnswerStatus
from noa_rag.settings import Settings
from tests.cli.conftest import Outcome as Shown
from tests.cli.conftest import command_over
from tests.evals.run_factory import BREVET, MARQUE, a_case, a_refusal, a_run_folder, an_answer_with

Command = Any
RIGHT = "in scope: answered with the right entry"
GOOD = '{"id": "a", "question": "q ?", "kind": "in_scope", "expected_entries": ["marque"]}'


@pytest.fixture
def noa(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `noa` over an empty data folder; a traceback would fail the test."""
    monkeypatch.setenv("COLUMNS", "200")
    return command_over(settings, monkeypatch, capsys)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of evals/results."""
    monkeypatch.setattr("evals.commands.RESULTS", tmp_path / "results")
    monkeypatch.setattr("evals.runner.running.new_folder", lambda: tmp_path / "results" / "new")
    return tmp_path / "results"


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of evals/suites, empty."""
    monkeypatch.setattr("evals.suites.suite_list.SUITES", tmp_path / "suites")
    (tmp_path / "suites").mkdir()
    return tmp_path / "suites"


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A base of two entries that answers everything with `marque`; returns the names of the bases that were opened."""
    opened: list[str] = []

    @contextmanager
    def open_base(name: str, **_: object) -> Iterator[SimpleNamespace]:
        opened.append(name)
        index = SimpleNamespace(snapshot=SimpleNamespace(versions={MARQUE: 1, BREVET: 1}))
        yield SimpleNamespace(index=index, is_demonstration=lambda: True, read_ahead=lambda: None)

    monkeypatch.setattr("evals.runner.bases.opened", open_base)
    monkeypatch.setattr("evals.runner.running.run_settings", lambda noa, cases: {"model": "none"})
    monkeypatch.setattr(
        "evals.runner.running.ask_all", lambda noa, cases, **_: [an_answer_with(MARQUE, case) for case in cases]
    )
    return opened


def watch(monkeypatch: pytest.MonkeyPatch, at_least: float) -> None:
    gate = ReleaseGate(suite="answering", figure=RIGHT, at_least=at_least, reason="Visitors came for an answer.")
    monkeypatch.setattr("evals.runner.running.read_gates", lambda: [gate])


def told(shown: Shown) -> str:
    """Return standard error without the lines of progress."""
    return "".join(line for line in shown.err.splitlines(keepends=True) if not line.endswith("…\n"))


def half_right() -> list[CaseOutcome]:
    return [an_answer_with(MARQUE, a_case("a")), a_refusal(a_case("b"))]


def test_a_run_is_asked_judged_and_kept(
    noa: Command, base: list[str], suites: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (suites / "answering.jsonl").write_text(GOOD, encoding="utf-8")
    watch(monkeypatch, at_least=1.0)

    shown = noa("eval", "run", "answering", "--name", "mine")

    assert (shown.status, base) == (0, ["pack"]), shown.err
    assert "✓ all 1 gates hold" in shown.out
    assert sorted(path.name for path in (results / "mine").iterdir()) == [
        "answering.jsonl",
        "figures.json",
        "report.html",
        "settings.json",
    ]
    [line] = (results / "mine" / "answering.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["actual_status"] == AnswerStatus.ANSWERED


def test_a_broken_gate_ends_a_run_with_status_3(
    noa: Command, base: list[str], suites: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = GOOD.replace('"a"', '"b"').replace("marque", "brevet")
    (suites / "answering.jsonl").write_text(f"{GOOD}\n{other}\n", encoding="utf-8")
    watch(monkeypatch, at_least=0.9)

    shown = noa("eval", "run", "answering", "--no-report")

    assert shown.status == 3
    said = " ".join(shown.out.split())
    assert "✗ gate broken answering, in scope: answered with the right entry: 50.0 % (2 cases" in said
    assert "Visitors came for an answer." in said
    assert not (results / "new" / "report.html").exists()


def test_a_suite_with_mistakes_is_told_by_line_and_nothing_is_asked(
    noa: Command, base: list[str], suites: Path, results: Path
) -> None:
    wrong = GOOD.replace('"a"', '"c"').replace("marque", "inconnue")
    lines = [GOOD.replace('"a"', f'"good-{number}"') for number in range(11)]
    latin = '{"id": "b", "question": "Où ?"}'
    (suites / "answering.jsonl").write_text(GOOD, encoding="utf-8")
    (suites / "near_miss.jsonl").write_bytes("\n".join([*lines, latin, wrong]).encode("latin-1"))

    shown = noa("eval", "run", "answering", "near_miss")

    assert (shown.status, shown.out) == (1, "")
    assert told(shown).splitlines() == [
        "near_miss.jsonl:12: not UTF-8 at byte 27; save the file as UTF-8",
        "near_miss.jsonl:13: unknown entries: inconnue",
        "noa: 2 mistakes; nothing was changed.",
    ]
    assert not results.exists()


def test_an_unknown_suite_is_told_with_those_that_there_are(noa: Command, base: list[str], results: Path) -> None:
    shown = noa("eval", "run", "near_miss", "nearmiss")

    assert (shown.status, shown.out) == (1, "")
    assert told(shown) == f"noa: There is no suite `nearmiss`. Known suites: {', '.join((*EVERY_SUITE, REPHRASING))}.\n"
    assert not results.exists()


def test_suites_are_listed_with_what_they_ask(noa: Command) -> None:
    shown = noa("eval", "suites")

    assert shown.status == 0
    listed = [line.split(maxsplit=1) for line in shown.out.splitlines()]
    assert [line for line in listed if line[0] not in ("conversation", "personal_data", REPHRASING)] == [
        [suite.name, suite.about] for suite in EVERY_SUITE.values()
    ]
    assert ["conversation", "follow-ups, two needs, broad questions: asked by `noa eval conversation`"] in listed


@pytest.mark.parametrize(("at_least", "status"), [(0.5, 0), (0.9, 3)])
def test_a_run_is_judged_again_by_its_name_or_its_folder(
    noa: Command, results: Path, monkeypatch: pytest.MonkeyPatch, at_least: float, status: int
) -> None:
    folder = a_run_folder(results / "mine", answering=half_right())
    watch(monkeypatch, at_least)

    for name in ("mine", folder):
        shown = noa("eval", "evaluate", name)

        assert shown.status == status
        assert ("✓ all 1 gates hold" in shown.out) is (status == 0)
    assert (folder / "figures.json").is_file()


def test_two_runs_are_compared_and_shown_side_by_side(noa: Command, results: Path) -> None:
    a_run_folder(results / "before", answering=half_right())
    after = a_run_folder(results / "after", answering=[a_refusal(a_case("a")), a_refusal(a_case("b"))])

    shown = noa("eval", "compare", "before", after)

    assert shown.status == 0, shown.err
    assert "worse (1)" in shown.out
    assert "Side by side, with both answers" in shown.out
    assert list(after.glob("*.html"))
    assert not list((results / "before").glob("*.html"))


@pytest.mark.parametrize("command", [["evaluate", "nowhere"], ["compare", "nowhere", "elsewhere"]])
def test_a_run_that_is_not_there_is_told(noa: Command, results: Path, command: list[str]) -> None:
    shown = noa("eval", *command)

    assert (shown.status, shown.out) == (1, "")
    assert shown.err == f"noa: nowhere is not a folder. Runs are made by `noa eval run` and stand in {RESULTS}.\n"


def test_calibrating_without_the_shared_material_is_told(noa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.calibration.calibrate.shared_is_there", lambda: False)

    shown = noa("eval", "calibrate", "--check")

    assert (shown.status, shown.out) == (1, "")
    assert shown.err.startswith("noa: The shared French material is needed to calibrate")
