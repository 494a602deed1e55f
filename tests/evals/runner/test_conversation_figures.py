"""What is right for each kind of conversation, worked out by hand, and how a file of them is read."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from evals.runner.conversations import ConversationOutcome, figures_of, is_offered, is_right, is_wrong
from evals.runner.evaluate import read_gates
from evals.suites.cases import CONVERSATION, ConversationCase, ConversationKind, read_conversations
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidKnowledge


def an_outcome(kind: ConversationKind, expected: str, shown: str = "", choices: str = "") -> ConversationOutcome:
    """Return an outcome; entries are named by single letters."""
    case = ConversationCase(
        "one", kind, "?", ("before",), expected_entries=tuple(EntryId(entry_id) for entry_id in expected)
    )
    status = AnswerStatus.ANSWERED if shown else AnswerStatus.CLARIFICATION if choices else AnswerStatus.ABSTAINED
    ids = tuple(EntryId(entry_id) for entry_id in shown), tuple(EntryId(entry_id) for entry_id in choices)
    return ConversationOutcome(case, status, *ids, None, 0.5, 1.0)


@pytest.mark.parametrize(
    ("kind", "expected", "shown", "right"),
    [
        (ConversationKind.FOLLOW_UP, "ab", "b", True),
        (ConversationKind.FOLLOW_UP, "a", "c", False),
        (ConversationKind.FOLLOW_UP, "", "", True),
        (ConversationKind.FOLLOW_UP, "", "a", False),
        (ConversationKind.OWN_QUESTION, "a", "", False),
        (ConversationKind.TWO_NEEDS, "ab", "ba", True),
        (ConversationKind.TWO_NEEDS, "ab", "abc", True),
        (ConversationKind.TWO_NEEDS, "ab", "abcd", False),
        (ConversationKind.TWO_NEEDS, "ab", "a", False),
        (ConversationKind.ONE_NEED, "a", "a", True),
        (ConversationKind.ONE_NEED, "a", "ab", False),
        (ConversationKind.BROAD, "abcd", "abx", False),
        (ConversationKind.BROAD, "abcd", "abcx", True),
        (ConversationKind.BROAD, "abcd", "abcxyz", False),
        (ConversationKind.BROAD, "abcdef", "abcdxy", True),
    ],
)
def test_what_is_right_depends_on_the_kind(kind: ConversationKind, expected: str, shown: str, right: bool) -> None:
    assert is_right(an_outcome(kind, expected, shown)) is right


@pytest.mark.parametrize(
    ("shown", "right"),
    [
        ("j", True),
        ("ja", True),
        ("jax", True),
        ("jx", False),  # half of those shown are others
        ("a", False),
        ("aj", False),  # the journey does not come first, and two right entries are no field
        ("k", False),  # expected, but a journey that does not cover the field
    ],
)
def test_a_broad_question_is_right_when_a_journey_that_covers_its_field_comes_first(shown: str, right: bool) -> None:
    outcome = an_outcome(ConversationKind.BROAD, "abcjk", shown)

    assert is_right(replace(outcome, case=replace(outcome.case, journeys=(EntryId("j"),)))) is right


@pytest.mark.parametrize(
    ("shown", "right"), [("ab", True), ("cb", True), ("acb", True), ("cbx", True), ("ac", False), ("cbxy", False)]
)
def test_either_of_the_entries_that_answer_one_of_two_needs_is_right(shown: str, right: bool) -> None:
    outcome = an_outcome(ConversationKind.TWO_NEEDS, "ab", shown)

    assert is_right(replace(outcome, case=replace(outcome.case, instead={EntryId("a"): (EntryId("c"),)}))) is right


def test_an_entry_offered_among_three_is_no_answer_but_is_counted_apart() -> None:
    offered = an_outcome(ConversationKind.FOLLOW_UP, "a", choices="bca")

    assert (is_right(offered), is_offered(offered), is_wrong(offered)) == (False, True, False)
    assert not is_offered(an_outcome(ConversationKind.FOLLOW_UP, "a", choices="bcda"))


def test_figures_count_each_kind() -> None:
    outcomes = [
        an_outcome(ConversationKind.FOLLOW_UP, "a", "a"),
        an_outcome(ConversationKind.FOLLOW_UP, "a", "b"),
        replace(an_outcome(ConversationKind.OWN_QUESTION, "a", "a"), understood_as="…"),
    ]

    by_name = {figure.name: (figure.value, figure.count) for figure in figures_of(outcomes)}

    assert by_name["right"] == (2 / 3, 3)
    assert by_name["follow_up: right"] == (1 / 2, 2)
    assert by_name["follow_up: answered with a wrong entry"] == (1 / 2, 2)
    assert by_name["own_question: taken for a follow-up"] == (1.0, 1)
    assert by_name["broad: right"][1] == 0


def test_the_gates_on_conversations_watch_figures_that_are_measured() -> None:
    outcomes = [an_outcome(kind, "a", "a") for kind in ConversationKind]
    measured = {figure.name for figure in figures_of(outcomes) if figure.count}

    assert {gate.figure for gate in read_gates() if gate.suite == CONVERSATION} <= measured


@pytest.mark.parametrize(
    ("case", "mistake"),
    [
        (
            '"kind": "follow_up", "turns": ["b"], "expected_entries": ["one"], "journeys": ["one"]',
            "`journeys` is for broad questions, this one is follow_up",
        ),
        (
            '"kind": "broad", "expected_entries": ["one"], "instead": {"one": ["two"]}',
            "`instead` is for two needs, this one is broad",
        ),
        (
            '"kind": "broad", "expected_entries": ["one"], "journeys": ["two"]',
            "in `journeys` or `instead`, and not expected: two",
        ),
        (
            '"kind": "two_needs", "expected_entries": ["one", "two"], "instead": {"one": ["three"]}',
            "unknown entries: three",
        ),
    ],
)
def test_a_journey_or_an_entry_instead_that_does_not_fit_is_told(tmp_path: Path, case: str, mistake: str) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text(f'{{"id": "1", "question": "a", {case}}}\n', encoding="utf-8")

    with pytest.raises(InvalidKnowledge, match=re.escape(mistake)):
        read_conversations(path, known_entries=[EntryId("one"), EntryId("two")])
