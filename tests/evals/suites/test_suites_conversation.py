"""The conversation suite: follow-ups, two needs in one question, broad questions, on entries that exist."""

import json
from functools import cache
from typing import Any

from evals.suites.cases import SUITES, read_conversations, read_suite
from evals.suites.splits import OWN_FOLLOW_UPS
from noa_rag.domain.entry import EntryId
from noa_rag.french.words import fold
from noa_rag.knowledge.pack import Pack

FIELDS = {"id", "kind", "turns", "question", "language", "expected_entries", "expected_all", "note"}


@cache
def suite() -> list[dict[str, Any]]:
    lines = (SUITES / "conversation.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [case for case in suite() if case["kind"] == kind]


def asked(text: str) -> str:
    """Return a question whatever its case, its accents and the spaces between its words."""
    return " ".join(fold(text).split())


def test_what_is_expected_fits_the_kind() -> None:
    for case in suite():
        assert case["expected_all"] == (case["kind"] == "two_needs"), case["id"]
    assert all(len(case["expected_entries"]) == 2 for case in of_kind("two_needs"))
    assert all(1 <= len(case["expected_entries"]) <= 3 for case in of_kind("one_need"))
    assert all(case["turns"] and case["expected_entries"] for case in of_kind("own_question"))
    assert all(5 <= len(case["expected_entries"]) <= 25 for case in of_kind("broad"))


def test_a_journey_lays_out_steps_and_only_an_entry_of_the_pack_is_right_instead(bundled_pack: Pack) -> None:
    content_of = dict(bundled_pack.entries)
    journeys = {EntryId(entry_id) for case in suite() for entry_id in case.get("journeys", ())}
    instead = {
        EntryId(entry_id) for case in suite() for others in case.get("instead", {}).values() for entry_id in others
    }

    assert len(read_conversations(known_entries=content_of)) == len(suite())
    assert instead <= content_of.keys()
    assert all(content_of[journey].steps or journey.endswith("-etapes") for journey in journeys)


def test_no_conversation_comes_twice_or_in_the_words_of_the_base(bundled_pack: Pack) -> None:
    base = {asked(content.question) for _, content in bundled_pack.entries}
    base |= {asked(question.text) for _, content in bundled_pack.entries for question in content.alternate_questions}
    said = [tuple(asked(text) for text in (*case["turns"], case["question"])) for case in suite()]

    assert len(set(said)) == len(said)
    assert not {text for texts in said for text in texts} & base


def test_no_question_of_the_conversation_is_learned_from() -> None:
    learned = {asked(case.question) for path in (SUITES / "calibration").glob("*.jsonl") for case in read_suite(path)}

    assert not {asked(text) for case in suite() for text in (*case["turns"], case["question"])} & learned


def test_no_follow_up_of_the_conversation_is_learned_from_after_its_first_question() -> None:
    rows = [json.loads(line) for line in OWN_FOLLOW_UPS.read_text(encoding="utf-8").splitlines()]
    learned = {(asked(row["first"]), asked(row["follow_up"])) for row in rows}

    assert len(learned) == len(rows) == 2160
    assert not {(asked(case["turns"][-1]), asked(case["question"])) for case in suite() if case["turns"]} & learned
