"""Merging ranked lists, and the learned sum that orders matches."""

import numpy as np
import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.retriever import comparable, first_look, fused_score, reciprocal_rank_fusion
from noa_rag.retrieval.thresholds import FIRST_LOOK_WEIGHTS, LEAST_RARITY

A, B, C = EntryId("a"), EntryId("b"), EntryId("c")


def test_an_entry_placed_well_by_both_retrievers_comes_first() -> None:
    # a: first and third; b: second and first; c: third and second.
    scores = {
        "a": 1 / (60 + 1) + 1 / (60 + 3),
        "b": 1 / (60 + 2) + 1 / (60 + 1),
        "c": 1 / (60 + 3) + 1 / (60 + 2),
    }

    assert reciprocal_rank_fusion([[A, B, C], [B, C, A]]) == sorted(scores, key=lambda name: -scores[name])
    assert sorted(scores, key=lambda name: -scores[name]) == ["b", "a", "c"]


def test_two_middling_places_beat_one_first_place() -> None:
    assert 1 / (60 + 2) + 1 / (60 + 2) > 1 / (60 + 1)
    assert reciprocal_rank_fusion([[A, B], [C, B]])[0] == B


def test_equal_scores_are_ordered_by_id() -> None:
    assert reciprocal_rank_fusion([[B, A], [A, B]]) == [A, B]


@pytest.mark.parametrize("rankings", [[], [[]], [[], []]])
def test_nothing_found_is_an_empty_ranking(rankings: list[list[EntryId]]) -> None:
    assert reciprocal_rank_fusion(rankings) == []


def test_the_first_look_is_a_weighted_sum_of_the_lexical_fields() -> None:
    scores = {name: np.array([1, 0], dtype=np.float32) for name in FIRST_LOOK_WEIGHTS}

    np.testing.assert_allclose(first_look(scores), [sum(FIRST_LOOK_WEIGHTS.values()), 0], rtol=1e-6)


def test_lexical_figures_are_divided_by_the_rarity_of_the_question() -> None:
    figures = {"whole": 12.0, "dense_question": 0.9, "covered": 0.5}

    assert comparable(figures, rarity=8.0) == {"whole": 12.0 / 8.0, "dense_question": 0.9, "covered": 0.5}


def test_a_question_of_one_frequent_word_is_not_blown_up() -> None:
    assert comparable({"whole": 1.0}, rarity=0.01) == {"whole": 1.0 / LEAST_RARITY}


def test_the_fused_score_is_the_weighted_sum_of_the_figures() -> None:
    score = fused_score({"whole": 0.5, "dense_question": 0.9, "unused": 7.0}, {"whole": 2.0, "dense_question": 10.0})

    assert score == pytest.approx(2.0 * 0.5 + 10.0 * 0.9)
