"""Written follow-ups: which teach, which are measured, and how they are read with the question before them."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals.suites import splits
from evals.suites.cases import Case, CaseKind, rows_of
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


@pytest.fixture
def sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    rows = [
        {"entry": entry, "register": register, "q": f"{register} {number}"}
        for entry in (APART, TAUGHT)
        for register, count in (("keywords", 2), ("story", 8), ("near", 1))
        for number in range(count)
    ]
    path = tmp_path / "messages.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {**rows[0], "entry": "gone"}]))
    monkeypatch.setattr(splits, "SENTENCES", path)
    judged = {splits.judged_as(row): [APART, TAUGHT] for row in rows if row["register"] == "keywords"}
    judged |= {splits.judged_as(row): [] for row in rows if row["register"] == "story"}
    (tmp_path / "judged.json").write_text(json.dumps({"answered_by": judged}))
    monkeypatch.setattr(splits, "JUDGED", tmp_path / "judged.json")
    snapshot = SimpleNamespace(versions={APART: None, TAUGHT: None}, families=Families({}))
    return SimpleNamespace(index=SimpleNamespace(snapshot=snapshot))


def test_no_sentence_about_a_family_that_is_measured_teaches(sentences: Any) -> None:
    learned, measured = splits.sentences_to_learn_from(sentences), splits.sentences_apart(sentences)

    lines = [int(case.id.rpartition("-")[2]) for case in learned]
    assert min(lines) == 12  # the first eleven lines are about the family that is measured
    assert {case.expected_entries[0] for case in measured} == {APART}


def test_a_judged_sentence_teaches_every_entry_that_answers_and_that_none_does(sentences: Any) -> None:
    learned = splits.sentences_to_learn_from(sentences)

    assert {(case.register, case.kind, case.expected_entries, case.tempting_entry) for case in learned} == {
        ("keywords", CaseKind.IN_SCOPE, (APART, TAUGHT), None),
        ("story", CaseKind.NEAR_MISS, (), TAUGHT),
    }  # near misses that nobody judged are left out


def test_sentences_are_measured_with_every_entry_that_answers_and_without_those_that_none_does(sentences: Any) -> None:
    measured = splits.sentences_apart(sentences)

    assert [(case.register, case.expected_entries) for case in measured] == [("keywords", (APART, TAUGHT))] * 2


@pytest.mark.shared
@pytest.mark.skipif(not splits.SENTENCES.is_file(), reason="the shared messages are absent")
def test_every_judged_sentence_is_one_of_the_shared_messages_and_names_entries_of_the_pack() -> None:
    judged = json.loads(splits.JUDGED.read_text(encoding="utf-8"))["answered_by"]
    known = {path.stem for path in Path("knowledge/entries").rglob("*.yaml")}

    assert judged.keys() <= {splits.judged_as(row) for row in rows_of(splits.SENTENCES)}
    assert {entry for entries in judged.values() for entry in entries} <= known


def test_sentences_count_in_the_shares_that_visitors_bring_and_as_much_as_all_others(sentences: Any) -> None:
    learned = splits.sentences_to_learn_from(sentences)
    others = [Case(f"asked-{number}", "Que faire ?", CaseKind.OUT_OF_SCOPE) for number in range(6)]

    weights = dict(zip([case.register for case in learned], splits.message_weights([*learned, *others]), strict=False))

    assert splits.message_weights([*learned, *others])[len(learned) :] == [1.0] * 6
    assert weights["keywords"] == pytest.approx(6 * splits.MIX["keywords"] / 2)
    assert weights["story"] == pytest.approx(6 * splits.MIX["story"] / 8)
    assert sum(splits.MIX.values()) == pytest.approx(1.0)


def test_without_sentences_each_question_counts_once() -> None:
    assert splits.message_weights([Case("asked-1", "Que faire ?", CaseKind.OUT_OF_SCOPE)]) == [1.0]
