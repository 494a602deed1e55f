"""Masking takes time linear in the length of a text, whatever figures, letters and marks it is made of."""

import time
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from noa_rag.french.personal_data import mask_personal_data
from noa_rag.french.words import english_words, french_words

LENGTH = 1_000  # characters, as many as a question may have
MILLISECONDS = 5.0  # for a text as people write it
MOST = 3 * MILLISECONDS  # for any text
ORDINARY = (
    "Bonjour, je m'appelle Karim Benali, 06 12 34 56 78 : dois-je payer la CFE la première année d'une activité de "
    "coiffure à domicile, commencée le 12/03/2026 avec 15 000 euros de recettes ? "
)
CRAFTED = "85 l2 M.  06 12 56 56 7814/07/1985né le 12/03/1980 "
PIECES = [
    *[
        "06 ",
        "0 ",
        "9 ",
        "85 ",
        "2 85 05 ",
        "4111 ",
        "FR76 ",
        "12/03/1980",
        "+33 ",
        "00",
        "(0)",
        "½",
        "\u200b",
        "*",
        "\n",
    ],
    *["zéro ", "six ", "vingt ", "quatre-vingt-", "mille ", "cent ", "un ", "twenty ", "double ", " et ", " puis "],
    *["M. ", "Mme ", "ali ", "jean ", "martin ", "de la ", "je m'appelle ", "c'est ", "cordialement ", "d’", "né le "],
    *["@", ".", ",", "-", "_", "a", "arobase ", "point ", "gmail", "com ", "chez ", "mon mail est "],
    *["rue ", "12 rue ", "bis ", "saint ", "lieu-dit ", "tel ", "sécu ", "fiscal ", "séjour ", "passeport ", "siret "],
]


def milliseconds(text: str) -> float:
    """Return the least time that masking takes in three tries."""

    def once() -> float:
        start = time.thread_time()
        mask_personal_data(text)
        return (time.thread_time() - start) * 1_000

    return min(once() for _ in range(3))


def of_full_length(unit: str) -> str:
    return (unit * LENGTH)[:LENGTH]


def slowness() -> float:
    """Return how much slower this machine is at the moment than it may be: other work shares its cores."""
    french_words(), english_words()  # read once, by whoever first needs them
    return max(1.0, milliseconds(of_full_length(ORDINARY)) / MILLISECONDS)


def is_quick(text: str) -> bool:
    """Whether masking takes no longer than MOST in one of five tries: other work that comes between delays a few."""
    return any(milliseconds(text) < MOST * slowness() for _ in range(5))


def test_an_ordinary_text_of_full_length_is_masked_within_milliseconds() -> None:
    french_words(), english_words()

    assert milliseconds(of_full_length(ORDINARY)) < MOST


def test_a_text_made_to_take_long_takes_as_long_as_any_other() -> None:
    assert is_quick(of_full_length(CRAFTED))


units = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), min_size=1, max_size=8).map("".join)


@settings(max_examples=150, deadline=None)
@given(units)
def test_no_text_of_figures_letters_and_marks_takes_much_longer(unit: str) -> None:
    assert is_quick(of_full_length(unit))


@settings(max_examples=150, deadline=None)
@given(units, st.integers(min_value=0))
def test_no_text_of_mixed_pieces_takes_much_longer(unit: str, seed: int) -> None:
    drawn = Random(seed)
    mixed = "".join(drawn.choice([unit, drawn.choice(PIECES)]) for _ in range(LENGTH))

    assert is_quick(mixed[:LENGTH])
