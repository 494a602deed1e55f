"""Which subjects rose, and which only seem to have."""

from math import comb, log2

import pytest

from noa_rag.domain.failure import GroupId
from noa_rag.domain.figures import GroupCount
from noa_rag.statistics.tally import by_wording, chance_of, rising


def test_the_chance_is_the_binomial_tail_worked_out_by_hand() -> None:
    # 5 questions in two periods of the same size: 4 or 5 of them in the second, out of 2 ** 5 ways.
    assert chance_of(4, 1, total=100, total_before=100) == pytest.approx((comb(5, 4) + comb(5, 5)) / 2**5)
    # The second period is three times as large: each falls there with 3 / 4.
    assert chance_of(2, 0, total=300, total_before=100) == pytest.approx((3 / 4) ** 2)


def test_what_rose_is_told_with_its_doublings() -> None:
    (rise,) = rising({"fonds": 40, "marque": 60}, {"fonds": 5, "marque": 95}, total=100, total_before=100)

    assert (rise.key, rise.now, rise.before) == ("fonds", 40, 5)
    assert rise.doublings == pytest.approx(log2(40.5 / 100.5) - log2(5.5 / 100.5))
    assert rise.p_value < 1e-6


def test_a_subject_grows_with_the_whole_without_rising() -> None:
    assert rising({"marque": 200, "tva": 200}, {"marque": 20, "tva": 20}, total=400, total_before=40) == ()


def test_two_questions_are_no_subject_and_a_new_one_may_rise() -> None:
    assert rising({"rare": 2}, {}, total=2, total_before=1_000) == ()
    assert [rise.key for rise in rising({"covid": 12}, {}, total=400, total_before=400)] == ["covid"]


def test_among_many_subjects_chance_alone_rises_rarely() -> None:
    # One of a hundred subjects has 9 against 3: alone it would rise (73 chances in 1,000), but many were looked at.
    now = {str(number): 5 for number in range(99)} | {"seen": 9}
    before = {str(number): 5 for number in range(99)} | {"seen": 3}

    assert rising(now, before, total=504, total_before=498) == ()


def test_nothing_rises_where_nothing_was_asked_before() -> None:
    assert rising({"covid": 12}, {}, total=12, total_before=0) == ()


def test_two_groups_named_by_the_same_words_count_together() -> None:
    groups = [GroupCount(GroupId(name), words, 3) for name, words in (("a", "fonds"), ("b", "fonds"), ("c", "marque"))]

    assert by_wording(groups) == {"fonds": 6, "marque": 3}
