"""The quick gate by hand, with a fake base: which known questions a change would spoil."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals.runner.quick_gate import QuickGate, known_cases
from evals.suites.cases import CaseKind
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.review.replay import UNREADABLE, AskedAs, Outcome
from tests.evals.run_factory import BREVET, MARQUE, a_case
from tests.factories import an_entry_version

DESSIN = EntryId("dessin")
Shown = Mapping[str, EntryId | None]
Gate = Callable[..., QuickGate]

# Three questions on the trade mark, one on the patent, a near miss of the trade mark.
CASES = [
    a_case("m1", question="marque 1"),
    a_case("m2", question="marque 2"),
    a_case("m3", question="marque 3", expected_entries=(MARQUE, DESSIN)),
    a_case("b1", question="brevet 1", expected_entries=(BREVET,)),
    a_case("n1", CaseKind.NEAR_MISS, question="presque 1"),
]
TODAY = {"marque 1": MARQUE, "marque 2": MARQUE, "marque 3": MARQUE, "brevet 1": BREVET, "presque 1": None}


def a_proposal(entry_id: EntryId = MARQUE, question: str = "marque 1", **changes: Any) -> EntryVersion:
    return an_entry_version(entry_id, version=2, question=question, **changes)


class FakeReplaying:
    """Answers each question with the entry that is named for it; others cannot be read. Counts looks at the base."""

    def __init__(self, changes: Shown) -> None:
        self.changes = changes
        self.looks = 0

    def path_as_is(self) -> Shown:
        self.looks += 1
        return TODAY

    def path_with(self, proposed: Sequence[EntryVersion]) -> Shown:
        return {**TODAY, **self.changes}

    def outcome(self, path: Shown, asked: AskedAs) -> Outcome:
        entry_id = path.get(asked.text)
        return Outcome(AnswerStatus.ANSWERED, entry_id) if entry_id else UNREADABLE


@pytest.fixture
def base() -> SimpleNamespace:
    """A base that knows the trade mark and the patent."""
    return SimpleNamespace(
        give_way=lambda seconds: False,
        index=SimpleNamespace(snapshot=SimpleNamespace(revision=1, versions={MARQUE: 1, BREVET: 1})),
        records=SimpleNamespace(current=lambda ids: {}),
    )


@pytest.fixture
def gate_before(base: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Make a gate over the base as it is today and as it would answer, given as what changes."""

    def make(changes: Shown) -> QuickGate:
        monkeypatch.setattr("evals.runner.quick_gate.Replaying", lambda noa: FakeReplaying(changes))
        return QuickGate(base, CASES)  # type: ignore[arg-type]

    return make


def test_a_change_that_spoils_nothing_passes(gate_before: Gate) -> None:
    verdict = gate_before({}).verdict([a_proposal()])

    assert (verdict.passes, verdict.findings) == (True, ())


def test_one_question_may_be_lost_and_is_named(gate_before: Gate) -> None:
    verdict = gate_before({"brevet 1": None}).verdict([a_proposal()])

    assert verdict.passes
    assert verdict.findings == ("« brevet 1 » is answered by brevet today, and would be answered no more.",)


def test_two_questions_lost_refuse_a_change(gate_before: Gate) -> None:
    verdict = gate_before({"brevet 1": MARQUE, "marque 2": None}).verdict([a_proposal()])

    assert not verdict.passes
    assert verdict.findings == (
        "« marque 2 » is answered by marque today, and would be answered no more.",
        "« brevet 1 » is answered by brevet today, and would be answered by marque.",
    )


def test_a_question_that_another_expected_entry_takes_over_is_not_lost(gate_before: Gate) -> None:
    assert gate_before({"marque 3": DESSIN}).verdict([a_proposal(DESSIN, "dessin 1")]).findings == ()


def test_a_near_miss_that_the_changed_entry_would_answer_is_named(gate_before: Gate) -> None:
    verdict = gate_before({"presque 1": MARQUE}).verdict([a_proposal()])

    assert verdict.findings == ("« presque 1 » would be answered by marque, which does not answer it.",)


def test_what_an_entry_that_is_not_changed_does_to_a_near_miss_is_not_held_against_it(gate_before: Gate) -> None:
    assert gate_before({"presque 1": BREVET}).verdict([a_proposal()]).findings == ()


def test_a_proposed_entry_whose_own_question_another_answers_is_refused_at_once(gate_before: Gate) -> None:
    verdict = gate_before({"brevet 1": BREVET}).verdict([a_proposal(question="brevet 1")])

    assert not verdict.passes
    assert verdict.findings == ("« brevet 1 » would be answered by brevet, though marque has that question.",)


def test_an_own_question_that_is_not_answered_yet_is_no_reason_to_refuse(gate_before: Gate) -> None:
    verdict = gate_before({"neuf ?": None}).verdict([a_proposal(EntryId("neuf"), "neuf ?")])

    assert (verdict.passes, verdict.findings) == (True, ())


def test_a_question_that_cannot_be_read_is_answered_by_nobody(gate_before: Gate) -> None:
    assert gate_before({}).verdict([a_proposal(question="?!")]).findings == ()


def test_a_withdrawn_entry_need_not_answer_its_own_question(gate_before: Gate) -> None:
    withdrawn = a_proposal(question="brevet 1", status=EntryStatus.WITHDRAWN)

    assert gate_before({}).verdict([withdrawn]).findings == ()


def test_what_a_withdrawn_entry_answered_may_be_answered_no_more(gate_before: Gate) -> None:
    withdrawn = a_proposal(status=EntryStatus.WITHDRAWN)

    verdict = gate_before({"marque 1": None, "marque 2": None, "marque 3": None}).verdict([withdrawn])

    assert verdict.passes
    assert verdict.findings == ()


def test_a_neighbour_that_takes_over_from_a_withdrawn_entry_is_named(gate_before: Gate) -> None:
    withdrawn = a_proposal(status=EntryStatus.WITHDRAWN)

    verdict = gate_before({"marque 1": BREVET, "marque 2": BREVET, "marque 3": None}).verdict([withdrawn])

    assert not verdict.passes
    assert verdict.findings[0] == "« marque 1 » is answered by marque today, and would be answered by brevet."


def test_the_base_as_it_is_is_asked_once_until_it_changes(gate_before: Gate, base: SimpleNamespace) -> None:
    gate = gate_before({})

    gate.warm()
    gate.verdict([a_proposal()])
    gate.verdict([a_proposal()])
    assert gate._replaying.looks == 1  # type: ignore[attr-defined]

    base.index.snapshot.revision = 2
    gate.verdict([a_proposal()])
    assert gate._replaying.looks == 2  # type: ignore[attr-defined]


def test_a_service_that_stops_asks_no_further_question_ahead_and_keeps_no_half_of_them(
    gate_before: Gate, base: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, texts = gate_before({}), []
    outcome = gate._replaying.outcome
    monkeypatch.setattr(
        gate._replaying, "outcome", lambda path, question: (texts.append(question.text), outcome(path, question))[1]
    )
    base.give_way = lambda seconds: len(texts) == 2

    gate.warm()
    assert texts == ["marque 1", "marque 2"]

    base.give_way = lambda seconds: False
    assert not gate.verdict([a_proposal(status=EntryStatus.WITHDRAWN)]).findings
    assert texts[2:7] == [case.question for case in CASES]


def test_only_questions_about_entries_of_the_base_are_known(
    base: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = '{{"id": "{0}", "question": "q ?", "kind": "in_scope", "expected_entries": ["{0}"]}}\n'
    for name in ("retrieval", "near_miss"):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(
            "".join(line.format(entry_id) for entry_id in ("marque", "inconnue", "brevet")), encoding="utf-8"
        )
    monkeypatch.setattr("evals.runner.quick_gate.SUITES", tmp_path)
    monkeypatch.setattr("evals.runner.quick_gate.CASES_PER_SUITE", 2)

    assert [case.id for case in known_cases(base)] == ["marque", "brevet"] * 2  # type: ignore[arg-type]
