"""Which matches a search shows."""

import pytest

from noa_rag.answering.search import NEAR_PASSAGE, NEAR_QUESTION, is_relevant
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.passages import searched_texts
from noa_rag.retrieval.spelling import Glossary
from noa_rag.retrieval.thresholds import HELD_WORDS
from tests.factories import an_entry_version
from tests.retrieval.retrieval_helpers import a_match, found


@pytest.mark.parametrize(
    ("evidence", "is_shown"),
    [
        ({"covered_by_entry": HELD_WORDS}, True),
        ({"covered_by_entry": HELD_WORDS - 0.01}, False),
        ({"dense_question": NEAR_QUESTION}, True),
        ({"dense_question": NEAR_QUESTION - 0.01}, False),
        ({"dense_passage": NEAR_PASSAGE}, True),
        ({"dense_passage": NEAR_PASSAGE - 0.01}, False),
        ({}, False),
    ],
)
def test_a_match_is_shown_that_holds_the_words_or_is_near(evidence: dict[str, float], is_shown: bool) -> None:
    match = a_match(**evidence)

    assert is_relevant(match, found(match, guessed_share=0.0)) is is_shown


def test_words_that_were_guessed_do_not_count_as_held() -> None:
    match = a_match(covered_by_entry=1.0)

    assert not is_relevant(match, found(match, guessed_share=1.0))
    assert is_relevant(match, found(match, guessed_share=0.2))


def test_a_word_put_right_is_a_guess_and_one_behind_an_elision_is_not() -> None:
    version = an_entry_version(answer="Un achat se déclare à l'Urssaf.")
    index = LexicalIndex({version.id: tuple(searched_texts(version))}, Glossary())

    assert index.understand("mon chat").corrected == {"chat": "achat"}
    assert index.understand("mon chat").guessed == ("achat",)
    assert index.understand("lurssaf").corrected == {"lurssaf": "urssaf"}
    assert index.understand("lurssaf").guessed == ()
    assert index.understand("achat").guessed == ()
