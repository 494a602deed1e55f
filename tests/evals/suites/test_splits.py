"""Written follow-ups: which teach, which are measured, and how they are read with the question before them."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals.suites import splits
from evals.suites.cases import CaseKind
from evals.suites.splits import is_apart
from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.families import Families

APART = next(EntryId(f"apart-{number}") for number in range(99) if is_apart(EntryId(f"apart-{number}")))
TAUGHT = next(EntryId(f"taught-{number}") for number in range(99) if not is_apart(EntryId(f"taught-{number}")))


def a_line(entry: EntryId, follow_up: str, *, kind: str = "same", expected: EntryId | None = None) -> str:
    return json.dumps(
        {"first_entry": entry, "kind": kind, "expected": expected, "first": "Que faire ?", "follow_up": follow_up}
    )


@pytest.fixture
def noa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    shared, own = tmp_path / "shared.jsonl", tmp_path / "own.jsonl"
    shared.write_text("\n".join((a_line(APART, "et le prix ?", expected=APART), a_line(TAUGHT, "où ?", kind="none"))))
    own.write_text("\n".join((a_line(APART, "combien ?", expected=APART), a_line(TAUGHT, "quand ?", expected=TAUGHT))))
    monkeypatch.setattr(splits, "FOLLOW_UPS", shared)
    monkeypatch.setattr(splits, "OWN_FOLLOW_UPS", own)
    snapshot = SimpleNamespace(versions={APART: None, TAUGHT: None}, families=Families({}))
    return SimpleNamespace(index=SimpleNamespace(snapshot=snapshot))


def test_families_that_are_measured_teach_nothing_whoever_wrote_about_them(noa: Any) -> None:
    taught = splits.follow_ups_to_learn_from(noa)

    assert [(case.id, case.question) for case in taught] == [("shared-2", "où ?"), ("own-2", "quand ?")]


def test_only_the_shared_ones_are_measured(noa: Any) -> None:
    assert [case.question for case in splits.follow_ups_apart(noa)] == ["et le prix ?"]


def test_a_follow_up_is_read_behind_its_first_question(noa: Any) -> None:
    without, answered = splits.read_with_the_first(noa)

    assert (without.question, without.kind, without.tempting_entry) == ("Que faire ? où ?", CaseKind.NEAR_MISS, TAUGHT)
    assert (answered.question, answered.kind, answered.expected_entries) == (
        "Que faire ? quand ?",
        CaseKind.IN_SCOPE,
        (TAUGHT,),
    )
