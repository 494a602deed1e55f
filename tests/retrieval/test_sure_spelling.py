"""Titles of drafts: only a word that is surely misspelt is put right."""

import pytest

from noa_rag.retrieval.spelling import SureSpelling

WRITTEN = {"bonne": 40, "entreprise": 90, "cotisation": 12, "Établissement": 2, "établissement": 8}
WRITTEN |= {"licenciement": 9, "marque": 20, "urssaf": 30, "rarement": 2, "micro": 5, "loyer": 4, "déclarer": 9}
spelt = SureSpelling(WRITTEN)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("etablisement", "établissement"),
        ("cotisatio", "cotisation"),
        ("urrsaf", "urssaf"),
        ("Licensiement", "licenciement"),
    ],
)
def test_a_word_that_is_no_french_and_near_to_one_word_of_the_base_is_put_right(typed: str, shown: str) -> None:
    assert spelt(typed) == shown


@pytest.mark.parametrize("typed", ["borne", "Bornes", "loger", "entreprises", "declarer", "salarié", "rarements"])
def test_a_french_word_stays_as_typed_though_the_base_lacks_it(typed: str) -> None:
    assert spelt(typed) == typed


@pytest.mark.parametrize("typed", ["entreprse", "declrer", "marqe", "bornne"])
def test_a_word_that_may_be_two_words_stays_as_typed(typed: str) -> None:
    assert spelt(typed) == typed


@pytest.mark.parametrize("typed", ["kbis", "uber", "astronautique", "rarment"])
def test_short_strange_and_rarely_written_words_stay_as_typed(typed: str) -> None:
    assert spelt(typed) == typed


def test_of_two_ways_to_write_a_word_as_often_the_same_one_is_always_taken() -> None:
    both = {"Zurbaine": 3, "zurbaine": 3}

    assert {SureSpelling(dict(items))("zurbane") for items in (both.items(), reversed(both.items()))} == {"Zurbaine"}
