"""Rephrasings to judge: faithful ones and ones with a single mistake, written by hand, on entries that exist."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from evals.suites.cases import SUITES
from noa_rag.domain.entry import EntryId
from noa_rag.french.words import fold
from noa_rag.knowledge.pack import Pack

CHANGES = {
    "synonyms",
    "reordering",
    "list_to_prose",
    "number_words",  # figures for words too: « 5 ans » for « cinq ans », « 50 % » for « la moitié »
    "shortened",
    "merged",
    "split",
    "question_form",  # it answers the question as asked: « Non, … »
    "second_person",
    "prose_to_list",
}
CORRUPTIONS = {
    "amount",
    "date",
    "percentage",
    "unit",
    "deadline",
    "body",
    "url",
    "negation",
    "obligation",
    "dropped_condition",
    "added_sentence",
    "added_promise",
    "wrong_year",
    "number",
    "phone",
    "scope",
    "legal_reference",
}
LEAST_OF_A_CORRUPTION = 24  # one missed case then weighs 4 % of its kind
FIELDS = {
    "faithful": {"id", "question", "entry", "sentences", "changes"},
    "corrupted": {"id", "question", "entry", "sentences", "wrong", "corruption"},
}


@cache
def suite(name: str) -> list[dict[str, Any]]:
    lines = (SUITES / "rephrasing" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def sentences(name: str) -> Iterator[tuple[dict[str, Any], str, str]]:
    for case in suite(name):
        for sentence in case["sentences"]:
            assert sentence.keys() == {"text", "quote"}, case["id"]
            yield case, sentence["text"], sentence["quote"]


def of_wrong_sentence(case: dict[str, Any]) -> str:
    text = case["sentences"][case["wrong"]]["text"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(("name", "count", "prefix"), [("faithful", 220, "fa-"), ("corrupted", 440, "co-")])
def test_a_suite_is_large_enough_and_its_cases_are_told_apart(name: str, count: int, prefix: str) -> None:
    ids = [case["id"] for case in suite(name)]

    assert len(ids) >= count
    assert len(set(ids)) == len(ids)
    assert all(one.startswith(prefix) for one in ids)
    assert all(case.keys() == FIELDS[name] and case["question"].strip() for case in suite(name))


@pytest.mark.parametrize("name", FIELDS)
def test_the_entries_of_a_suite_are_many_and_of_every_agency(name: str, bundled_pack: Pack) -> None:
    entries = dict(bundled_pack.entries)
    named = {EntryId(case["entry"]) for case in suite(name)}

    assert named <= entries.keys()
    assert len(named) >= 150
    assert {entries[one].agency_id for one in named} == {entry.agency_id for entry in entries.values()}


@pytest.mark.parametrize("name", FIELDS)
def test_every_quote_is_a_verbatim_stretch_of_its_entry(name: str, bundled_pack: Pack) -> None:
    entries = dict(bundled_pack.entries)

    for case, text, quote in sentences(name):
        entry = entries[EntryId(case["entry"])]

        assert any(quote in one for one in (entry.answer, *(section.text for section in entry.sections))), case["id"]
        assert quote.strip(), case["id"]
        assert text.strip() == text != "", case["id"]


@pytest.mark.parametrize("name", FIELDS)
def test_no_rephrasing_copies_the_words_that_it_rests_on(name: str) -> None:
    copied = [case["id"] for case, text, quote in sentences(name) if fold(text) == fold(quote.replace("*", ""))]

    assert copied == []


def test_faithful_rephrasings_are_changed_in_every_known_way() -> None:
    counted = Counter(change for case in suite("faithful") for change in case["changes"])

    assert counted.keys() == CHANGES
    assert all(case["changes"] and len(set(case["changes"])) == len(case["changes"]) for case in suite("faithful"))


def test_every_kind_of_corruption_has_cases_enough() -> None:
    counted = Counter(case["corruption"] for case in suite("corrupted"))

    assert counted.keys() == CORRUPTIONS
    assert {kind for kind, count in counted.items() if count < LEAST_OF_A_CORRUPTION} == set()


def test_the_wrong_sentence_is_one_of_the_case_and_no_faithful_one() -> None:
    faithful = {fold(text) for _, text, _ in sentences("faithful")}
    faithful |= {
        fold(sentence["text"])
        for case in suite("corrupted")
        for index, sentence in enumerate(case["sentences"])
        if index != case["wrong"]
    }

    for case in suite("corrupted"):
        assert 0 <= case["wrong"] < len(case["sentences"]), case["id"]
        assert fold(of_wrong_sentence(case)) not in faithful, case["id"]


def test_no_wrong_sentence_comes_twice_for_an_entry() -> None:
    wrong = Counter((case["entry"], fold(of_wrong_sentence(case))) for case in suite("corrupted"))

    assert [one for one, count in wrong.items() if count > 1] == []


def test_the_wrong_sentence_is_not_always_the_first() -> None:
    places = Counter(case["wrong"] for case in suite("corrupted"))

    assert places[1] >= 30


def test_shown_cases_are_read_by_hand_and_those_pointed_out_are_the_approved_text_whole(bundled_pack: Pack) -> None:
    cases, entries = suite("shown"), dict(bundled_pack.entries)
    pointed_out = [case for case in cases if "pointed_out" in case]
    unchanged = 0

    assert (len(cases), len(pointed_out)) == (120, 60)
    assert len({case["id"] for case in cases}) == 120
    assert all(case["note"] for case in cases if not case["is_faithful"])
    for case in pointed_out:
        assert all(one["text"] == one["quote"] for one in case["sentences"]), case["id"]
        assert set(case["pointed_out"]) <= set(range(len(case["sentences"]))), case["id"]
        unchanged += "".join(one["text"] for one in case["sentences"]) == entries[EntryId(case["entry"])].answer
    # What a reader judged on one day is a record: answers reworded since are not written into it.
    assert unchanged >= len(pointed_out) / 2
