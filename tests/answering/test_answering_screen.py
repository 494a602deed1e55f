"""What is not a question is refused with words; what is one is cleaned and masked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from noa_rag.answering.steps.understand import QUESTION_LIMIT, Screen
from noa_rag.answering.turn import Turn
from noa_rag.answering.wording import EMPTY, say
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.question import Ask, Language
from noa_rag.french.personal_data import MASKS


def screened(text: str) -> str:
    return Screen()(Turn(Ask(text))).ask.text


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "?", "?!… — «»", "\u200b\u200d\ufeff", "\u00ad", "🙂🙂"])
def test_refuses_what_holds_no_word(text: str) -> None:
    with pytest.raises(InvalidQuestion, match="Écrivez votre question"):
        screened(text)


@pytest.mark.parametrize("length", [1_001, 10_000])
def test_refuses_a_text_over_the_limit_and_gives_both_figures(length: int) -> None:
    with pytest.raises(InvalidQuestion, match=rf"{length} caractères ; Noa en lit 1000 au plus"):
        screened("a" * length)


def test_takes_a_text_of_just_the_limit() -> None:
    assert screened("a" * QUESTION_LIMIT) == "a" * 1_000


@pytest.mark.parametrize(
    "text",
    ["marque\x00", "\x01marque", "mar\x1bque", "marque\x7f", "mar\x85que", "marque \ud800", "\udfff marque", "\ue000"],
    ids=["nul", "control", "escape", "delete", "c1", "high surrogate", "low surrogate", "private use"],
)
def test_refuses_characters_that_are_not_text(text: str) -> None:
    with pytest.raises(InvalidQuestion, match="ne sont pas du texte"):
        screened(text)


def test_removes_zero_width_and_direction_marks() -> None:
    assert screened("\ufeffdé\u200bpo\u00adser\u200d une\u2060 \u202emarque\u202c") == "déposer une marque"


def test_makes_lines_tabs_and_no_break_spaces_single_spaces() -> None:
    assert screened("  déposer\r\n\r\nune\tmarque\u00a0\u202f? ") == "déposer une marque ?"


def test_masks_personal_data_even_when_zero_width_characters_hide_it() -> None:
    assert screened("rappelez le 06\u200b12 34\u200b56 78") == f"rappelez le {MASKS['phone']}"


def test_keeps_accents_ligatures_and_other_scripts_as_typed() -> None:
    assert screened("Œuvre d’été, e\u0301crite en 日本語 ?") == "Œuvre d’été, e\u0301crite en 日本語 ?"


def test_refuses_in_the_language_the_visitor_chose() -> None:
    with pytest.raises(InvalidQuestion) as refused:
        Screen()(Turn(Ask("?", language=Language.ENGLISH)))

    assert str(refused.value) == say(Language.ENGLISH, EMPTY)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=120))
def test_cleans_or_refuses_whatever_is_typed(text: str) -> None:
    try:
        clean = screened(text)
    except InvalidQuestion:
        return

    assert clean == " ".join(clean.split())
    clean.encode()
