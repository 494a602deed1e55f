"""A question is written as the base would write it, so that capitals, accents and slips change nothing."""

import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.passages import Kind, SearchedText
from noa_rag.retrieval.spelling import Glossary

ENTRY = EntryId("tva")


def an_index() -> LexicalIndex:
    texts = [
        SearchedText(ENTRY, 1, 0, Kind.QUESTION, "Quand déclarer la TVA ?"),
        SearchedText(ENTRY, 1, 1, Kind.QUESTION, "tva declaraton koban"),
        SearchedText(ENTRY, 1, 2, Kind.QUESTION, "When is a maternity leave declared?", is_translated=True),
        SearchedText(ENTRY, 1, 3, Kind.PASSAGE, "Déclarer la TVA se fait en ligne. L'entreprise déclare chaque mois."),
    ]
    return LexicalIndex({ENTRY: texts}, Glossary([["siren", "immatriculation"]]))


@pytest.mark.parametrize("typed", ["déclarer la TVA", "DECLARER LA TVA", "declarer la tva", "Déclarer La Tva"])
def test_capitals_and_accents_make_no_difference(typed: str) -> None:
    assert an_index().written(typed) == "déclarer la TVA"


@pytest.mark.parametrize("slip", ["entreprsie", "entrepise", "entrepprise", "ENTREPRISSE"])
def test_a_slip_becomes_the_word_that_entries_have(slip: str) -> None:
    assert an_index().written(f"déclarer mon {slip}") == "déclarer mon entreprise"


@pytest.mark.parametrize("parted", ["mon entre prise", "mon ENTRE-PRISE"])
def test_a_parted_word_is_joined_where_the_base_has_the_whole(parted: str) -> None:
    assert an_index().written(parted) == "mon entreprise"


@pytest.mark.parametrize("typed", ["mon en ligne", "en tre prise", "chaque mois"])
def test_words_that_make_no_known_one_or_are_known_themselves_stay_apart(typed: str) -> None:
    assert an_index().written(typed) == typed


def test_a_slip_that_an_alternate_question_has_on_purpose_is_still_one() -> None:
    assert an_index().written("declare la tva") == "déclare la TVA"
    assert an_index().written("koban") == "koban"


@pytest.mark.parametrize("word", ["maison", "chat", "siren"])
def test_a_word_of_french_or_of_the_glossary_is_not_taken_for_a_slip(word: str) -> None:
    assert an_index().written(word) == word


def test_english_is_put_in_lower_case_and_nothing_else() -> None:
    assert an_index().written("Do I declare VAT?", is_french=False) == "do i declare vat?"


def test_writing_twice_changes_nothing() -> None:
    index = an_index()

    once = index.written("DECLARER l'entreprsie, le chat et la tva 2026")

    assert index.written(once) == once


@pytest.mark.parametrize("typed", ["entreprsie a deux", "koban"])
def test_what_is_one_of_the_base_s_own_questions_or_a_place_is_no_slip(typed: str) -> None:
    own = SearchedText(ENTRY, 1, 0, Kind.QUESTION, "L'entreprise"), SearchedText(ENTRY, 1, 1, Kind.QUESTION, typed)

    assert LexicalIndex({ENTRY: list(own)}, Glossary()).written(typed.upper()) == typed
    assert an_index().written("une maison a entreprie", kept={"entreprie"}) == "une maison a entreprie"


@pytest.mark.parametrize(("typed", "is_taken"), [("lygne", False), ("lgine", True), ("lign", True), ("lligne", True)])
def test_a_wrong_letter_in_a_short_word_makes_another_word(typed: str, is_taken: bool) -> None:
    assert (an_index().written(typed) == "ligne") == is_taken


def test_words_of_the_questions_in_english_are_no_slips_of_french_ones() -> None:
    assert an_index().written("maternity leave") == "maternity leave"
