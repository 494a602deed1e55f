"""Near pairs without comparing each with each, and what is put together from them."""

import numpy as np
import pytest

from noa_rag.review import likeness as neighbours
from noa_rag.review.likeness import Vectors, gathered, likeness, near_pairs


def scattered(topic_count: int, per_topic: int, *, dimension: int = 48) -> Vectors:
    """Return unit vectors near their topics' centres, which are far apart, each with a crowd of .3."""
    chance = np.random.default_rng(7)
    centres = chance.standard_normal((topic_count, dimension))
    points = np.repeat(centres, per_topic, axis=0) + 0.4 * chance.standard_normal((topic_count * per_topic, dimension))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return np.hstack([points, np.full((len(points), 1), 0.3)]).astype(np.float32)


def pair_set(pairs: np.ndarray) -> set[tuple[int, int]]:
    return {(int(left), int(right)) for left, right in pairs}


def test_each_pair_alike_enough_is_found_once_and_no_other() -> None:
    places = scattered(6, 5)
    alike = likeness(places, places)

    found = near_pairs(places, fixed=0, floor=0.2)

    expected = {(i, j) for i in range(30) for j in range(i + 1, 30) if alike[i, j] >= 0.2}
    assert pair_set(found) == expected
    assert len(found) == len(expected)


def test_groups_that_there_are_are_not_compared_with_each_other() -> None:
    found = near_pairs(scattered(2, 10), fixed=15, floor=-9.0)

    assert found[:, 1].min() >= 15
    assert found[:, 0].min() < 15


@pytest.mark.parametrize("fixed", [0, 30, 60])
def test_without_new_questions_or_with_one_alone_nothing_breaks(fixed: int) -> None:
    places = scattered(12, 5)

    assert len(near_pairs(places[:1], fixed=0, floor=0.0)) == 0
    assert len(near_pairs(places, fixed=60, floor=0.0)) == 0
    assert (near_pairs(places, fixed=fixed, floor=0.0)[:, 1] >= fixed).all()


def test_many_questions_are_compared_through_trees_that_miss_few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    places = scattered(500, 5)
    exact = pair_set(near_pairs(places, fixed=0, floor=0.3))
    monkeypatch.setattr(neighbours, "COMPARED_IN_ALL", 1_000)

    through_trees = pair_set(near_pairs(places, fixed=0, floor=0.3))

    assert through_trees <= exact
    assert len(through_trees) >= 0.95 * len(exact)
    assert through_trees == pair_set(near_pairs(places, fixed=0, floor=0.3))


def test_topics_far_apart_are_put_together_and_kept_apart() -> None:
    places = scattered(6, 5)

    found = gathered(places, np.ones(30, np.int64), near_pairs(places, fixed=0, floor=0.0), fixed=0, threshold=0.2)

    assert found == [list(range(start, start + 5)) for start in range(0, 30, 5)]


def test_average_linkage_weighs_a_group_by_its_size() -> None:
    # A group of three and two questions, crowds of 0: likeness is the cosine. The group and the first question are most
    # alike, .8. The second is then alike the four of them by (3 x .2 + 1 x (.8 x .2 + .6 x .98)) / 4 = .337.
    places = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [0.2, 0.98, 0.0]], np.float32)
    sizes = np.array([3, 1, 1])
    pairs = np.array([[0, 1], [0, 2], [1, 2]])

    assert gathered(places, sizes, pairs, fixed=0, threshold=0.34) == [[0, 1], [2]]
    assert gathered(places, sizes, pairs, fixed=0, threshold=0.33) == [[0, 1, 2]]


def test_what_joined_one_group_cannot_pull_in_another() -> None:
    same = np.tile(np.array([[1.0, 0.0, 0.0]], np.float32), (4, 1))

    found = gathered(same, np.ones(4, np.int64), near_pairs(same, fixed=2, floor=0.0), fixed=2, threshold=0.5)

    assert sorted(len({0, 1} & set(rows)) for rows in found) == [1, 1]
    assert sorted(row for rows in found for row in rows) == [0, 1, 2, 3]
