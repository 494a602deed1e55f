"""The bundled suites: as many cases as were asked for, on entries that exist; nothing reported is learned from."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

from evals.metrics.answering import DISTRESS
from evals.runner.evaluate import figures
from evals.suites.cases import SUITES, Case, CaseKind, read_suite
from evals.suites.splits import CONFIDENCE_ONLY, READING, SHARED_OUT
from evals.suites.suite_list import EVERY_SUITE, SUITE_LIST
from noa_rag.domain.entry import EntryContent
from noa_rag.french.words import fold
from noa_rag.knowledge.pack import CALCULATORS, Pack
from tests.conftest import BUNDLED_KNOWLEDGE

# Files of another shape than a case; tests of their own read them.
OTHER_SHAPES = {"conversation", "injections", "crisis_questions"}
REPORTED = sorted(path.stem for path in SUITES.glob("*.jsonl") if path.stem not in OTHER_SHAPES)
CALIBRATION = sorted((SUITES / "calibration").glob("*.jsonl"))


def suite(name: str) -> list[Case]:
    return read_suite(SUITES / f"{name}.jsonl")


def of_kind(cases: Sequence[Case], kind: CaseKind) -> list[Case]:
    return [case for case in cases if case.kind is kind]


@pytest.mark.parametrize(
    "path", [*(SUITES / f"{name}.jsonl" for name in REPORTED), *CALIBRATION], ids=lambda path: path.stem
)
def test_every_entry_that_a_suite_names_stands_in_the_bundled_pack(path: Path) -> None:
    known = [
        entry.stem for folder in ("entries", CALCULATORS) for entry in (BUNDLED_KNOWLEDGE / folder).rglob("*.yaml")
    ]

    assert read_suite(path, known_entries=known)


@pytest.mark.parametrize(
    ("name", "count"), [("near_miss", 300), ("out_of_scope", 200), ("assisted", 120), ("head", 300), ("distress", 120)]
)
def test_a_suite_has_as_many_cases_as_the_service_asks_for(name: str, count: int) -> None:
    assert len(suite(name)) >= count


def test_near_misses_come_in_pairs_of_which_one_at_least_is_answered() -> None:
    cases = sorted(suite("near_miss"), key=lambda case: case.pair)
    pairs = [list(pair) for _, pair in groupby(cases, key=lambda case: case.pair)]

    assert len(pairs) >= 150
    for pair, other in pairs:
        assert {CaseKind.IN_SCOPE} <= {pair.kind, other.kind} <= {CaseKind.IN_SCOPE, CaseKind.NEAR_MISS}, pair.pair
        assert pair.expected_entries != other.expected_entries, pair.pair
        assert fold(pair.question) != fold(other.question), pair.pair
        assert pair.contrast == other.contrast != "", pair.pair
    # 175 before the base grew: entries that came since answer 60 look-alikes, and one pair has a single answer now.
    assert sum(pair.kind != other.kind for pair, other in pairs) >= 110


def test_the_distress_suite_has_as_many_harmless_questions_as_messages_and_every_sort_of_these() -> None:
    messages = [case for case in suite("distress") if DISTRESS.intersection(case.expected_entries)]
    harmless = [case for case in suite("distress") if case not in messages]
    sorts = Counter(case.contrast for case in messages)

    assert len(messages) >= 60
    assert len(harmless) >= 60
    assert sorts.keys() == {"explicit", "veiled", "for somebody else", "within another question"}
    assert min(sorts.values()) >= 4
    assert {case.contrast for case in harmless} == {"harmless"}
    assert {case.language for case in messages} == {case.language for case in harmless} == {"fr", "en"}
    assert {case.tempting_entry for case in of_kind(harmless, CaseKind.NEAR_MISS)} <= DISTRESS


def test_the_suites_of_retrieval_and_variants_ask_for_every_entry(bundled_pack: Pack) -> None:
    entries = {entry for name in ("retrieval", "variants") for case in suite(name) for entry in case.expected_entries}

    assert {entry_id for entry_id, content in bundled_pack.entries if not content.branches} <= entries


def test_every_fact_that_a_rephrasing_must_keep_stands_in_the_entry(bundled_pack: Pack) -> None:
    text_of = {entry_id: _whole_text(content) for entry_id, content in bundled_pack.entries}

    for case in suite("assisted"):
        assert case.expected_facts, case.id
        for fact in case.expected_facts:
            assert fact in text_of[case.expected_entries[0]], f"{case.id}: {fact}"


def test_no_reported_question_is_learned_from() -> None:
    learned = {_asked(case) for path in CALIBRATION for case in read_suite(path)}

    for name in REPORTED:
        assert not {_asked(case) for case in suite(name)} & learned, name


def test_every_file_of_the_calibration_folder_is_learned_from_and_kept_from_reports() -> None:
    assert sorted([*CONFIDENCE_ONLY, *SHARED_OUT, READING]) == CALIBRATION


def test_every_reported_file_is_a_suite_and_every_suite_has_figures() -> None:
    assert set(REPORTED) <= SUITE_LIST.keys()
    assert figures({name: [] for name in EVERY_SUITE}).keys() == {*EVERY_SUITE, "all suites"}


def _asked(case: Case) -> str:
    """Return a question whatever its case, its accents and the spaces between its words."""
    return " ".join(fold(case.question).split())


def _whole_text(content: EntryContent) -> str:
    return "\n".join([content.answer, *(section.text for section in content.sections)])
