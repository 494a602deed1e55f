"""Reference numbers: hard to guess, easy to read out, and wrong ones are noticed."""

import pytest

from noa_rag.domain.question import ALPHABET, DRAWN_LENGTH, Reference, draw_reference, read_reference, shown_reference


def test_the_check_sign_is_worked_out_by_hand() -> None:
    # The second sign of the alphabet, "3" of value 1, in the first two places: 1 * 1 + 2 * 1 = 3, whose sign is "5".
    assert read_reference("33222222222" + "5") == "332222222225"
    assert read_reference("33222222222" + "4") is None


def test_a_number_is_read_whatever_its_case_hyphens_and_spaces() -> None:
    reference = draw_reference()
    shown = shown_reference(reference)

    assert [len(group) for group in shown.split("-")] == [4, 4, 4]
    for typed in (shown, shown.lower(), shown.replace("-", " "), f"  {reference} ", shown.replace("-", " – ")):
        assert read_reference(typed) == reference


def test_signs_that_are_written_for_others_are_read_as_meant() -> None:
    # "5" has the value 3 and the first place: the check sign is again "5". "2" has the value 0.
    assert read_reference("s22222222225") == read_reference("522222222225") == Reference("522222222225")
    assert read_reference("z22222222222") == Reference("222222222222")


@pytest.mark.parametrize("place", range(DRAWN_LENGTH + 1))
def test_one_wrong_sign_is_always_noticed(place: int) -> None:
    reference = draw_reference()

    for sign in ALPHABET.replace(reference[place], ""):
        assert read_reference(reference[:place] + sign + reference[place + 1 :]) is None


def test_two_signs_that_changed_places_are_always_noticed() -> None:
    reference = draw_reference()

    for first in range(DRAWN_LENGTH + 1):
        for second in range(first + 1, DRAWN_LENGTH + 1):
            signs = list(reference)
            signs[first], signs[second] = signs[second], signs[first]
            if signs != list(reference):
                assert read_reference("".join(signs)) is None


@pytest.mark.parametrize(
    "typed", ["", "  ", "B7KF", "B7KF-2MX4-RT9D-B7KF", "É7KF-2MX4-RT9D", "B7KF\x002MX4RT9D", "１" * 12]
)
def test_what_cannot_be_a_number_is_none(typed: str) -> None:
    assert read_reference(typed) is None
