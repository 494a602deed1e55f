"""The stretch of a text that a search shows, with its words marked."""

from hypothesis import given
from hypothesis import strategies as st

from noa_rag.answering.search import EXCERPT_LIMIT, MORE, Piece, excerpt, marked
from noa_rag.french.words import stems

LONG = "Une phrase qui ne dit rien de ce qui est cherché. " * 12


def in_brackets(text: str, typed: str) -> str:
    pieces = marked(text, stems(typed))
    return "".join(f"[{piece.text}]" if piece.is_marked else piece.text for piece in pieces)


def test_words_are_marked_whatever_their_ending_accents_and_capitals() -> None:
    assert in_brackets("L'Employé dépose ses marques, sa marque.", "DEPOSER marque") == (
        "L'Employé [dépose] ses [marques], sa [marque]."
    )
    assert in_brackets("L'employeur", "employeur") == "L'[employeur]"


def test_words_that_say_nothing_are_not_marked_in_either_language() -> None:
    assert in_brackets("How do I register a trademark?", "how do I register") == "How do I [register] a trademark?"
    assert in_brackets("Comment déposer une marque ?", "comment une marque") == "Comment déposer une [marque] ?"


@given(st.text(max_size=60), st.text(max_size=20))
def test_the_pieces_make_up_the_text_again(text: str, typed: str) -> None:
    assert "".join(piece.text for piece in marked(text, stems(typed))) == text


def test_nothing_is_marked_where_nothing_was_looked_for() -> None:
    assert marked("Une marque.", ()) == (Piece("Une marque."),)
    assert marked("", ("marqu",)) == ()


def test_the_stretch_holds_most_of_the_words() -> None:
    text = f"Une marque se dépose.\n\n{LONG}\n\nLa taxe de renouvellement d'une marque coûte 290 €."

    assert excerpt([text], stems("renouvellement marque")) == (
        f"{MORE} La taxe de renouvellement d'une marque coûte 290 €."
    )
    assert excerpt([text], stems("marque")).startswith("Une marque se dépose. Une phrase")


def test_the_first_text_comes_before_others_that_hold_as_many_words() -> None:
    assert excerpt(["La marque A.", "La marque B."], stems("marque")) == "La marque A."
    assert excerpt(["Rien.", "La marque B."], stems("marque")) == "La marque B."


def test_marks_of_markdown_are_left_out() -> None:
    text = "## Le prix\n\n- **190 €** pour [une classe](https://www.inpi.fr) ;\n1. le *dépôt* .\n\n|---|---|\n"

    assert excerpt([text], ()) == "Le prix · 190 € pour une classe ; le dépôt."


def test_a_long_sentence_is_cut_at_words_around_the_first_one_looked_for() -> None:
    text = "mot " * 100 + "marque " + "fin " * 100

    shown = excerpt([text], stems("marque"))

    assert "marque" in shown
    assert shown.startswith(f"{MORE} mot ")
    assert shown.endswith(f"fin {MORE}")
    assert len(shown) <= EXCERPT_LIMIT + 4


def test_a_word_longer_than_the_room_is_cut() -> None:
    assert len(excerpt(["x" * 5000], ())) <= EXCERPT_LIMIT + 4


def test_an_entry_without_text_has_no_stretch() -> None:
    assert excerpt([""], stems("marque")) == ""
