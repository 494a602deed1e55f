"""Running: what is judged twice comes out the same, what breaks a gate is said, what is timed was not asked before."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from evals.metrics.figure import Share
from evals.runner.evaluate import ReleaseGate
from evals.runner.running import Result, evaluated, generate, keep_beside
from evals.runner.runs import CaseOutcome
from evals.suites.cases import CaseKind
from evals.suites.suite_list import LATENCY, Suite
from noa_rag.domain.ports import no_progress
from noa_rag.service.records import Records
from noa_rag.settings import Settings
from tests.evals.run_factory import BREVET, MARQUE, a_case, a_refusal, a_run_folder, an_answer_with, an_offer_of
from tests.fake_noa import a_noa

RIGHT = "in scope: answered with the right entry"


def some_outcomes() -> list[CaseOutcome]:
    """Return two right answers, a wrong one and an offer in scope, and a near miss that was refused."""
    return [
        an_answer_with(MARQUE, a_case("a"), theme="marques"),
        an_answer_with(MARQUE, a_case("b", language="en"), theme="marques", milliseconds=9.0),
        an_answer_with(BREVET, a_case("c", register="story"), confidence=0.7, is_verbatim=False),
        an_offer_of(BREVET, MARQUE, case=a_case("d")),
        a_refusal(a_case("e", CaseKind.NEAR_MISS, pair="p", contrast="amount")),
    ]


def watch(monkeypatch: pytest.MonkeyPatch, *gates: ReleaseGate) -> None:
    monkeypatch.setattr("evals.runner.running.read_gates", lambda: list(gates))


def a_gate(**bounds: float) -> ReleaseGate:
    return ReleaseGate(suite="answering", figure=RIGHT, reason="Visitors came for an answer.", **bounds)


def printed(result: Result) -> str:
    console = Console(file=io.StringIO(), width=200)
    result.print(console)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gates.toml says today is no matter here."""
    watch(monkeypatch)


def test_figures_are_kept_with_their_counts_and_intervals(tmp_path: Path) -> None:
    folder = a_run_folder(tmp_path / "run", answering=some_outcomes())

    evaluated(folder, has_report=False)

    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    assert figures.keys() == {"answering", "all suites"}
    right = {row["name"]: row for row in figures["answering"]}[RIGHT]
    assert (right["value"], right["count"], right["unit"]) == (2 / 4, 4, "share")
    assert right["low"] < 2 / 4 < right["high"]
    assert [(row["value"], row["count"]) for row in figures["all suites"]] == [(2 / 3, 3)]


def test_the_same_outcomes_give_the_same_bytes(tmp_path: Path) -> None:
    outcomes = some_outcomes()
    suites = {"near_miss": outcomes, "latency": outcomes, "retrieval": outcomes, "hidden_retrieval": outcomes[-1:]}
    first, other = (a_run_folder(tmp_path / name / "run", **suites) for name in ("one", "other"))

    for folder in (first, other, other):
        evaluated(folder, has_report=False)

    assert (first / "figures.json").read_bytes() == (other / "figures.json").read_bytes()


def test_judging_asks_nothing_and_leaves_the_outcomes_as_they_are(tmp_path: Path) -> None:
    folder = a_run_folder(tmp_path / "run", answering=some_outcomes())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    evaluated(folder, has_report=False)

    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert after.pop("figures.json")
    assert after == before


def test_a_broken_gate_is_printed_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_run_folder(tmp_path / "run", answering=some_outcomes())
    watch(monkeypatch, a_gate(at_least=0.9))

    result = evaluated(folder, has_report=False)

    assert [broken_gate.gate.figure for broken_gate in result.broken] == [RIGHT]
    said = " ".join(printed(result).split())
    assert "✗ at least 90 %" in said
    assert "✗ gate broken answering, in scope: answered with the right entry: 50.0 % (4 cases; " in said
    assert "must be at least 90 %. Visitors came for an answer." in said
    assert "gates hold" not in said


def test_gates_that_hold_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = a_run_folder(tmp_path / "run", answering=some_outcomes())
    watch(monkeypatch, a_gate(at_least=0.5), ReleaseGate(suite="strict", figure=RIGHT, at_least=1.0, reason="not run"))

    result = evaluated(folder, has_report=False)

    assert result.broken == []
    assert "✓ all 1 gates hold" in printed(result)
    assert not (folder / "report.html").exists()


def test_figures_measured_beside_the_suites_are_kept_and_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_run_folder(tmp_path / "run", answering=some_outcomes())
    watch(monkeypatch, ReleaseGate(suite="fiches", figure="Noa, hit@1", at_least=0.5, reason="why"))

    keep_beside(folder, {"fiches": [Share(4, 10).as_figure("Noa, hit@1")]})

    result = evaluated(folder, has_report=False)
    again = evaluated(folder, has_report=False)

    assert result == again
    assert [broken_gate.gate.suite for broken_gate in result.broken] == ["fiches"]
    assert "fiches" in json.loads((folder / "figures.json").read_text(encoding="utf-8"))


def test_entries_that_the_calibration_never_saw_are_counted(tmp_path: Path) -> None:
    settings = {"base": {"entries": 313, "entries_unknown_to_the_calibration": 7}}
    folder = a_run_folder(tmp_path / "run", settings, answering=some_outcomes())

    result = evaluated(folder, has_report=False)

    assert result.strangers == 7
    assert "7 entries of this base were not there when the confidence was calibrated" in " ".join(
        printed(result).split()
    )


def test_questions_are_timed_in_wordings_that_are_new(
    settings: Settings, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noa = a_noa(settings, records, tmp_path)
    monkeypatch.setattr("evals.runner.running.run_settings", lambda noa, cases: {})
    embedded: list[str] = []
    embed = noa.index.embedder.embed_queries
    monkeypatch.setattr(noa.index.embedder, "embed_queries", lambda texts: (embedded.extend(texts), embed(texts))[1])
    suites = [Suite(name, "", lambda _: [a_case("1", question="déposer une marque")]) for name in ("a", "b", LATENCY)]

    generate(noa, suites, tmp_path / "run", progress=no_progress)

    assert embedded == ["deposer une marque"] * 2  # once for the first two, and once more to be timed
