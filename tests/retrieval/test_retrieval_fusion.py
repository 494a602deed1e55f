"""Merging ranked lists, and the learned sum that orders matches."""

from math import log1p

import pytest

from noa_rag.domain.entry import EntryId
from noa_rag.retrieval.retriever import RANKED, fused_score, reciprocal_rank_fusion

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


def figures_of(**figures: float) -> dict[str, float]:
    return dict.fromkeys(RANKED, 0.0) | figures


def about(*, words: int = 5, is_english: float = 0.0) -> dict[str, float]:
    return {"word_count": float(words), "is_english": is_english}


def test_the_fused_score_is_the_weighted_sum_of_the_figures() -> None:
    weights = {"whole": 2.0, "dense_question": 10.0}
    score = fused_score(figures_of(whole=0.5, dense_question=0.9, unused=7.0), about(), weights)

    assert score == pytest.approx(2.0 * 0.5 + 10.0 * 0.9)


def test_a_figure_may_weigh_otherwise_in_a_story_and_in_english() -> None:
    weights = {"whole": 2.0, "whole by length": -1.0, "dense_question": 1.0, "dense_question in English": 4.0}
    figures = figures_of(whole=1.0, dense_question=1.0)

    brief, usual, story = (fused_score(figures, about(words=count), weights) for count in (1, 5, 40))

    assert story == pytest.approx(brief - (log1p(40) - log1p(1)))
    assert fused_score(figures, about(is_english=1.0), weights) == pytest.approx(usual + 4.0)
