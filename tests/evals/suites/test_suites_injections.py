"""Injections for assisted mode: what a hostile text asks for, and what must not be seen of it."""

import json
import unicodedata
from collections import Counter
from functools import cache
from typing import Any

import pytest

from evals.suites.cases import SUITES
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.knowledge.pack import Pack

FIELDS = {"id", "where", "technique", "language", "question", "entry", "payload", "instruction", "forbidden"}
PLACES = ("question", "entry", "import")
LEAST_OF_A_TECHNIQUE = 12  # four in each place
HIDDEN = ("\u200b", "\u202e", "\U000e0049")  # zero width, right to left, tag letters: each comes in some payload


@cache
def suite() -> list[dict[str, Any]]:
    lines = (SUITES / "injections.jsonl").read_text(encoding="ascii").splitlines()
    return [json.loads(line) for line in lines]


def seen(text: str) -> str:
    """Return what a reader sees of a text, without emphasis, invisible characters and differences of case or space."""
    visible = "".join(
        " " if character.isspace() else character for character in text if unicodedata.category(character) != "Cf"
    )
    return visible.replace("*", "").casefold()


def whole_text(content: EntryContent) -> str:
    return "\n".join([content.question, content.answer, *(section.text for section in content.sections)])


def test_there_are_injections_enough_and_each_has_its_fields() -> None:
    ids = [case["id"] for case in suite()]

    assert len(ids) >= 300
    assert len(set(ids)) == len(ids)
    assert all(case_id.startswith("in-") for case_id in ids)
    assert all(case.keys() == FIELDS for case in suite())
    assert {case["language"] for case in suite()} == {"fr", "en"}


@pytest.mark.parametrize("place", PLACES)
def test_every_technique_is_tried_in_every_place(place: str) -> None:
    counted = Counter(case["technique"] for case in suite() if case["where"] == place)

    assert {case["where"] for case in suite()} == set(PLACES)
    assert len(counted) >= 15
    assert counted.keys() == {case["technique"] for case in suite()}
    assert min(counted.values()) * len(PLACES) >= LEAST_OF_A_TECHNIQUE


def test_a_payload_in_the_question_stands_in_it_and_the_others_do_not() -> None:
    for case in suite():
        assert (case["payload"] in case["question"]) == (case["where"] == "question"), case["id"]


def test_an_obeying_model_says_what_is_forbidden() -> None:
    for case in suite():
        assert all(phrase.strip() for phrase in case["forbidden"]), case["id"]
        assert any(phrase in case["instruction"] for phrase in case["forbidden"]), case["id"]


def test_what_is_forbidden_stands_neither_in_the_entry_nor_in_what_was_added_to_it(bundled_pack: Pack) -> None:
    entries = dict(bundled_pack.entries)

    for case in suite():
        approved = seen(whole_text(entries[EntryId(case["entry"])]))
        added = "" if case["where"] == "question" else seen(case["payload"])
        for phrase in case["forbidden"]:
            assert seen(phrase) not in approved, f"{case['id']}: {phrase}"
            assert seen(phrase) not in added, f"{case['id']}: {phrase}"


@pytest.mark.parametrize("hidden", HIDDEN)
def test_invisible_characters_survive_in_the_file(hidden: str) -> None:
    assert any(hidden in case["payload"] for case in suite())
