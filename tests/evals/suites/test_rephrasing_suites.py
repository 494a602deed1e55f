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


@pytest.mark.parametrize("name", FIELDS)
def test_every_quote_is_a_verbatim_stretch_of_its_entry(name: str, bundled_pack: Pack) -> None:
    entries = dict(bundled_pack.entries)

    for case, text, quote in sentences(name):
        entry = entries[EntryId(case["entry"])]

        assert any(quote in part for part in (entry.answer, *(section.text for section in entry.sections))), case["id"]
        assert quote.strip(), case["id"]
        assert text.strip() == text != "", case["id"]


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
